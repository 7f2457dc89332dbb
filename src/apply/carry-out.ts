import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { snapshotGoneCode } from '../copy/snapshot.js';
import { errorCode, isRetryable, reportError } from '../postgres/errors.js';
import { stepTraits } from '../steps/step-traits.js';
import type { Lockfile } from '../state/lockfile.js';
import { failStep, finishStep, startStep, type Transition } from '../state/transitions.js';
import type { StateSession } from '../state/state-session.js';
import type { StepContext } from '../steps/context.js';
import { restartAwaited } from '../steps/restart.js';
import type { Outcome, PlannedStep } from '../steps/step-kind.js';
import { endSessionsOfRun } from './end-run-sessions.js';
import { isLockTimeout, namingHolder } from './lock-timeout.js';
import { explainingLockWaits, type LastLock } from './lock-waits.js';
import type { Report } from './operations.js';
import { runSteps, type StepsOutcome } from './run-steps.js';

/** Runs the plan's steps: intent written before each, outcome after it, with what `keep` adds to tell of the run. */
export async function carryOut(
  steps: readonly PlannedStep[],
  context: StepContext,
  state: StateSession,
  keep: Transition,
  report: Report,
): Promise<StepsOutcome> {
  const running = new Set<PlannedStep>();
  let ending: Promise<void> = Promise.resolve();
  const interrupted = (): void => {
    ending = endStatements(context, running);
  };
  context.signal.addEventListener('abort', interrupted);
  try {
    const tell = (message: string): void => report({ type: 'diagnostic', severity: 'info', message, at: now() });
    const there = (['source', 'target'] as const).filter(side => context.facts[side].kind === 'server');
    const work = (last: LastLock): Promise<StepsOutcome> => {
      const run: Run = { context, state, keep, report, last, ids: new Set(steps.map(({ id }) => id)) };
      return runSteps(steps, {
        databasesAtATime: context.databasesAtATime,
        signal: context.signal,
        halted: left =>
          failArrivals(left, context, new UserError('the copy was not finished', { kind: 'stopped', code: 'PGM852' })),
        run: async (step, worked) => {
          running.add(step);
          try {
            await runStep(step, run, worked);
          } catch (error) {
            failArrivals([step], context, error);
            throw error;
          } finally {
            running.delete(step);
          }
        },
      });
    };
    return await explainingLockWaits(context.spec, tell, work, there);
  } finally {
    context.signal.removeEventListener('abort', interrupted);
    // What tidies up after the steps has sessions of the run's name too: they are not to be ended with the steps'.
    await ending;
  }
}

/** An index build that waits for tables must not wait for a copy that has failed or does not begin. */
function failArrivals(steps: readonly PlannedStep[], context: StepContext, error: unknown): void {
  for (const { kind, description } of steps)
    if (kind === 'copy' && description.database !== undefined)
      context.database(description.database).arrivals.fail(error);
}

const now = (): string => new Date().toISOString();

interface Run {
  readonly context: StepContext;
  readonly state: StateSession;
  readonly keep: Transition;
  readonly report: Report;
  readonly last: LastLock;
  /** Of all its steps. */
  readonly ids: ReadonlySet<string>;
}

async function runStep(
  step: PlannedStep,
  { context, state, keep, report, last, ids }: Run,
  worked: () => void,
): Promise<void> {
  const { database, title } = step.description;
  const began = performance.now();
  try {
    // Told when it is stored, so that what was stored with it, the outcome of the step before, is told first.
    await state
      .update(lockfile => startStep(afterOutcomes(lockfile, step, ids), step.id, { kind: step.kind, database }, now()))
      .finally(() =>
        report({
          type: 'step_start',
          step: step.id,
          kind: step.kind,
          title,
          ...(database === undefined ? {} : { database }),
          at: now(),
        }),
      );
    const outcome = await withRetries(step, context, report);
    const recorded = state.update(lockfile => keep(finishStep(lockfile, step.id, now(), outcome.record)), 'record');
    worked();
    await recorded;
    report({
      type: 'step_done',
      step: step.id,
      seconds: (performance.now() - began) / 1000,
      outcome: outcome.outcome ?? null,
      skipped: outcome.skipped === true,
      at: now(),
    });
  } catch (failure) {
    const error = namingHolder(failure, last);
    const told = reportError(context.signal.aborted ? context.signal.reason : error);
    // A step that was interrupted, or waits for the user, has not failed: its intent stays, and the next run's probe
    // decides what was done.
    if (!context.signal.aborted && told.code !== restartAwaited)
      await state
        .update(lockfile => keep(failStep(lockfile, step.id, now(), told.message)), 'record')
        .catch(() => undefined);
    report({ type: 'step_failed', step: step.id, error: told, at: now() });
    throw error;
  }
}

/** What a step depends on is on disk before it acts: it may have begun while an outcome was being stored, in vain. */
function afterOutcomes(lockfile: Lockfile, { dependsOn }: PlannedStep, ids: ReadonlySet<string>): Lockfile {
  const open = dependsOn.find(
    id => ids.has(id) && lockfile.steps[id] !== undefined && lockfile.steps[id].status !== 'done',
  );
  if (open !== undefined)
    throw new UserError(`the outcome of ${open} could not be stored`, { kind: 'stopped', code: 'PGM853' });
  return lockfile;
}

/** Milliseconds from the first failure. */
const patience = 60_000;
const longestPause = 5_000;
/** The same for a lock that somebody else holds; each try asks for 10 s, so that nobody queues behind it for long. */
const lockPatience = 120_000;

/** What may pass is tried again: a lost connection, a server that starts up, a lock that was not given in time. */
async function withRetries(step: PlannedStep, context: StepContext, report: Report): Promise<Outcome> {
  let deadline = Infinity;
  for (let attempt = 1; ; attempt++) {
    try {
      if ((await step.probe(context)) === 'present') return { skipped: true };
      return await step.run(context, progress => report({ type: 'step_progress', step: step.id, progress, at: now() }));
    } catch (error) {
      deadline = Math.min(deadline, performance.now() + (isLockTimeout(error) ? lockPatience : patience));
      if (
        stepTraits[step.kind].triedOnce === true ||
        waitsInVain(step, context) ||
        context.signal.aborted ||
        !isRetryable(error) ||
        performance.now() > deadline
      )
        throw error;
      report({
        type: 'diagnostic',
        severity: 'warning',
        message: `${step.id}: ${reportError(error).message}; trying again`,
        at: now(),
      });
      await sleep(Math.min(longestPause, 250 * 2 ** attempt), undefined, { signal: context.signal });
    }
  }
}

/** It asked for tables of a copy that has failed: what is left is planned anew. */
function waitsInVain({ kind, description: { database } }: PlannedStep, context: StepContext): boolean {
  return kind === 'indexes' && database !== undefined && context.database(database).arrivals.hasFailed;
}

/** Interrupted: a server does not notice by itself that nobody waits for its statement any more. */
async function endStatements(context: StepContext, running: ReadonlySet<PlannedStep>): Promise<void> {
  // A switch gives back what it took, in its own time.
  if ([...running].some(({ kind }) => kind === 'cutover' || kind === 'failback')) return;
  const { source, target } = context.facts;
  const gone = source.kind === 'unreachable' ? 'source' : target.kind === 'unreachable' ? 'target' : null;
  await endSessionsOfRun(context.spec, gone);
}

/**
 * Planned anew, what is left may go through: after a lost connection or snapshot, not after an error that would come
 * again.
 */
export function mayGoOn({ error, failedKinds }: StepsOutcome): boolean {
  if (failedKinds.some(kind => kind === 'cutover' || kind === 'failback' || kind === 'verify' || kind === 'restart'))
    return false;
  return isRetryable(error) || errorCode(error) === snapshotGoneCode;
}
