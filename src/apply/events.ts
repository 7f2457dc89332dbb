import type { Finding } from '../checks/finding.js';
import type { ErrorReport } from '../errors.js';
import type { Plan, StepKindName } from '../plan/plan.js';
import type { Progress } from '../progress.js';
import type { Goal } from '../spec/spec.js';

/** What `apply` reports while it works; `apply --json` prints each as one line (CONTRACT, section 6). */
export type ApplyEvent =
  | { readonly type: 'version'; readonly format_version: 1; readonly pgm_version: string; readonly at: string }
  | { readonly type: 'plan'; readonly plan: Plan; readonly at: string }
  | {
      readonly type: 'step_start';
      readonly step: string;
      readonly kind: StepKindName;
      readonly title: string;
      readonly database?: string;
      readonly at: string;
    }
  | { readonly type: 'step_progress'; readonly step: string; readonly progress: Progress; readonly at: string }
  | {
      readonly type: 'step_done';
      readonly step: string;
      readonly seconds: number;
      readonly outcome: string | null;
      readonly skipped: boolean;
      readonly at: string;
    }
  | { readonly type: 'step_failed'; readonly step: string; readonly error: ErrorReport; readonly at: string }
  | {
      readonly type: 'diagnostic';
      readonly severity: 'info' | 'warning' | 'error';
      readonly message: string;
      readonly finding?: Finding;
      readonly at: string;
    }
  | {
      readonly type: 'summary';
      readonly result: 'done' | 'nothing-to-do' | 'stopped' | 'failed' | 'interrupted';
      /** null: it ended before the spec was read. */
      readonly goal: Goal | null;
      readonly reached: Goal | null;
      readonly steps: { readonly done: number; readonly failed: number; readonly not_started: number };
      readonly seconds: number;
      readonly write_stop_ms: number | null;
      readonly next: string | null;
      readonly at: string;
    };
