import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Relation } from '../replication/statements.js';

export interface FreezeOptions {
  /** Milliseconds for one try: writers queue behind the request for so long at the most. */
  readonly tryFor: number;
  /** Milliseconds for all tries. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly onRetry: (blocker: string) => void;
}

const blockersSql = `
select format('pid %s (%s@%s, %s s): %s', a.pid, a.usename, a.application_name, round(extract(epoch from now() - a.xact_start)), left(a.query, 80)) as blocker
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
where l.granted
  and l.relation = any($1::regclass[])
  and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  and a.pid <> pg_backend_pid()
order by a.xact_start
limit 3`;

/**
 * Locks tables against every writer, whoever it is and whatever it sets; readers go on. Writers wait and do not fail.
 * The lock lives in the session's transaction: it is gone when the session is, also when pgm is killed.
 *
 * Each try waits only for a moment, so that no queue forms behind one long transaction.
 * @returns milliseconds (performance.now) when the try that succeeded began: writes stopped then
 * @throws UserError naming whoever holds a lock when time is up
 */
export async function lockTables(connection: Connection, tables: readonly Relation[], options: FreezeOptions): Promise<number> {
  if (tables.length === 0) return performance.now();
  const deadline = performance.now() + options.timeout;
  const list = tables.map(table => `only ${qualifiedName(table)}`).join(', ');
  for (let pause = 20; ; pause = Math.min(pause * 2, 1000)) {
    options.signal.throwIfAborted();
    const began = performance.now();
    try {
      await connection.execute(`begin; set local lock_timeout = ${options.tryFor}; lock table ${list} in exclusive mode`);
      return began;
    } catch (error) {
      await connection.execute('rollback');
      const code = errorCode(error);
      if (code !== sqlstate.lockNotAvailable && code !== sqlstate.deadlockDetected) throw error;
      const blocker = await blockers(connection, tables);
      if (performance.now() + pause > deadline) {
        throw new UserError(`the tables of "${connection.database}" could not be locked in ${Math.round(options.timeout / 1000)} s: ${blocker} holds them`, {
          code: 'PGM620',
          hint: 'writes on the source go on; end that transaction or wait for it, then run `pgm cutover` again',
        });
      }
      options.onRetry(blocker);
      await sleep(pause, undefined, { signal: options.signal });
    }
  }
}

async function blockers(connection: Connection, tables: readonly Relation[]): Promise<string> {
  const rows = await connection.rows<{ blocker: string }>(blockersSql, [tables.map(qualifiedName)]).catch(() => []);
  return rows.length === 0 ? 'a transaction that has ended since' : rows.map(row => row.blocker).join('; ');
}
