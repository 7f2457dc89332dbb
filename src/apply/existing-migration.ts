import { UserError } from '../errors.js';
import { inspectServers } from '../inspect/inspect.js';
import type { Facts, ServerFacts } from '../inspect/facts.js';
import { serverFacts } from '../plan/database-lanes.js';
import { knownState } from '../plan/known-state.js';
import type { Spec } from '../spec/spec.js';
import { openBackend } from '../state/open-backend.js';
import { catchUp } from '../state/remembered-switch.js';
import type { Lockfile } from '../state/lockfile.js';
import { recordShut } from '../state/transitions.js';
import { withRunLock, type RunLock } from '../state/run-lock.js';
import { openStateSession, type StateSession } from '../state/state-session.js';
import { clearDeadRun } from './end-run-sessions.js';
import { finishBegunRestart } from './finish-restart.js';
import type { Report } from './operations.js';
import { pgmVersion } from './version.js';

export interface ExistingMigration {
  readonly facts: Facts;
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly state: StateSession;
  /** What lockfile and target know together; null where the lockfile is lost and no switch is remembered. */
  readonly known: Lockfile | null;
  /** What settings were before pgm changed them, also where the lockfile is lost. */
  readonly settings: Lockfile['settings'];
  readonly lock: RunLock;
}

export interface ExistingOptions {
  readonly command: string;
  readonly lockTimeout: number;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** The bracket of commands that act on what is there already: lock, state and facts of both servers. */
export async function withExistingMigration<T>(
  spec: Spec,
  options: ExistingOptions,
  use: (migration: ExistingMigration) => Promise<T>,
): Promise<T> {
  const tell = (severity: 'info' | 'warning') => (message: string) =>
    options.report({ type: 'diagnostic', severity, message, at: new Date().toISOString() });
  const lockOptions = {
    command: options.command,
    lockTimeout: options.lockTimeout,
    signal: options.signal,
    waiting: (_: unknown, words: string) => tell('info')(words),
    notice: tell('warning'),
  };
  return withRunLock(spec, lockOptions, async lock => {
    const state = await openStateSession(openBackend(spec), lock);
    const clearing = { signal: options.signal, tell: tell('info') };
    const unasked = await clearDeadRun(spec, clearing);
    await finishBegunRestart(spec, state, options.signal, (severity, message) => tell(severity)(message));
    await clearDeadRun(spec, { ...clearing, sides: unasked });
    const facts = await inspectServers(spec);
    const servers = serverFacts(facts);
    if (servers === null) throw unreachableServer(facts);
    const stored = state.current;
    const { lockfile: known, missed, missedShut, settings } = knownState(spec, facts, stored, pgmVersion());
    if (stored !== null && missed !== null) await state.update(current => catchUp(current, missed), 'record');
    if (stored !== null && missedShut !== null)
      await state.update(current => recordShut(current, missedShut), 'record');
    return use({ facts, ...servers, state, lock, known, settings });
  });
}

/** The error for facts in which one server is missing. */
export function unreachableServer({ source, target }: Facts): UserError {
  const [side, failed] = source.kind === 'unreachable' ? (['source', source] as const) : (['target', target] as const);
  return new UserError(`the ${side} cannot be reached: ${failed.kind === 'unreachable' ? failed.message : ''}`, {
    kind: 'blocked',
    code: 'PGM101',
  });
}
