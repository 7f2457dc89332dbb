import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { qualifiedName, qualifiedNameInText } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Relation } from '../replication/statements.js';
import { holderWords } from './holder-words.js';
import type { DatabaseSessions } from './sessions.js';
import { withoutVacuum } from './vacuum.js';

/** Milliseconds of one try to lock; a queue of writers lasts no longer behind someone else's long transaction. */
export const lockTry = 200;

export interface FreezeOptions {
  /** Milliseconds that writers queue behind one try at the most. */
  readonly tryFor: number;
  /** Milliseconds for all tries. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly onRetry: (blocker: string) => void;
  /** Around each try: gets ready, pauses what must stand still before the locks, and lets it go when the try failed. */
  readonly around?: {
    readonly ready: () => Promise<void>;
    readonly before: () => Promise<boolean>;
    readonly failed: () => Promise<void>;
  };
}

/**
 * Locks the tables of all databases against every writer, whoever it is and whatever it sets; readers go on. Writers
 * wait and do not fail. The locks live in the sessions' transactions: they are gone when those are, also when pgm is
 * killed.
 *
 * All databases or none: a try that is not through in a moment lets everything go, so that no writer of any database
 * waits behind one long transaction.
 * @returns milliseconds (performance.now) when the try that succeeded began: writes stopped then
 * @throws UserError naming whoever holds a lock when time is up
 */
export async function lockAll(sessions: readonly DatabaseSessions[], options: FreezeOptions): Promise<number> {
  const deadline = performance.now() + options.timeout;
  for (let tries = 0, pause = 20; ; tries++, pause = Math.min(pause * 2, 1000)) {
    options.signal.throwIfAborted();
    await options.around?.ready();
    await Promise.all(sessions.map(({ database, lock }) => withoutVacuum(lock, database.tables)));
    const began = performance.now();
    const still = (await options.around?.before()) ?? true;
    // Whoever locks in another order than ours would meet us in a deadlock each time: the next try goes the other way.
    const locked = !still
      ? []
      : await Promise.all(
          sessions.map(({ database, lock }) =>
            tryLock(lock, tries % 2 === 0 ? database.tables : [...database.tables].reverse(), options.tryFor),
          ),
        );
    if (still && locked.every(each => each)) return began;
    const missed = sessions.find((_, index) => locked[index] === false);
    const blocker =
      missed === undefined
        ? 'a transaction that PgBouncer waits for'
        : await blockers(missed.lock, missed.database.tables);
    await Promise.all(sessions.map(({ lock }) => lock.execute('rollback')));
    if (still) await options.around?.failed();
    if (performance.now() + pause > deadline) {
      throw new UserError(
        `the tables${missed === undefined ? '' : ` of "${missed.database.name}"`} could not be ` +
          `locked in ${Math.round(options.timeout / 1000)} s: ${blocker} holds them`,
        {
          kind: 'stopped',
          code: 'PGM620',
          hint: 'writes go on where they were; end that transaction or wait for it, then run it again',
        },
      );
    }
    options.onRetry(blocker);
    await sleep(pause, undefined, { signal: options.signal });
  }
}

/** lock_timeout is for each table of the list; statement_timeout bounds them all. The failed transaction stays open. */
async function tryLock(connection: Connection, tables: readonly Relation[], tryFor: number): Promise<boolean> {
  if (tables.length === 0) return true;
  const list = tables.map(table => `only ${qualifiedName(table)}`).join(', ');
  try {
    await connection.execute(
      `begin; set local lock_timeout = ${tryFor}; set local statement_timeout = ${tryFor * 4}; ` +
        `lock table ${list} in exclusive mode; set local statement_timeout = 0`,
    );
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code !== sqlstate.lockNotAvailable && code !== sqlstate.deadlockDetected && code !== sqlstate.queryCanceled)
      throw error;
    await connection.execute('rollback');
    return false;
  }
}

const blockersSql = `
select ${holderWords} as blocker
from pg_locks l
left join pg_stat_activity a on a.pid = l.pid
left join pg_locks x on l.pid is null and x.pid is null and x.locktype = 'transactionid'
  and x.virtualtransaction = l.virtualtransaction
left join pg_prepared_xacts p on p.transaction = x.transactionid
where l.granted
  and l.locktype = 'relation'
  and l.database = (select oid from pg_database where datname = current_database())
  and l.relation = any($1::regclass[])
  and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
    'AccessExclusiveLock')
  and l.pid is distinct from pg_backend_pid()
  and (a.pid is not null or p.gid is not null)
group by 1, coalesce(a.xact_start, p.prepared)
order by coalesce(a.xact_start, p.prepared)
limit 3`;

/** Who holds any of the tables so that it cannot be locked: words. */
export async function blockers(connection: Connection, tables: readonly Relation[]): Promise<string> {
  const rows = await connection
    .rows<{ blocker: string | null }>(blockersSql, [tables.map(qualifiedNameInText)])
    .catch(() => []);
  const known = rows.flatMap(({ blocker }) => (blocker === null ? [] : [blocker]));
  return known.length === 0 ? 'a transaction that has ended since' : known.join('; ');
}

/**
 * Is everything still held? A server that ended the session meanwhile freed its locks, and writers went on.
 * @throws UserError when a lock is lost
 */
export async function assertStillLocked(sessions: readonly DatabaseSessions[]): Promise<void> {
  await Promise.all(
    sessions.map(async ({ database, lock }) => {
      if (database.tables.length === 0) return;
      try {
        await lock.execute('select 1');
      } catch (error) {
        throw new UserError(`the locks on the tables of "${database.name}" were lost before the switch was done`, {
          kind: 'stopped',
          code: 'PGM628',
          hint: 'writes go on where they were; run it again',
          cause: error,
        });
      }
    }),
  );
}

/** Is the side that takes over still there? @throws UserError when it is not */
export async function assertReachable(sessions: readonly DatabaseSessions[], role: 'source' | 'target'): Promise<void> {
  await Promise.all(
    sessions.map(async ({ to }) => {
      try {
        await to.execute('select 1');
      } catch (error) {
        throw new UserError(`the ${role} ended its sessions before the switch was done`, {
          kind: 'stopped',
          code: 'PGM631',
          hint: 'writes go on where they were; run it again',
          cause: error,
        });
      }
    }),
  );
}
