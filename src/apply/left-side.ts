import { UserError } from '../errors.js';
import type { Facts } from '../inspect/facts.js';
import { inspectServer } from '../inspect/server.js';
import { reportError } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { openBackend } from '../state/open-backend.js';
import { withRunLock, type RunLock } from '../state/run-lock.js';
import { openStateSession, type StateSession } from '../state/state-session.js';
import { clearDeadRun } from './end-run-sessions.js';
import type { ExistingOptions } from './existing-migration.js';

export type Side = 'source' | 'target';

/** The server that is left, under the migration's lock as far as there is one. */
export interface LeftSide {
  readonly facts: Facts;
  /** null: it could not be read, and went with its server. */
  readonly state: StateSession | null;
  readonly lock: RunLock;
}

/** Codes of a server that is there, whatever it says to us. */
const answering: ReadonlySet<string> = new Set([
  'authentication',
  'no-hba-entry',
  'no-database',
  'too-many-connections',
  'starting-up',
  'pooler',
  'tls',
]);

/** The bracket of commands that free one server of what was made for two. */
export async function withLeftSide<T>(
  spec: Spec,
  gone: Side,
  options: ExistingOptions,
  use: (left: LeftSide) => Promise<T>,
): Promise<T> {
  const say = (severity: 'info' | 'warning', message: string): void =>
    options.report({ type: 'diagnostic', severity, message, at: new Date().toISOString() });
  const stored = await openBackend(spec)
    .read()
    .catch((error: unknown) => error);
  const readable = stored === null || isLockfile(stored);
  await assertGone(spec, gone, isLockfile(stored) ? stored : null);
  await factsOfLeft(spec, gone);
  if (!readable)
    say(
      'warning',
      `the state cannot be read (${reportError(stored).message}): what pgm made is found by ` +
        'its names and comments; changed settings are not known, and stay',
    );
  const lockOptions = {
    ...options,
    waiting: (_: unknown, words: string) => say('info', words),
    notice: (words: string) => say('warning', words),
  };
  // A state that is gone with its server is locked by nobody: then the file beside the spec keeps other runs out.
  const locked: Spec = readable ? spec : { ...spec, state: { kind: 'file' } };
  return withRunLock(locked, lockOptions, async lock => {
    await clearDeadRun(spec, {
      sides: [gone === 'source' ? 'target' : 'source'],
      signal: options.signal,
      tell: words => say('info', words),
      strict: true,
    });
    const facts = await factsOfLeft(spec, gone);
    return use({ facts, lock, state: readable ? await openStateSession(openBackend(spec), lock) : null });
  });
}

async function factsOfLeft(spec: Spec, gone: Side): Promise<Facts> {
  const side = gone === 'source' ? 'target' : 'source';
  const server = await inspectServer(spec[side].connection, spec.name);
  if (server.kind === 'unreachable')
    throw new UserError(`the ${side} cannot be reached either: ${server.message}`, { kind: 'blocked', code: 'PGM101' });
  const away = {
    kind: 'unreachable',
    host: '',
    port: 0,
    failure: 'refused',
    sqlstate: null,
    message: 'it is gone for good',
  } as const;
  return {
    source: side === 'source' ? server : away,
    target: side === 'target' ? server : away,
    local: { pgDump: null, pgRestore: null, cores: 1 },
    databases: [],
    dial: null,
    unmatched: { databases: [], tables: [] },
    unreadable: [],
  };
}

/**
 * A server that answers is not gone: its half would be left behind in use. Another cluster at its address is no answer.
 */
async function assertGone(spec: Spec, gone: Side, lockfile: Lockfile | null): Promise<void> {
  const server = await inspectServer(spec[gone].connection, spec.name);
  if (server.kind === 'unreachable' && !answering.has(server.failure)) return;
  const known = lockfile?.[gone]?.system_identifier ?? '';
  if (server.kind === 'server' && known !== '' && server.systemIdentifier !== null && server.systemIdentifier !== known)
    return;
  throw new UserError(
    `the ${gone} answers${server.kind === 'server' ? '' : ` (${server.message})`}: it is not gone, and ` +
      'nothing was changed',
    {
      kind: 'blocked',
      code: 'PGM648',
      hint: `leave --gone ${gone} away; or, if it must never be used again, shut it down first`,
    },
  );
}

function isLockfile(value: unknown): value is Lockfile {
  return typeof value === 'object' && value !== null && 'lineage' in value;
}
