/**
 * Everything about all tables in one query; each list is aggregated once over its catalog, never per table. Relations
 * under an ACCESS EXCLUSIVE lock are not opened for their size (pg_relation_size would wait): pg_class knows it
 * roughly.
 */
export const tablesSql = `
with locked as materialized (
  select relation
  from pg_locks
  where locktype = 'relation' and mode = 'AccessExclusiveLock' and granted
    and database = (select oid from pg_database where datname = current_database())
), columns as (
  select a.attrelid as oid,
    json_agg(json_build_array(a.attname, a.atttypid::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      a.attgenerated, a.attidentity, a.attnum) order by a.attnum)::text as columns
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
  join pg_namespace n on n.oid = c.relnamespace
  where a.attnum > 0 and not a.attisdropped
    and n.nspname <> all ($1) and n.nspname !~ '^pg_(toast|temp)'
  group by a.attrelid
), shapes as (
  select oid,
    dense_rank() over (order by columns collate "C")::int as shape,
    case when row_number() over (partition by columns collate "C" order by oid) = 1 then columns end as columns
  from columns
), generated as materialized (
  select attrelid as oid, array_agg(attnum) as numbers, array_agg(attname::text) as names
  from pg_attribute
  where attgenerated <> '' and not attisdropped
  group by attrelid
), indexes as (
  select i.indrelid as oid,
    count(*)::int as count,
    sum(x.relpages::bigint) as pages,
    bool_or(i.indisprimary) as "hasPrimaryKey",
    bool_or(i.indisprimary and i.indisvalid and i.indimmediate) as "usablePrimaryKey",
    bool_or(i.indisreplident and i.indisvalid and i.indisunique and i.indimmediate and i.indpred is null
      and i.indexprs is null
      and not exists (select from pg_attribute a where a.attrelid = i.indrelid and not a.attnotnull
        and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
    ) as "usableIdentityIndex",
    min(u.names) filter (where i.indisprimary) as "generatedInPrimaryKey",
    min(u.names) filter (where i.indisreplident) as "generatedInIdentityIndex",
    min(x.relname::text) filter (
      where i.indisunique and not i.indisprimary and i.indisvalid and i.indimmediate and i.indpred is null
        and i.indexprs is null and u.names is null
        and not exists (select from pg_attribute a where a.attrelid = i.indrelid and not a.attnotnull
          and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
    ) as candidate
  from pg_index i
  join pg_class x on x.oid = i.indexrelid
  left join generated g on g.oid = i.indrelid and g.numbers && (i.indkey::int2[])[0:i.indnkeyatts - 1]
  left join lateral (
    select array_agg(name order by number) as names
    from unnest(g.numbers, g.names) as key (number, name)
    where number = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
  ) u on g.oid is not null
  where x.relnamespace <> 'pg_toast'::regnamespace
  group by i.indrelid
), triggers as (
  select tgrelid as oid,
    array_agg(tgname::text order by tgname) filter (where tgenabled in ('A', 'R')) as names,
    min(tgenabled) filter (where tgname = 'pgm_shut' and tgfoid = to_regproc('pgm.shut')) as fence
  from pg_trigger
  where not tgisinternal and (tgenabled in ('A', 'R') or tgname = 'pgm_shut')
  group by tgrelid
), keys as (
  select conrelid as oid, count(*)::int as count
  from pg_constraint
  where contype = 'f'
  group by conrelid
), extensions as (
  select d.objid as oid, min(e.extname::text) as name, bool_or(d.objid = any (coalesce(e.extconfig,
    '{}'))) as configuration
  from pg_depend d
  join pg_extension e on e.oid = d.refobjid
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
  group by d.objid
)
select c.oid::text as oid,
  n.nspname as schema,
  c.relname as name,
  concat(c.relkind, c.relpersistence, c.relreplident) as letters,
  array_to_string(array[
    c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
    has_table_privilege(c.oid, 'select'), has_table_privilege(c.oid, $2), pg_has_role(c.relowner, 'usage'),
    i."hasPrimaryKey", i."usablePrimaryKey", i."usableIdentityIndex"
  ], ',', '') as flags,
  pg_get_userbyid(c.relowner) as owner,
  m.amname as "accessMethod",
  greatest(c.reltuples, 0)::float8 as "rowEstimate",
  h.bytes::float8 as "heapBytes",
  (case when c.reltoastrelid <> 0 and h.bytes > 0 and l.relation is null then pg_relation_size(c.reltoastrelid)
    else 0 end)::float8 as "toastBytes",
  (i.pages * b.size)::float8 as "indexBytes",
  i.count as "indexCount",
  k.shape,
  k.columns,
  i.candidate as "identityCandidate",
  i."generatedInPrimaryKey",
  i."generatedInIdentityIndex",
  e.name as extension,
  coalesce(e.configuration, false) as "extensionConfiguration",
  t.names as "alwaysTriggers",
  t.fence,
  f.count as "foreignKeys",
  pn.nspname as "parentSchema",
  p.relname as "parentName",
  case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as "partitionKey",
  case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end as "partitionBound",
  s.spcname as tablespace,
  case when current_setting('track_commit_timestamp') = 'on' then (
    select to_char(max(pg_xact_commit_timestamp(a.xmin)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    from pg_attribute a
    where a.attrelid = c.oid
  ) end as "definedAt"
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join (select current_setting('block_size')::bigint as size) b
left join locked l on l.relation = c.oid
cross join lateral (
  select case when c.relkind = 'p' then 0 when l.relation is null then pg_relation_size(c.oid)
    else c.relpages::bigint * b.size end as bytes
  offset 0
) h
left join pg_am m on m.oid = c.relam
left join shapes k on k.oid = c.oid
left join indexes i on i.oid = c.oid
left join triggers t on t.oid = c.oid
left join keys f on f.oid = c.oid
left join extensions e on e.oid = c.oid
left join pg_inherits q on q.inhrelid = c.oid and c.relispartition
left join pg_class p on p.oid = q.inhparent
left join pg_namespace pn on pn.oid = p.relnamespace
left join pg_tablespace s on s.oid = c.reltablespace
where c.relkind in ('r', 'p')
  and n.nspname <> all ($1) and n.nspname !~ '^pg_(toast|temp)'
order by n.nspname, c.relname`;

export interface TableRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** Kind, persistence and replica identity, a letter each. */
  readonly letters: string;
  /** `t`, `f` or nothing, in the query's order: one string a row instead of nine. */
  readonly flags: string;
  readonly owner: string;
  readonly accessMethod: string | null;
  readonly rowEstimate: number;
  readonly heapBytes: number;
  readonly toastBytes: number;
  readonly indexBytes: number | null;
  readonly indexCount: number | null;
  /** Number of the column list; null: no columns. */
  readonly shape: number | null;
  /** The list itself, in one row of each shape. */
  readonly columns: string | null;
  readonly identityCandidate: string | null;
  readonly generatedInPrimaryKey: readonly string[] | null;
  readonly generatedInIdentityIndex: readonly string[] | null;
  readonly extension: string | null;
  readonly extensionConfiguration: boolean;
  readonly alwaysTriggers: readonly string[] | null;
  readonly fence: string | null;
  readonly foreignKeys: number | null;
  readonly parentSchema: string | null;
  readonly parentName: string | null;
  readonly partitionKey: string | null;
  readonly partitionBound: string | null;
  readonly tablespace: string | null;
  readonly definedAt: string | null;
}
