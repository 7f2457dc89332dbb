import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../postgres/connection.js';
import { qualifiedNameInText } from '../postgres/identifiers.js';
import type { Relation } from '../replication/statements.js';

/**
 * Milliseconds to wait for autovacuum to go; it gives way by itself to a lock that waits for `deadlock_timeout` (1 s).
 */
const patience = 500;

/** A vacuum against wraparound gives way to nobody. */
const vacuumsSql = `
select a.pid
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
where l.granted
  and l.locktype = 'relation'
  and l.mode = 'ShareUpdateExclusiveLock'
  and l.database = (select oid from pg_database where datname = current_database())
  and l.relation = any($1::regclass[])
  and a.backend_type = 'autovacuum worker'
  and a.query !~ 'to prevent wraparound'`;

/**
 * Lets tables be without autovacuum, so that writers do not queue behind it while their tables are being locked: it is
 * ended as the server itself would a second later, and comes again. Who may not signal it waits a moment for its end.
 */
export async function withoutVacuum(connection: Connection, tables: readonly Relation[]): Promise<void> {
  if (tables.length === 0) return;
  const names = tables.map(qualifiedNameInText);
  const vacuums = (): Promise<readonly { readonly pid: number }[]> =>
    connection.rows<{ pid: number }>(vacuumsSql, [names]);
  let left = await vacuums();
  if (left.length === 0) return;
  // Superusers may, and members of pg_signal_autovacuum_worker from 18 on.
  for (const { pid } of left) await connection.rows('select pg_cancel_backend($1)', [pid]).catch(() => undefined);
  for (
    const deadline = performance.now() + patience;
    left.length > 0 && performance.now() < deadline;
    left = await vacuums()
  )
    await sleep(5);
}
