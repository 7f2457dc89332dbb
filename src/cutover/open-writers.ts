import type { Connection } from '../postgres/connection.js';
import { qualifiedNameInText } from '../postgres/identifiers.js';
import type { Relation } from '../replication/statements.js';
import { holderWords } from './holder-words.js';

/**
 * Transactions that have written (they hold an xid) and have a writer's lock on one of the tables, prepared ones too:
 * pg_locks shows those of every role. A slot tells of a transaction only when it has committed.
 */
const openWritersSql = `
select ${holderWords} as writer
from pg_locks l
join pg_locks x on x.locktype = 'transactionid' and x.mode = 'ExclusiveLock' and x.granted
  and x.virtualtransaction = l.virtualtransaction and x.pid is not distinct from l.pid
left join pg_stat_activity a on a.pid = l.pid
left join pg_prepared_xacts p on l.pid is null and p.transaction = x.transactionid
where l.granted
  and l.locktype = 'relation'
  and l.database = (select oid from pg_database where datname = current_database())
  and l.relation = any($1::regclass[])
  and l.mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  and l.pid is distinct from pg_backend_pid()
  and (l.pid is not null or p.gid is not null)
group by 1, coalesce(a.xact_start, p.prepared)
order by coalesce(a.xact_start, p.prepared)
limit 3`;

/** Who has written to one of the tables and has not committed yet, oldest first, at most three. */
export async function openWriters(connection: Connection, tables: readonly Relation[]): Promise<readonly string[]> {
  const rows = await connection.rows<{ writer: string }>(openWritersSql, [tables.map(qualifiedNameInText)]);
  return rows.map(({ writer }) => writer);
}
