import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import type { CopySession } from '../copy/copy-database.js';
import type { IndexSession } from '../copy/build-indexes.js';
import { DatabaseRun } from '../copy/database-run.js';
import { WorkerPool } from '../copy/pool.js';
import { keepTriggersOut, shortLockTry } from '../copy/session.js';
import type { ServerFacts } from '../inspect/facts.js';
import { UserError } from '../errors.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { stepTraits } from '../steps/step-traits.js';
import type { StateSession } from '../state/state-session.js';
import { settingKey } from '../state/settable.js';
import {
  forgetSetting,
  noteStep,
  recordCutover,
  recordFollowed,
  recordSetting,
  recordShut,
} from '../state/transitions.js';
import type { StepContext } from '../steps/context.js';
import type { PreparedPlan } from './prepare-plan.js';
import { SettingsMemory } from './settings-memory.js';
import { StepSessions } from './step-sessions.js';

export interface ContextOptions {
  readonly prepared: Pick<PreparedPlan, 'plan' | 'steps' | 'facts' | 'spec' | 'copyJobs'>;
  readonly state: StateSession;
  readonly lineage: string;
  readonly waitRestart: number;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
}

/** Builds what steps may use and closes what they left open. */
export async function withStepContext<T>(
  options: ContextOptions,
  use: (context: StepContext) => Promise<T>,
): Promise<T> {
  const { prepared, state, signal } = options;
  const { spec, facts } = prepared;
  // Each program and each pause of several databases listens to it: many are no leak.
  setMaxListeners(0, signal);
  const databases = new Map<string, DatabaseRun>();
  const indexJobs = spec.copy.indexJobs ?? Math.max(1, Math.min(4, availableParallelism()));
  const sessions = {
    purpose: runPurpose(spec.name, 'apply'),
    reuse: !prepared.steps.some(({ kind }) => stepTraits[kind].endsSessions === true),
  };
  const onSource = new StepSessions({ ...sessions, conninfo: spec.source.connection, settings: shortLockTry });
  const onTarget = new StepSessions({
    ...sessions,
    conninfo: spec.target.connection,
    settings: shortLockTry,
    // The target's triggers and event triggers are not for pgm's own statements; only some roles may say so.
    prepare: keepTriggersOut,
    computes: true,
  });
  const alteringSource = new StepSessions({
    ...sessions,
    conninfo: spec.source.connection,
    settings: shortLockTry,
    prepare: keepTriggersOut,
    computes: true,
  });
  const memory =
    facts.target.kind === 'unreachable'
      ? null
      : new SettingsMemory({
          name: spec.name,
          lineage: options.lineage,
          warn: options.warn,
          withTarget: work => onTarget.use(spec.target.connection.database, work),
        });
  const context: StepContext = {
    spec,
    method: prepared.plan.method,
    facts,
    // One may be gone for ever: then no step asks for it.
    get source() {
      return reachable(facts.source, 'source');
    },
    get target() {
      return reachable(facts.target, 'target');
    },
    lineage: options.lineage,
    signal,
    withSource: (database, work) => onSource.use(database, work),
    withTarget: (database, work) => onTarget.use(database, work),
    alterSource: (database, work) => alteringSource.use(database, work),
    database: name => {
      let run = databases.get(name);
      if (run === undefined) databases.set(name, (run = new DatabaseRun(name)));
      return run;
    },
    copyPool: new WorkerPool<CopySession>(prepared.copyJobs, signal),
    indexPool: new WorkerPool<IndexSession>(
      indexJobs,
      signal,
      spec.copy.indexJobs === null ? Math.min(indexJobs, prepared.copyJobs) : 0,
    ),
    waitRestart: options.waitRestart,
    copyJobs: prepared.copyJobs,
    databasesAtATime: Math.max(
      1,
      Math.min(
        mostDatabasesAtATime,
        new Set(prepared.steps.flatMap(({ description: { database } }) => database ?? [])).size,
      ),
    ),
    sortMemoryKb: facts.target.kind === 'unreachable' ? null : sortMemory(facts.target, indexJobs),
    warn: options.warn,
    state: {
      read: () => {
        if (state.current === null) throw new TypeError('the lockfile is not written yet');
        return state.current;
      },
      recordSetting: async setting => {
        const { settings } = await state.update(lockfile => recordSetting(lockfile, setting));
        await memory?.remember(settings[settingKey(setting)] ?? setting);
      },
      forgetSetting: async key => {
        await memory?.forget(key);
        await state.update(lockfile => forgetSetting(lockfile, key), 'record');
      },
      noteStep: async (id, record) => {
        await state.update(lockfile => noteStep(lockfile, id, record));
      },
      recordFollowed: async marks => {
        await state.update(lockfile => recordFollowed(lockfile, marks));
      },
      recordCutover: async (record, reached) => {
        await state.update(lockfile => recordCutover(lockfile, record, reached), 'record');
      },
      recordUndone: async (record, shut) => {
        await state.update(lockfile => recordShut(recordCutover(lockfile, record), shut), 'record');
      },
      recordSwitched: async (record, reached) => {
        await state.update(lockfile => recordShut(recordCutover(lockfile, record, reached), null), 'record');
      },
    },
  };
  try {
    return await use(context);
  } finally {
    context.copyPool.close();
    context.indexPool.close();
    await Promise.all([
      ...[...databases.values()].map(run => run.close()),
      ...[onSource, onTarget, alteringSource].map(each => each.close()),
    ]);
  }
}

const mostDatabasesAtATime = 4;

function reachable(server: PreparedPlan['facts']['source'], side: string): ServerFacts {
  if (server.kind === 'unreachable')
    throw new UserError(`the ${side} cannot be reached: ${server.message}`, { kind: 'blocked', code: 'PGM101' });
  return server;
}

const leastSortKb = 64 * 1024;
const mostSortKb = 2 * 1024 * 1024;

/**
 * A quarter of the target's memory over all index builds, not less than the server's own setting; null: memory is not
 * known.
 */
function sortMemory(target: ServerFacts, jobs: number): number | null {
  if (target.memoryBytes === null) return null;
  const share = Math.floor(target.memoryBytes / 1024 / 4 / jobs);
  return Math.max(leastSortKb, Math.min(mostSortKb, share));
}
