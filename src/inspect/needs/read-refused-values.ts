import type { Connection } from '../../postgres/connection.js';
import { foreignSchemas } from '../tables.js';
import { readTablesOnly, usersCodeSql } from '../users-code.js';
import type { RefusedValues } from './needs.js';
import { has } from '../../postgres/since.js';

/** Milliseconds for all columns of a database together. */
const budget = 300;
/** Pages (32 MB at 8 kB): a table that is larger is not read through for it. */
const mostPages = 4096;

/**
 * Columns whose values the target may refuse although no constraint of the source does: a regclass that names an index,
 * which comes after the rows; NULL in a child of an inheritance whose parent says NOT NULL [12 to 17: ALTER TABLE ONLY,
 * or DROP NOT NULL of the child], which the child inherits when it is made anew. Built-in types alone, and no table
 * whose planning would run code of users, so that nothing of them runs. Smallest table first, until the budget is spent; `found` is null where it was, or where it
 * was not asked.
 */
const lateValuesSql = (versionNum: number): string => `
with code as materialized (${usersCodeSql}
), asked as materialized (
  select c.oid, a.attnum, 'index-name' as kind, n.nspname as schema, c.relname as "table", a.attname as "column",
    null as parent, c.relpages,
    format('select from only %I.%I where %I::oid in (select oid from pg_catalog.pg_class where relkind in (''i'', ''I''))', n.nspname, c.relname, a.attname) as query
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind = 'r' and c.relpersistence <> 't'
  join pg_namespace n on n.oid = c.relnamespace
  where a.atttypid = 'regclass'::regtype and a.attnum > 0 and not a.attisdropped
  union all
  select c.oid, a.attnum, 'null-in-child', n.nspname, c.relname, a.attname, format('%s.%s', pn.nspname, p.relname),
    c.relpages,
    format('select from only %I.%I where %I is null', n.nspname, c.relname, a.attname)
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid and c.relkind = 'r' and c.relpersistence <> 't' and not c.relispartition
  join pg_namespace n on n.oid = c.relnamespace
  join pg_class p on p.oid = i.inhparent
  join pg_namespace pn on pn.oid = p.relnamespace
  join pg_attribute b on b.attrelid = p.oid and b.attnum > 0 and not b.attisdropped and b.attnotnull
  join pg_attribute a on a.attrelid = c.oid and a.attname = b.attname and not a.attisdropped and not a.attnotnull
  ${has(versionNum, 'notNullConstraints') ? "where not exists (select from pg_constraint k where k.conrelid = p.oid and k.contype = 'n' and k.connoinherit and b.attnum = any (k.conkey))" : ''}
), readable as materialized (
  select a.*,
    a.relpages <= $2 and pg_relation_size(a.oid) / current_setting('block_size')::int <= $2 as small,
    a.oid in (select relid from code) as calls
  from asked a
  join pg_namespace n on n.nspname = a.schema
  where a.schema <> all ($1) and a.schema !~ '^pg_(toast|temp)'
    and has_schema_privilege(n.oid, 'usage') and has_table_privilege(a.oid, 'select') and not row_security_active(a.oid)
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = a.oid
      and d.deptype = 'e')
    and not exists (select from pg_locks l where l.locktype = 'relation' and l.relation = a.oid
      and l.mode = 'AccessExclusiveLock' and l.granted)
), looked as materialized (
  select r.*,
    case when small and not calls and clock_timestamp() < statement_timestamp() + $3 * interval '1 ms'
      then query_to_xml('select 1 from (' || query || ' limit 1) found', false, true, '')::text <> ''
    end as found
  from (select * from readable order by relpages, oid, attnum) r
)
select kind, schema, "table", "column", parent, found
from looked
where found is distinct from false
order by kind, schema, "table", "column"`;

/** One query with one in it for each such column, which are few. */
export async function readRefusedValues(connection: Connection, versionNum: number): Promise<readonly RefusedValues[]> {
  await readTablesOnly(connection);
  return connection.rows<RefusedValues>(lateValuesSql(versionNum), [foreignSchemas, mostPages, budget]);
}
