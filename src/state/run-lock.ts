import { UserError } from '../errors.js';
import type { Spec } from '../spec/spec.js';
import { openBackend } from './open-backend.js';
import { lockfilePath } from './file-backend.js';
import { newHolder, type Holder } from './holder.js';
import { acquire, type RunLockOptions } from './acquire-lock.js';
import { holdsRunFile, removeRunFile, runFilePath, touchRunFile } from './run-file.js';
import { TargetSession } from './target-session.js';

/**
 * `act`: something on the servers is about to change, so the lock must be held for certain. `record`: what was done
 * is about to be written down, which is right as long as nobody else has the lock, also while the target is down.
 */
export type Purpose = 'act' | 'record';

/** The exclusive right to change one migration. Ends with the bracket that gave it. */
export interface RunLock {
  /** What `pgm force-unlock` would want. */
  readonly id: string;
  /** Fencing token for state writes; see StateBackend.claim. */
  readonly token: string;
  /**
   * To be called before every write.
   * @throws UserError `locked` when the lock is lost, `stopped` when the target has been gone for too long to tell
   */
  check(purpose?: Purpose): Promise<void>;
  /** Aborted, with that UserError as the reason, as soon as the loss is known. */
  readonly lost: AbortSignal;
}

/** Milliseconds between heartbeats. */
export const heartbeatInterval = 5_000;

/** Milliseconds that `check` waits for the target to come back before it gives up. */
const patience: Readonly<Record<Purpose, number>> = { act: 60_000, record: 2_000 };

/**
 * Holds the migration's lock while `use` runs: a session advisory lock on the target, and for a lockfile beside the
 * spec a file too. Migrations of different names do not meet. A target that cannot be reached does not hinder: the
 * lock on it is then taken before the first write after it is back.
 * @throws UserError of kind `locked`, with the holder, when another run has it for longer than `lockTimeout`
 */
export async function withRunLock<T>(
  spec: Spec,
  options: RunLockOptions,
  use: (lock: RunLock) => Promise<T>,
): Promise<T> {
  const holder = newHolder(options.command);
  const lost = new AbortController();
  const session = new TargetSession(spec.target.connection, spec.name, holder, reason => lost.abort(reason));
  const file = spec.state.kind === 'file' ? runFilePath(lockfilePath(spec.path)) : null;
  let heartbeat: NodeJS.Timeout | undefined;
  try {
    await acquire({ migration: spec.name, holder, session, file }, options);
    heartbeat = setInterval(() => void beat(session, file, holder), heartbeatInterval);
    const token = await openBackend(spec).claim(holder.id);
    return await use({
      id: holder.id,
      token,
      lost: lost.signal,
      check: purpose => check(session, file, holder, lost, purpose ?? 'act'),
    });
  } finally {
    clearInterval(heartbeat);
    if (file !== null) await removeRunFile(file, holder.id).catch(() => undefined);
    await session.close();
  }
}

async function beat(session: TargetSession, file: string | null, holder: Holder): Promise<void> {
  if (file !== null && (await holdsRunFile(file, holder).catch(() => false))) await touchRunFile(file);
  await session.beat();
}

async function check(
  session: TargetSession,
  file: string | null,
  holder: Holder,
  lost: AbortController,
  purpose: Purpose,
): Promise<void> {
  lost.signal.throwIfAborted();
  if (file !== null && !(await holdsRunFile(file, holder))) lost.abort(fileLostError(file, holder));
  lost.signal.throwIfAborted();
  const state = await session.check(patience[purpose]);
  lost.signal.throwIfAborted();
  if (state === 'unreachable' && purpose === 'act' && session.everHeld) throw goneError();
}

function fileLostError(file: string, holder: Holder): UserError {
  return new UserError(
    `The run's lock (ID ${holder.id}) was released by somebody else: ${file} ` +
      `is gone or another run's. Nothing more is written.`,
    {
      kind: 'locked',
      code: 'lock-lost',
      hint: 'Run pgm again: it goes on where this run stopped.',
    },
  );
}

function goneError(): UserError {
  return new UserError(
    `The target has not answered for ${patience.act / 1000} s, so whether this run still holds its lock is not known.`,
    {
      kind: 'stopped',
      code: 'lock-unknown',
      hint: 'Run pgm again when the target is back: it goes on where this run stopped.',
    },
  );
}
