import type { Plan } from '../plan/plan.js';
import type { Goal } from '../spec/spec.js';
import type { ApplyEvent } from './events.js';

export type Report = (event: ApplyEvent) => void;

export interface PlanOptions {
  readonly goal?: Goal;
  /** Tables to copy again, as the user names them. */
  readonly resync?: readonly string[];
}

export interface ApplyOptions {
  readonly goal?: Goal;
  /** Tables to copy again, as the user names them. */
  readonly resync?: readonly string[];
  /** A plan from `plan --out`: exactly its steps, or exit 5. */
  readonly savedPlan?: Plan;
  /** SHA-256 (hex) of the plan that was reviewed: that plan, or exit 5. */
  readonly approvedDigest?: string;
  readonly allowDump: boolean;
  /** Milliseconds to wait for a manual restart; 0: do not wait, stop with exit 7. */
  readonly waitRestart: number;
  /** Milliseconds to wait for another run's lock. */
  readonly lockTimeout: number;
  /** Asked once, with the plan; false ends with exit 8. */
  readonly approve: (plan: Plan) => Promise<boolean>;
  /** Nobody sees the plan: what may take values away is left out of it. */
  readonly unattended?: boolean;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

export type ApplySummary = Extract<ApplyEvent, { type: 'summary' }>;
