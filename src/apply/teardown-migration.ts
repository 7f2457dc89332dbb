import { UserError } from '../errors.js';
import { admit } from '../plan/admission.js';
import { serverFacts } from '../plan/database-lanes.js';
import type { Plan } from '../plan/plan.js';
import type { TeardownWish } from '../plan/teardown.js';
import { inspectServers } from '../inspect/inspect.js';
import type { Facts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import { openBackend } from '../state/open-backend.js';
import type { RunLock } from '../state/run-lock.js';
import { openStateSession, type StateSession } from '../state/state-session.js';
import { stateInMemory } from '../state/memory-backend.js';
import { carryOut } from './carry-out.js';
import { conclude, summaryOf } from './conclude.js';
import { unreachableServer, withExistingMigration } from './existing-migration.js';
import { concludeTeardown, lostLockfile, nothingToTakeDown } from './conclude-teardown.js';
import { firstLockfile } from './first-lockfile.js';
import { withLeftSide } from './left-side.js';
import type { ApplySummary, Report } from './operations.js';
import { withStepContext } from './step-context.js';
import { prepareTeardown, type PreparedTeardown } from './teardown-scene.js';
import { pgmVersion } from './version.js';

export interface TeardownOptions {
  readonly wish: TeardownWish;
  /** From `plan --destroy --out`: exactly its steps, or exit 5. */
  readonly savedPlan?: Plan;
  /** Asked once, with the plan; false ends with exit 8. */
  readonly approve: (plan: Plan) => Promise<boolean>;
  /** Milliseconds to wait for another run's lock. */
  readonly lockTimeout: number;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** What `pgm destroy` would do now. Reads both servers and the state, writes nothing. */
export async function planTeardownOf(spec: Spec, wish: TeardownWish): Promise<Plan> {
  const stored = await openBackend(spec).read();
  const facts = await inspectServers(spec);
  if (serverFacts(facts) === null) throw unreachableServer(facts);
  const { plan } = await prepareTeardown(spec, wish, facts, stored);
  return plan;
}

/**
 * Carries out `stop`, `destroy`, and what one server alone is freed by: planned, shown, approved and run as `apply` does
 * it. What is done stays done, and the same command goes on with the rest.
 */
export async function teardownMigration(spec: Spec, options: TeardownOptions, report: Report): Promise<ApplySummary> {
  const { wish, lockTimeout, signal } = options;
  report({ type: 'version', format_version: 1, pgm_version: pgmVersion(), at: new Date().toISOString() });
  const bracket = { command: wish.command, lockTimeout, signal, report };
  if (wish.gone !== null)
    return withLeftSide(spec, wish.gone, bracket, ({ facts, state, lock }) =>
      takeDown({ spec, options, report, facts, stored: state, lock }),
    );
  return withExistingMigration(spec, bracket, ({ facts, state, lock }) =>
    takeDown({ spec, options, report, facts, stored: state, lock }),
  );
}

interface Run {
  readonly spec: Spec;
  readonly options: TeardownOptions;
  readonly report: Report;
  readonly facts: Facts;
  /** null: it cannot be read, and nothing is recorded. */
  readonly stored: StateSession | null;
  readonly lock: RunLock;
}

async function takeDown(run: Run): Promise<ApplySummary> {
  const { spec, options, report, facts, stored, lock } = run;
  const { wish } = options;
  const began = performance.now();
  const say = (severity: 'info' | 'warning', message: string): void =>
    report({ type: 'diagnostic', severity, message, at: new Date().toISOString() });
  const isStored = (stored?.current ?? null) !== null;
  const prepared = await prepareTeardown(spec, wish, facts, stored?.current ?? null);
  const { plan } = prepared;
  // The state would have known which databases were migrated.
  if (!isStored && wish.gone === null && wish.command === 'destroy')
    for (const line of prepared.unread) say('warning', line);
  const nothing = nothingToTakeDown(spec, wish, prepared, isStored);
  if (nothing !== null) {
    say('info', nothing);
    const outcome = { done: 0, failed: 0, notStarted: 0, error: undefined, failedKinds: [] };
    const summary = summaryOf('nothing-to-do', { ...plan, steps: [] }, plan.reached, outcome, null, began);
    report(summary);
    return summary;
  }
  report({ type: 'plan', plan, at: new Date().toISOString() });
  admit(plan, { allowDump: true, ...(options.savedPlan === undefined ? {} : { savedPlan: options.savedPlan }) });
  if (!isStored && wish.gone === null) say('warning', lostLockfile(wish));
  if (options.savedPlan === undefined && !(await options.approve(plan)))
    throw new UserError('not approved: nothing was changed', { kind: 'declined', code: 'PGM801' });
  const state = await recordIn(run, prepared);
  const lineage = state.current?.lineage ?? firstLockfile(spec, facts, {}).lineage;
  const signal = AbortSignal.any([options.signal, lock.lost]);
  const outcome = await withStepContext(
    {
      prepared: { ...prepared, spec, copyJobs: 1 },
      state,
      lineage,
      waitRestart: 0,
      signal,
      warn: message => say('warning', message),
    },
    context => carryOut(prepared.steps, context, state, lockfile => lockfile, report),
  );
  if (outcome.failed === 0 && outcome.notStarted === 0)
    await concludeTeardown({
      spec,
      wish,
      plan,
      facts,
      stored: isStored || wish.command === 'stop' ? stored : null,
      say,
    });
  return conclude(outcome, { plan, state, options, report, began, lost: lock.lost });
}

/** Where no lockfile is stored, none begins to be by taking down: what is found is found again from the servers. */
async function recordIn(
  { spec, options: { wish }, facts, stored, lock }: Run,
  { settings }: PreparedTeardown,
): Promise<StateSession> {
  if (stored !== null && stored.current !== null) return stored;
  const first = firstLockfile(spec, facts, settings);
  if (stored !== null && wish.command === 'stop' && wish.gone === null) {
    stored.begin(first);
    await stored.update(lockfile => lockfile, 'record');
    return stored;
  }
  const state = await openStateSession(stateInMemory(), lock);
  state.begin(first);
  return state;
}
