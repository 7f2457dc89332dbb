import { UserError } from '../errors.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { LastLock } from './lock-waits.js';

/** A lock was not given within the limit of one try. pg_dump has nothing but words for it. */
export function isLockTimeout(error: unknown): boolean {
  return (
    errorCode(error) === sqlstate.lockNotAvailable ||
    (error instanceof Error && /canceling statement due to lock timeout/.test(error.message))
  );
}

/** The end of all tries for a lock names whoever holds it. Any other error stays as it is. */
export function namingHolder(error: unknown, last: LastLock): unknown {
  if (!isLockTimeout(error)) return error;
  const seen = last();
  const said = error instanceof Error ? error.message : String(error);
  if (seen === null)
    return new UserError(`a lock was not given in time (${said}); who held it could not be seen`, {
      kind: 'stopped',
      code: 'PGM633',
      hint: 'look for its holder in pg_locks and pg_stat_activity, then run `pgm apply` again: it goes on from here',
      cause: error,
    });
  const end =
    seen.pid === 0
      ? 'commit or roll back that prepared transaction'
      : `wait for it, or end it on the ${seen.side}: select pg_terminate_backend(${seen.pid});`;
  return new UserError(`a lock was not given in time: ${seen.words}`, {
    kind: 'stopped',
    code: 'PGM633',
    hint: `${end} Then run \`pgm apply\` again: it goes on from here`,
    cause: error,
  });
}
