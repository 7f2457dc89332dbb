import type { ApplyEvent } from '../apply/events.js';
import type { ApplySummary } from '../apply/operations.js';
import type { Plan } from '../plan/plan.js';
import { reportError } from '../postgres/errors.js';
import { renderEvent } from './event-text.js';
import { renderEventJson } from './events-json.js';
import { renderPlan, renderPlanBriefly } from './plan-text.js';
import { showProgress, type ProgressDisplay } from './progress.js';
import type { Sink } from './terminal.js';

export interface ApplyDisplay {
  report(event: ApplyEvent): void;
  /** Text that stays; people only. */
  readonly print: (text: string) => void;
  /** Shows the plan, unless its event did. */
  showPlan(plan: Plan): void;
  /** The plan that was seen, null before. */
  plan(): Plan | null;
  /** How the run ended, null before; it is there when an error follows, too. */
  summary(): ApplySummary | null;
  /** Takes the live lines away. */
  close(): void;
  /** As `close`; in JSON the error goes out as an event too. */
  fail(error: unknown): void;
}

export interface ApplyDisplayOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  /** The plan was saved and read before: its sentence is enough. */
  readonly reviewed?: boolean;
  /** A fallback to dump was agreed to. */
  readonly allowDump?: boolean;
}

/** How a run of apply shows itself: as NDJSON, or as the plan, then what is at work, for people. */
export function showApply(sink: Sink, options: ApplyDisplayOptions): ApplyDisplay {
  return options.json ? jsonDisplay(sink) : humanDisplay(sink, options);
}

function jsonDisplay(sink: Sink): ApplyDisplay {
  let seen: Plan | null = null;
  let summary: ApplySummary | null = null;
  return {
    report(event) {
      if (event.type === 'plan') seen = event.plan;
      if (event.type === 'summary') summary = event;
      sink.write(renderEventJson(event));
    },
    print: () => undefined,
    showPlan: plan => {
      seen = plan;
    },
    plan: () => seen,
    summary: () => summary,
    close: () => undefined,
    fail: error => {
      sink.write(
        renderEventJson({
          type: 'diagnostic',
          severity: 'error',
          message: reportError(error).message,
          at: new Date().toISOString(),
        }),
      );
    },
  };
}

function humanDisplay(sink: Sink, { verbose, reviewed = false, allowDump = false }: ApplyDisplayOptions): ApplyDisplay {
  let seen: Extract<ApplyEvent, { type: 'plan' }> | null = null;
  // Live lines begin with the first step: until then a question may stand at the bottom of the terminal.
  let progress: ProgressDisplay | null = null;
  let summary: ApplySummary | null = null;
  const showPlan = (event: Extract<ApplyEvent, { type: 'plan' }>): void => {
    if (seen?.plan.digest === event.plan.digest) return;
    seen = event;
    sink.print(
      reviewed && event.plan.applicable
        ? renderPlanBriefly(event.plan, sink.palette)
        : renderPlan(event.plan, { palette: sink.palette, verbose, accepted: allowDump }),
    );
  };
  const close = (): void => {
    progress?.close();
    progress = null;
  };
  return {
    report(event) {
      if (event.type === 'plan') {
        showPlan(event);
        return;
      }
      if (event.type === 'summary') summary = event;
      if (event.type === 'step_start' && progress === null) {
        sink.write('\n');
        progress = showProgress(sink);
        if (seen !== null) progress.report(seen);
      }
      if (progress === null) sink.write(renderEvent(event, sink.palette, { titleOf: step => step, started: false }));
      else progress.report(event);
    },
    print: text => {
      if (progress === null) sink.write(text);
      else progress.print(text);
    },
    showPlan: plan => {
      showPlan({ type: 'plan', plan, at: new Date().toISOString() });
    },
    plan: () => seen?.plan ?? null,
    summary: () => summary,
    close,
    fail: close,
  };
}
