import { UserError } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import { teardownCommand } from '../plan/teardown.js';
import { errorCode } from '../postgres/errors.js';
import type { Goal } from '../spec/spec.js';
import type { StateSession } from '../state/state-session.js';
import type { ApplyEvent } from './events.js';
import type { ApplyOptions, ApplySummary, Report } from './operations.js';
import type { StepsOutcome } from './run-steps.js';

export interface Conclusion {
  readonly plan: Plan;
  readonly state: StateSession;
  readonly options: Pick<ApplyOptions, 'signal'>;
  readonly report: Report;
  readonly began: number;
  readonly lost: AbortSignal;
}

/** Tells how a run ended. @throws what it ended with, where not all steps are done */
export function conclude(
  outcome: StepsOutcome,
  { plan, state, options, report, began, lost }: Conclusion,
): ApplySummary {
  const writeStop = plan.steps.some(step => step.kind === 'cutover' || step.kind === 'failback')
    ? (state.current?.cutover?.write_stop_ms ?? null)
    : null;
  const complete = outcome.failed === 0 && outcome.notStarted === 0;
  const stopped = outcome.error instanceof UserError && outcome.error.kind === 'stopped';
  const result = complete ? 'done' : options.signal.aborted ? 'interrupted' : stopped ? 'stopped' : 'failed';
  const summary = summaryOf(result, plan, state.current?.reached ?? null, outcome, complete ? writeStop : null, began);
  report(summary);
  if (complete) return summary;
  if (lost.aborted && !options.signal.aborted) throw lost.reason;
  if (options.signal.aborted)
    throw new UserError('interrupted; what is done is kept', {
      kind: 'stopped',
      code: 'PGM851',
      hint: summary.next ?? '',
      cause: options.signal.reason,
    });
  throw stepError(outcome.error, plan);
}

/** A failed step can be resumed (exit 7); what PostgreSQL said stays its cause. */
function stepError(error: unknown, plan: Plan): unknown {
  if (error instanceof UserError) return error;
  const code = errorCode(error);
  if (code === undefined) return error;
  return new UserError(error instanceof Error ? error.message : String(error), {
    kind: 'stopped',
    code: 'PGM850',
    cause: error,
    hint: `what is done is kept; fix the cause, then run \`${commandOf(plan)}\` again`,
  });
}

export function summaryOf(
  result: ApplySummary['result'],
  plan: Plan,
  reached: Goal | null,
  outcome: StepsOutcome,
  writeStop: number | null,
  began: number,
): Extract<ApplyEvent, { type: 'summary' }> {
  return {
    type: 'summary',
    result,
    goal: plan.goal,
    reached,
    steps: { done: outcome.done, failed: outcome.failed, not_started: outcome.notStarted },
    seconds: (performance.now() - began) / 1000,
    write_stop_ms: writeStop,
    next: nextStep(result, plan),
    at: new Date().toISOString(),
  };
}

function commandOf({ teardown }: Plan): string {
  return teardown === undefined ? 'pgm apply' : teardownCommand(teardown);
}

function nextStep(result: ApplySummary['result'], plan: Plan): string | null {
  if (result !== 'done' && result !== 'nothing-to-do') return `run \`${commandOf(plan)}\` again: it goes on from here`;
  if (plan.teardown !== undefined) return plan.teardown.command === 'stop' ? '`pgm apply` goes on' : null;
  switch (plan.goal) {
    case 'prepared':
      return 'set `goal: synced` and run `pgm apply`';
    case 'synced':
      return '`pgm status` shows the lag; `pgm cutover --rehearse` tries the write stop; `pgm cutover` switches';
    case 'cutover':
      return '`pgm close` ends the migration; `pgm rollback` undoes it';
    case 'ready':
      return null;
  }
}
