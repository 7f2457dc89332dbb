import type { Connection } from '../postgres/connection.js';
import type { DependantFacts } from './facts.js';

/** More than anybody reads; pg_depend is followed to its end all the same. */
const most = 1000;

/**
 * What pg_dump makes with one of these tables, directly or through something else: a view, a foreign key, a function with
 * a parsed body, a policy of another table. What is a part of something in the list (a column's default of a left-out
 * table, a trigger on a left-out view) is not named apart. A rule named _RETURN is its view.
 */
const dependantsSql = `
with recursive gone (classid, objid) as (
  select 'pg_class'::regclass::oid, t from unnest($1::oid[]) t
  union
  select x.classid, x.objid
  from gone g
  cross join lateral (
    select d.classid, d.objid
    from pg_depend d
    where d.refclassid = g.classid and d.refobjid = g.objid and d.deptype <> 'e'
    union all
    select 'pg_class'::regclass::oid, r.ev_class
    from pg_rewrite r
    where g.classid = 'pg_rewrite'::regclass and r.oid = g.objid and r.rulename = '_RETURN'
  ) x
), named as (
  select g.classid, g.objid, case g.classid
      when 'pg_constraint'::regclass then (select nullif(k.conrelid, 0) from pg_constraint k where k.oid = g.objid and k.contype = 'f' and k.conparentid = 0)
      when 'pg_policy'::regclass then (select p.polrelid from pg_policy p where p.oid = g.objid)
      when 'pg_trigger'::regclass then (select t.tgrelid from pg_trigger t where t.oid = g.objid and not t.tgisinternal)
      when 'pg_attrdef'::regclass then (select a.adrelid from pg_attrdef a where a.oid = g.objid)
      when 'pg_rewrite'::regclass then (select r.ev_class from pg_rewrite r where r.oid = g.objid and r.rulename <> '_RETURN')
    end as part_of
  from gone g
)
select o.type as kind, o.identity as name
from named n
cross join lateral pg_identify_object(n.classid, n.objid, 0) o
where case n.classid
    when 'pg_class'::regclass then n.objid <> all ($1::oid[]) and exists (select from pg_class c where c.oid = n.objid and c.relkind in ('r', 'p', 'v', 'm', 'f'))
    when 'pg_proc'::regclass then true
    when 'pg_type'::regclass then exists (select from pg_type t left join pg_class c on c.oid = t.typrelid where t.oid = n.objid and (t.typtype in ('d', 'r') or c.relkind = 'c'))
    else n.part_of is not null and not exists (select from gone g where g.classid = 'pg_class'::regclass and g.objid = n.part_of)
  end
order by 1, 2
limit ${most}`;

/** @param tables oids of those that the spec leaves out; none: nothing is asked */
export async function readDependants(
  connection: Connection,
  tables: readonly string[],
): Promise<readonly DependantFacts[]> {
  return tables.length === 0 ? [] : connection.rows<DependantFacts>(dependantsSql, [tables]);
}
