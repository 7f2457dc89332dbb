import type { Connection } from '../postgres/connection.js';
import { foreignSchemas } from './tables.js';

/**
 * How many objects of each kind users made in a database; members of extensions, the system's and pgm's own left out.
 */
export interface ObjectCounts {
  readonly schemas: number;
  /** Ordinary tables and partitions. */
  readonly tables: number;
  readonly partitioned_tables: number;
  readonly foreign_tables: number;
  readonly views: number;
  readonly materialized_views: number;
  readonly indexes: number;
  readonly sequences: number;
  readonly constraints: number;
  readonly triggers: number;
  readonly policies: number;
  readonly functions: number;
  readonly types: number;
  readonly extensions: number;
  readonly large_objects: number;
}

/**
 * NOT NULL is a constraint of its own from 18 on: left out, so that two versions can be compared. So are row types of
 * relations, arrays, and multiranges, which come along with what they are of.
 */
const countsSql = `
with members as (
  select classid, objid
  from pg_depend
  where refclassid = 'pg_extension'::regclass and deptype = 'e'
), namespaces as (
  select n.oid
  from pg_namespace n
  where n.nspname <> all ($1)
    and n.nspname !~ '^pg_(toast|temp)'
), relations as (
  select c.oid, c.relkind
  from pg_class c
  where c.relnamespace in (select oid from namespaces)
    and not exists (select from members m where m.classid = 'pg_class'::regclass and m.objid = c.oid)
)
select
  (select count(*) from namespaces n where not exists (select from members m where m.classid = 'pg_namespace'::regclass
    and m.objid = n.oid))::int as schemas,
  (select count(*) from relations where relkind = 'r')::int as tables,
  (select count(*) from relations where relkind = 'p')::int as partitioned_tables,
  (select count(*) from relations where relkind = 'f')::int as foreign_tables,
  (select count(*) from relations where relkind = 'v')::int as views,
  (select count(*) from relations where relkind = 'm')::int as materialized_views,
  (select count(*) from pg_index i join relations r on r.oid = i.indrelid where i.indisvalid)::int as indexes,
  (select count(*) from relations where relkind = 'S')::int as sequences,
  (select count(*) from pg_constraint k join relations r on r.oid = k.conrelid
    where k.contype in ('c', 'f', 'p', 'u', 'x') and k.conparentid = 0)::int as constraints,
  (select count(*) from pg_trigger t join relations r on r.oid = t.tgrelid where not t.tgisinternal)::int as triggers,
  (select count(*) from pg_policy p join relations r on r.oid = p.polrelid)::int as policies,
  (select count(*) from pg_proc p where p.pronamespace in (select oid from namespaces)
    and not exists (select from members m where m.classid = 'pg_proc'::regclass and m.objid = p.oid)
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid
      and d.deptype = 'i'))::int as functions,
  (select count(*) from pg_type t left join pg_class c on c.oid = t.typrelid where t.typnamespace in (select oid
    from namespaces)
    and t.typisdefined and t.typelem = 0 and t.typtype in ('b', 'c', 'd', 'e', 'r') and (c.oid is null
      or c.relkind = 'c')
    and not exists (select from members m where m.classid = 'pg_type'::regclass and m.objid = t.oid))::int as types,
  (select count(*) from pg_extension where extname <> 'aiven_extras')::int as extensions,
  (select count(*) from pg_largeobject_metadata)::int as large_objects`;

export async function readObjectCounts(connection: Connection): Promise<ObjectCounts> {
  return connection.row<ObjectCounts>(countsSql, [foreignSchemas]);
}
