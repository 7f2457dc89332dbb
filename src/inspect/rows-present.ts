import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Connection } from '../postgres/connection.js';
import type { TableSeen } from './table-row.js';
import { readTablesOnly, usersCodeSql } from './users-code.js';

/**
 * Whether tables hold a row, by a query within the query, so that one is enough for all of them. Tables that are
 * locked, or whose rows row-level security may hide, are not asked; of those whose planning would run code of users the
 * last ANALYZE must tell.
 */
const rowsPresentSql = `
with code as materialized (${usersCodeSql}
)
select c.oid::text as oid,
  case
    when c.oid in (select relid from code) then nullif(c.reltuples > 0, false)
    else query_to_xml(format('select 1 from only %I.%I limit 1', n.nspname, c.relname), false, true, '')::text <> ''
  end as present
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.oid = any ($1::oid[])
  and not row_security_active(c.oid)
  and has_schema_privilege(n.oid, 'usage')
  and not exists (
    select from pg_locks l
    where l.locktype = 'relation' and l.relation = c.oid and l.mode = 'AccessExclusiveLock' and l.granted
  )`;

/**
 * Which tables hold rows: two queries at most. `copied`: tables whose rows pgm itself brought, which are not asked.
 * @returns by oid; a table that is not in it was not asked
 */
export async function readRowsPresent(
  connection: Connection,
  tables: readonly TableSeen[],
  copied: ReadonlySet<RelationKey>,
): Promise<ReadonlyMap<string, boolean>> {
  const leaves = tables.filter(table => table.kind === 'r');
  const empty = leaves.filter(table => table.heapBytes === 0);
  const open = leaves.filter(table => table.heapBytes > 0 && table.canSelect && !copied.has(relationKey(table)));
  const present = new Map(empty.map(table => [table.oid, false]));
  if (open.length === 0) return present;
  await readTablesOnly(connection);
  const oids = open.map(({ oid }) => oid);
  const rows = await connection.rows<{ oid: string; present: boolean | null }>(rowsPresentSql, [oids]);
  for (const row of rows) if (row.present !== null) present.set(row.oid, row.present);
  return present;
}
