/** A collation's name; 12 has no regcollation. */
export const collationName = (oid: string): string => `(
    select format('%I.%I', m.nspname, l.collname)
    from pg_collation l join pg_namespace m on m.oid = l.collnamespace where l.oid = ${oid})`;

/**
 * $1 schemas that are not compared, $2 oids of relations that are left out, $3 roles that both sides have. Members of
 * extensions and what lies in foreign schemas are nobody's definitions.
 */
export const scopeSql = `
with members as materialized (
  select classid, objid
  from pg_depend
  where refclassid = 'pg_extension'::regclass and deptype = 'e'
), spaces as materialized (
  select n.*
  from pg_namespace n
  where n.nspname <> all ($1::text[]) and n.nspname !~ '^pg_(toast|temp)'
    and not exists (select from members m where m.classid = 'pg_namespace'::regclass and m.objid = n.oid)
), owned as materialized (
  select d.objid, d.refobjid, d.refobjsubid, d.deptype
  from pg_depend d
  join pg_class s on s.oid = d.objid and s.relkind = 'S'
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
    and d.refobjsubid > 0
), relations as materialized (
  select c.*, format('%I.%I', n.nspname, c.relname) as identity, n.nspname,
    case when c.relkind in ('v', 'm') then 'view' when c.relkind = 'S' then 'sequence' else 'table' end as kind
  from pg_class c
  join spaces n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.oid <> all ($2::oid[])
    and not exists (select from members m where m.classid = 'pg_class'::regclass and m.objid = c.oid)
    and not exists (select from owned o where o.objid = c.oid and c.relkind = 'S' and o.refobjid = any ($2::oid[]))
), types as materialized (
  select t.*, format('%I.%I', n.nspname, t.typname) as identity
  from pg_type t
  join spaces n on n.oid = t.typnamespace
  left join pg_class c on c.oid = t.typrelid
  where (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
    and not exists (select from members m where m.classid = 'pg_type'::regclass and m.objid = t.oid)
), functions as materialized (
  select p.*, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as identity
  from pg_proc p
  join spaces n on n.oid = p.pronamespace
  where not exists (select from members m where m.classid = 'pg_proc'::regclass and m.objid = p.oid)
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid
      and d.deptype = 'i')
)`;
