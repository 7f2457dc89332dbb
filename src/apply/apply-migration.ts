import { UserError } from '../errors.js';
import { reportError } from '../postgres/errors.js';
import type { Facts } from '../inspect/facts.js';
import { admit } from '../plan/admission.js';
import type { Plan } from '../plan/plan.js';
import { hasNewPairs } from '../plan/crossed-names.js';
import { goalBefore, type Goal, type Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { openBackend } from '../state/open-backend.js';
import { RunHistory, recordInventory } from '../state/history.js';
import { catchUp } from '../state/remembered-switch.js';
import { withRunLock } from '../state/run-lock.js';
import { openStateSession, type StateSession } from '../state/state-session.js';
import { reach, recordShut, withFields } from '../state/transitions.js';
import { carryOn } from './carry-on.js';
import { conclude, summaryOf } from './conclude.js';
import { clearDeadRun } from './end-run-sessions.js';
import { finishBegunRestart, type Tell } from './finish-restart.js';
import { firstLockfile } from './first-lockfile.js';
import type { ApplyOptions, ApplySummary, Report } from './operations.js';
import { withoutCopiedAgain } from '../state/differences.js';
import { markResync } from './mark-resync.js';
import { prepareUnattended } from './follow-changes.js';
import { preparePlan, type PreparedPlan } from './prepare-plan.js';
import { inventoryOf } from './inventory.js';
import { readMarks } from './server-marks.js';
import { clientsSeen, keepClients, samplingClients } from './note-clients.js';
import { noteNewPairs } from './note-new-pairs.js';
import { forgetSettingsOf } from './settings-memory.js';
import { comparedInFull } from '../steps/verify.js';
import { pgmVersion } from './version.js';

/**
 * Carries the plan out under the migration's lock and records each step. What is done stays done: a later apply goes
 * on from there.
 * @throws UserError of kind locked, stale-plan, blocked, declined or stopped; the error of the step that failed
 */
export async function applyMigration(spec: Spec, options: ApplyOptions, report: Report): Promise<ApplySummary> {
  const now = (): string => new Date().toISOString();
  const history = new RunHistory();
  const tell: Tell = (severity, message) => report({ type: 'diagnostic', severity, message, at: now() });
  const warn = (message: string): void => {
    history.note(message);
    tell('warning', message);
  };
  const lockOptions = {
    command: 'apply',
    lockTimeout: options.lockTimeout,
    signal: options.signal,
    waiting: (_: unknown, words: string) => tell('info', words),
    notice: warn,
  };
  report({ type: 'version', format_version: 1, pgm_version: pgmVersion(), at: now() });
  return withRunLock(spec, lockOptions, async lock => {
    const began = performance.now();
    const backend = openBackend(spec);
    const state = await openStateSession(backend, lock);
    for (const warning of await backend.warnings()) warn(warning);
    const goalByFlag =
      options.goal ??
      (options.savedPlan === undefined || options.savedPlan.goal === spec.goal ? undefined : options.savedPlan.goal);
    const signal = AbortSignal.any([options.signal, lock.lost]);
    const clearing = { signal, tell: (message: string) => tell('info', message) };
    const unasked = await clearDeadRun(spec, clearing);
    await finishBegunRestart(spec, state, signal, tell);
    const prepare = (): Promise<PreparedPlan> =>
      options.unattended === true
        ? prepareUnattended(spec, state.current, goalByFlag, null)
        : preparePlan(spec, state.current, goalByFlag, options.resync, options.savedPlan);
    let prepared = await prepare();
    if (unasked.length > 0 && prepared.plan.applicable) {
      // It came back in between: what was seen may be of before a dead run's last commit.
      await clearDeadRun(spec, { ...clearing, sides: unasked, strict: true });
      prepared = await prepare();
    }
    const { plan } = prepared;
    report({ type: 'plan', plan, at: now() });
    admit(plan, options);
    if (plan.steps.length > 0 && options.savedPlan === undefined && !(await options.approve(plan)))
      throw new UserError('not approved: nothing was changed', { kind: 'declined', code: 'PGM801' });

    await begin(state, prepared, spec);
    if (plan.steps.length === 0) {
      if (plan.goal === 'ready' && isRemembered(prepared.facts)) await forgetSettingsOf(spec, warn);
      // A table that was made again on both sides since, as a remedy says, is a pair.
      const paired = standing(prepared.facts).filter(hasNewPairs);
      if (paired.length > 0) await noteNewPairs(spec, plan, paired, warn);
      const summary = await nothingToDo(state, plan, options.goal ?? null, report, began);
      await keepClients(state, clientsSeen(prepared.facts, state.current, now()));
      return summary;
    }
    await state.update(lockfile =>
      withFields(lockfile, {
        pgm_version: pgmVersion(),
        spec_sha256: spec.sha256,
        method: plan.method,
        stopped: false,
        source: identityOf(plan.source),
        target: identityOf(plan.target),
      }),
    );
    await keepClients(state, clientsSeen(prepared.facts, state.current, now()));
    await markResync(spec, prepared.resync);
    if (prepared.resync.length > 0) await state.update(current => withoutCopiedAgain(current, prepared.resync));
    await noteNewPairs(spec, plan, standing(prepared.facts), warn);
    if (plan.reached === null || goalBefore(plan.reached, 'cutover'))
      await state.update(recordInventory(inventoryOf({ ...prepared, selection: spec.databases })));
    const run = { spec, options, state, goalByFlag, history, report, tell, warn };
    const { outcome, last, lost } = await samplingClients(spec, state, () => carryOn(run, prepared, lock.lost));
    if (outcome.failed === 0 && outcome.notStarted === 0) {
      const flag = goalByFlag === undefined || goalByFlag === spec.goal ? null : goalByFlag;
      await state.update(
        lockfile => history.keep(withFields(reach(lockfile, plan.goal), { goal_by_flag: flag })),
        'record',
      );
      if (plan.goal === 'ready') await forgetSettingsOf(spec, warn);
      await noteMarks(spec, state, last, warn);
      await noteNewPairs(spec, last.plan, last.facts.databases, warn);
    }
    return conclude(outcome, { plan, state, options, report, began, lost });
  });
}

async function begin(
  state: StateSession,
  { facts, missed, missedShut, settings }: PreparedPlan,
  given: Spec,
): Promise<void> {
  if (state.current === null) state.begin(firstLockfile(given, facts, settings));
  else if (Object.keys(settings).some(key => state.current?.settings[key] === undefined))
    await state.update(lockfile => ({ ...lockfile, settings }), 'record');
  if (missed !== null) await state.update(lockfile => catchUp(lockfile, missed), 'record');
  if (missedShut !== null) await state.update(lockfile => recordShut(lockfile, missedShut), 'record');
}

/** What the lockfile keeps of a server: it is the same wherever it is reached. */
function identityOf(server: Plan['source']): Lockfile['source'] {
  return server === null ? null : { version: server.version, system_identifier: server.system_identifier };
}

/** So that a server which goes back in time is noticed later. Where it cannot be read, only that is not known. */
async function noteMarks(
  spec: Spec,
  state: StateSession,
  { plan, steps }: PreparedPlan,
  warn: (message: string) => void,
): Promise<void> {
  if (plan.method !== 'continuous' || plan.goal === 'prepared') return;
  // A compare of every row before the switch has cleared those of its database.
  const compared = new Set(steps.flatMap(step => comparedInFull(step) ?? []));
  const suspects = new Set(
    plan.findings.flatMap(({ code, object, database }) =>
      code === 'PGM617' && !compared.has(database ?? '') ? [object ?? ''] : [],
    ),
  );
  try {
    const marks = await readMarks(spec, state.current?.marks, suspects);
    await state.update(lockfile => ({ ...lockfile, marks }), 'record');
  } catch (error) {
    warn(`where the lanes are could not be noted in the lockfile: ${reportError(error).message}`);
  }
}

/** Those that the target has already. */
function standing({ databases }: Facts): Facts['databases'] {
  return databases.filter(({ target }) => target !== null);
}

function isRemembered({ target }: Facts): boolean {
  return target.kind === 'server' && target.remembered !== null;
}

async function nothingToDo(
  state: StateSession,
  plan: Plan,
  goalByFlag: Goal | null,
  report: Report,
  began: number,
): Promise<ApplySummary> {
  if (state.current === null || state.current.reached !== plan.goal)
    await state.update(lockfile =>
      withFields(reach(lockfile, plan.goal), {
        goal_by_flag: goalByFlag,
        method: plan.method,
        source: identityOf(plan.source),
        target: identityOf(plan.target),
      }),
    );
  const summary = summaryOf(
    'nothing-to-do',
    plan,
    plan.goal,
    { done: 0, failed: 0, notStarted: 0, error: undefined, failedKinds: [] },
    null,
    began,
  );
  report(summary);
  return summary;
}
