import type { Connection } from '../postgres/connection.js';
import type { ColumnFacts, TableFacts } from './facts.js';
import { hasEquality, isBinarySafe, type Types } from './types.js';

/** Schemas whose tables are nobody's data: the system's, pgm's own and aiven_extras'. */
export const foreignSchemas = ['pg_catalog', 'information_schema', 'pgm', 'aiven_extras'] as const;

/**
 * Everything about all tables in one query; each list is aggregated once over its catalog, never per table.
 * Relations under an ACCESS EXCLUSIVE lock are not opened for their size (pg_relation_size would wait): pg_class knows it roughly.
 */
const tablesSql = `
with locked as materialized (
  select relation
  from pg_locks
  where locktype = 'relation' and mode = 'AccessExclusiveLock' and granted
    and database = (select oid from pg_database where datname = current_database())
), columns as (
  select a.attrelid as oid,
    json_agg(json_build_array(a.attname, a.atttypid::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity) order by a.attnum)::text as columns
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
  join pg_namespace n on n.oid = c.relnamespace
  where a.attnum > 0 and not a.attisdropped
    and n.nspname <> all ($1) and n.nspname !~ '^pg_(toast|temp)'
  group by a.attrelid
), indexes as (
  select i.indrelid as oid,
    count(*)::int as count,
    sum(x.relpages::bigint) as pages,
    bool_or(i.indisprimary) as "hasPrimaryKey",
    bool_or(i.indisprimary and i.indisvalid and i.indimmediate) as "usablePrimaryKey",
    bool_or(i.indisreplident and i.indisvalid and i.indisunique and i.indimmediate and i.indpred is null) as "usableIdentityIndex",
    min(x.relname::text) filter (
      where i.indisunique and not i.indisprimary and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
        and not exists (select from pg_attribute a where a.attrelid = i.indrelid and not a.attnotnull and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
    ) as candidate
  from pg_index i
  join pg_class x on x.oid = i.indexrelid
  group by i.indrelid
), triggers as (
  select tgrelid as oid, array_agg(tgname::text order by tgname) as names
  from pg_trigger
  where not tgisinternal and tgenabled in ('A', 'R')
  group by tgrelid
), keys as (
  select conrelid as oid, count(*)::int as count
  from pg_constraint
  where contype = 'f'
  group by conrelid
), extensions as (
  select d.objid as oid, min(e.extname::text) as name
  from pg_depend d
  join pg_extension e on e.oid = d.refobjid
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
  group by d.objid
)
select c.oid::text as oid,
  n.nspname as schema,
  c.relname as name,
  c.relkind as kind,
  c.relpersistence as persistence,
  pg_get_userbyid(c.relowner) as owner,
  m.amname as "accessMethod",
  c.relispartition as "isPartition",
  greatest(c.reltuples, 0)::float8 as "rowEstimate",
  (case when c.relkind = 'p' then 0 when l.relation is null then pg_relation_size(c.oid) else c.relpages::bigint * b.size end)::float8 as "heapBytes",
  (case when c.reltoastrelid = 0 then 0 when l.relation is null then pg_relation_size(c.reltoastrelid) else 0 end)::float8 as "toastBytes",
  (coalesce(i.pages, 0) * b.size)::float8 as "indexBytes",
  coalesce(i.count, 0) as "indexCount",
  k.columns,
  c.relreplident as "replicaIdentity",
  coalesce(i."hasPrimaryKey", false) as "hasPrimaryKey",
  coalesce(i."usablePrimaryKey", false) as "usablePrimaryKey",
  coalesce(i."usableIdentityIndex", false) as "usableIdentityIndex",
  i.candidate as "identityCandidate",
  c.relrowsecurity as "rowSecurity",
  c.relforcerowsecurity as "rowSecurityForced",
  has_table_privilege(c.oid, 'select') as "canSelect",
  has_table_privilege(c.oid, $2) as "canLock",
  pg_has_role(c.relowner, 'usage') as "isOwner",
  e.name as extension,
  coalesce(t.names, '{}') as "alwaysTriggers",
  coalesce(f.count, 0) as "foreignKeys",
  pn.nspname as "parentSchema",
  p.relname as "parentName",
  case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as "partitionKey",
  case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end as "partitionBound",
  s.spcname as tablespace
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join (select current_setting('block_size')::bigint as size) b
left join locked l on l.relation = c.oid
left join pg_am m on m.oid = c.relam
left join columns k on k.oid = c.oid
left join indexes i on i.oid = c.oid
left join triggers t on t.oid = c.oid
left join keys f on f.oid = c.oid
left join extensions e on e.oid = c.oid
left join pg_inherits h on h.inhrelid = c.oid and c.relispartition
left join pg_class p on p.oid = h.inhparent
left join pg_namespace pn on pn.oid = p.relnamespace
left join pg_tablespace s on s.oid = c.reltablespace
where c.relkind in ('r', 'p')
  and n.nspname <> all ($1) and n.nspname !~ '^pg_(toast|temp)'
order by n.nspname, c.relname`;

type Copied =
  | 'oid' | 'schema' | 'name' | 'kind' | 'persistence' | 'owner' | 'accessMethod' | 'isPartition' | 'rowEstimate' | 'heapBytes' | 'indexBytes'
  | 'indexCount' | 'replicaIdentity' | 'hasPrimaryKey' | 'identityCandidate' | 'rowSecurity' | 'rowSecurityForced' | 'canSelect' | 'canLock'
  | 'isOwner' | 'extension' | 'alwaysTriggers' | 'foreignKeys' | 'partitionKey' | 'partitionBound' | 'tablespace'; // prettier-ignore

interface TableRow extends Pick<TableFacts, Copied> {
  readonly toastBytes: number;
  readonly columns: string | null;
  readonly usablePrimaryKey: boolean;
  readonly usableIdentityIndex: boolean;
  readonly parentSchema: string | null;
  readonly parentName: string | null;
}

/** A table before the spec's filter and the target's rows are known. */
export type TableSeen = Omit<TableFacts, 'inScope' | 'hasRows'>;

/** One query, whatever the number of tables. Tables of equal columns share them in memory. */
export async function readTables(connection: Connection, versionNum: number, types: Types): Promise<TableSeen[]> {
  const lockPrivileges = versionNum >= 170000 ? 'update, delete, truncate, maintain' : 'update, delete, truncate';
  const rows = await connection.rows<TableRow>(tablesSql, [foreignSchemas, lockPrivileges]);
  const columnsOf = columnReader(types);
  return rows.map(row => tableOf(row, columnsOf(row.columns ?? '[]')));
}

function tableOf(row: TableRow, { columns, withoutEquality }: Columns): TableSeen {
  const { toastBytes, columns: _columns, usablePrimaryKey, usableIdentityIndex, parentSchema, parentName, ...facts } = row;
  return {
    ...facts,
    dataBytes: facts.heapBytes + toastBytes,
    columns,
    columnsWithoutEquality: withoutEquality,
    identityUsable: identityUsable(row, withoutEquality),
    partitionOf: parentSchema === null || parentName === null ? null : { schema: parentSchema, name: parentName },
  };
}

/** Whether UPDATE and DELETE can be published and applied (RelationGetReplicaIndex, and tuples_equal for FULL). */
function identityUsable(row: TableRow, withoutEquality: readonly string[]): boolean {
  switch (row.replicaIdentity) {
    case 'd':
      return row.usablePrimaryKey;
    case 'i':
      return row.usableIdentityIndex;
    case 'f':
      return withoutEquality.length === 0 || row.usablePrimaryKey;
    case 'n':
      return false;
  }
}

interface Columns {
  readonly columns: readonly ColumnFacts[];
  readonly withoutEquality: readonly string[];
}

type ColumnTuple = [name: string, typeOid: string, type: string, notNull: boolean, generated: string, identity: string];

function columnReader(types: Types): (text: string) => Columns {
  const known = new Map<string, Columns>();
  return text => {
    const same = known.get(text);
    if (same !== undefined) return same;
    const tuples = JSON.parse(text) as ColumnTuple[];
    const read: Columns = {
      columns: tuples.map(([name, oid, type, notNull, generated, identity]) => ({
        name,
        type,
        notNull,
        generated: generated.trim(),
        identity: identity.trim(),
        binarySafe: isBinarySafe(types, oid),
      })),
      withoutEquality: tuples.filter(([, oid]) => !hasEquality(types, oid)).map(([name]) => name),
    };
    known.set(text, read);
    return read;
  };
}
