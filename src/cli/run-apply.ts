import { isAbsolute, relative } from 'node:path';
import type { ApplyEvent } from '../apply/events.js';
import type { ApplySummary } from '../apply/operations.js';
import type { Plan } from '../plan/plan.js';
import type { Goal, Spec } from '../spec/spec.js';
import { reviewedDeeds } from '../plan/review.js';
import { showReading } from '../render/reading-notice.js';
import { askForYes, requireNoReview } from './approval.js';
import type { FinishedSwitch } from '../state/lockfile.js';
import type { Context } from './command.js';
import { digestOption, durationOption } from './common-options.js';
import { exitCodes } from './exit-code.js';
import { specArgument } from './read-spec.js';
import { keepHeapSmall } from './small-heap.js';

export interface ApplyRequest {
  readonly spec: Spec;
  /** The spec as the user named it. */
  readonly specPath: string;
  readonly goal: Goal | undefined;
  readonly resync?: readonly string[];
  readonly savedPlan: Plan | undefined;
  readonly question: string;
}

export interface ApplyValues {
  readonly 'auto-approve': boolean;
  readonly approve?: string | undefined;
  readonly 'allow-dump': boolean;
  readonly 'wait-restart': string;
  readonly 'lock-timeout': string;
  readonly json: boolean;
  readonly verbose: boolean;
}

/**
 * Plans, asks, applies and tells: for `apply` and the commands that are an apply with another goal. Gives the exit
 * code.
 */
export async function runApply(
  request: ApplyRequest,
  values: ApplyValues,
  context: Context,
  watch: (event: ApplyEvent) => void = () => undefined,
): Promise<number> {
  keepHeapSmall();
  const waitRestart = durationOption('wait-restart', values['wait-restart']);
  const approvedDigest = digestOption(values.approve);
  const lockTimeout = durationOption('lock-timeout', values['lock-timeout']);
  const [{ applyMigration }, { showApply }] = await Promise.all([
    import('../apply/apply-migration.js'),
    import('../render/apply-display.js'),
  ]);
  const { spec, specPath, goal, savedPlan, question } = request;
  const display = showApply(context.terminal.out, {
    json: values.json,
    verbose: values.verbose,
    reviewed: savedPlan !== undefined,
    allowDump: values['allow-dump'],
  });
  if (!values.json) context.interruption.speakThrough(display.print);
  const doneReading = values.json ? () => undefined : showReading(context.terminal.out);
  const report = (event: ApplyEvent): void => {
    doneReading();
    watch(event);
    display.report(event);
  };
  const approve = async (plan: Plan): Promise<boolean> => {
    doneReading();
    display.showPlan(plan);
    if (values['auto-approve'] && savedPlan === undefined && approvedDigest === undefined)
      requireNoReview(
        reviewedDeeds(plan).filter(deed => spec.approval.review.includes(deed)),
        `pgm apply${specArgument(specPath)} --approve sha256:${plan.digest}`,
      );
    return (
      savedPlan !== undefined ||
      approvedDigest !== undefined ||
      values['auto-approve'] ||
      (await askForYes(question, context))
    );
  };
  try {
    const { result } = await applyMigration(
      spec,
      {
        ...(goal === undefined ? {} : { goal }),
        ...(savedPlan === undefined ? {} : { savedPlan }),
        ...(approvedDigest === undefined ? {} : { approvedDigest }),
        resync: request.resync ?? [],
        allowDump: values['allow-dump'],
        waitRestart,
        lockTimeout,
        approve,
        signal: context.interruption.signal,
      },
      report,
    );
    display.close();
    return exitCodeOfResult(result);
  } catch (error) {
    doneReading();
    display.fail(error);
    if (values.json && display.summary() === null)
      display.report(await endOfFailed(error, request, display.plan(), context));
    throw error;
  } finally {
    const summary = display.summary();
    if (summary !== null && !values.json) await showSummary(summary, request, display.plan(), context);
  }
}

/** What ended before its steps, or could not be told by them, ends with a summary too: a program waits for one. */
export async function endOfFailed(
  error: unknown,
  { spec, goal }: Pick<ApplyRequest, 'spec' | 'goal'>,
  plan: Plan | null,
  { interruption }: Context,
): Promise<Extract<ApplyEvent, { type: 'summary' }>> {
  const [{ readLockfile }, { UserError }] = await Promise.all([
    import('../apply/read-lockfile.js'),
    import('../errors.js'),
  ]);
  const lockfile = await readLockfile(spec).catch(() => null);
  const stopped = error instanceof UserError && error.kind === 'stopped';
  return {
    type: 'summary',
    result: interruption.exitCode() !== null ? 'interrupted' : stopped ? 'stopped' : 'failed',
    goal: plan?.goal ?? goal ?? spec.goal,
    reached: lockfile?.reached ?? null,
    steps: { done: 0, failed: 0, not_started: plan?.steps.length ?? 0 },
    seconds: 0,
    write_stop_ms: null,
    next: error instanceof UserError ? (error.hint ?? null) : null,
    at: new Date().toISOString(),
  };
}

async function showSummary(
  summary: ApplySummary,
  { spec, specPath }: ApplyRequest,
  plan: Plan | null,
  { terminal }: Context,
): Promise<void> {
  const [{ renderSummary }, { openBackend }] = await Promise.all([
    import('../render/apply-text.js'),
    import('../state/open-backend.js'),
  ]);
  const last = summary.write_stop_ms === null ? null : await lastSwitchOf(spec);
  terminal.out.write(
    renderSummary(summary, {
      palette: terminal.out.palette,
      name: spec.name,
      method: plan?.method ?? (spec.method === 'dump' ? 'dump' : 'continuous'),
      parts: last?.parts ?? {},
      findings: plan?.findings ?? [],
      notCompared: last?.compared?.not_compared ?? 0,
      state: nearPath(openBackend(spec).describe()),
      specArgument: specArgument(specPath),
      failback: spec.cutover.failback,
    }),
  );
}

/** A path below this folder as one would type it here. */
function nearPath(place: string): string {
  const near = relative('', place);
  return isAbsolute(place) && !near.startsWith('..') ? near : place;
}

/** The figures behind the write stop. They are an extra: the summary stands without them. */
async function lastSwitchOf(spec: Spec): Promise<FinishedSwitch | null> {
  const [{ readLockfile }, { lastSwitch }] = await Promise.all([
    import('../apply/read-lockfile.js'),
    import('../state/remembered-switch.js'),
  ]);
  return lastSwitch(await readLockfile(spec).catch(() => null));
}

function exitCodeOfResult(result: ApplySummary['result']): number {
  switch (result) {
    case 'done':
    case 'nothing-to-do':
      return exitCodes.ok;
    case 'stopped':
    case 'interrupted':
      return exitCodes.stopped;
    case 'failed':
      return exitCodes.failure;
  }
}
