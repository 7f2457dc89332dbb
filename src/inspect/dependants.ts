import type { Connection } from '../postgres/connection.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { DependantFacts } from './facts.js';

/** More than anybody reads; pg_depend is followed to its end all the same. */
const most = 1000;

/**
 * All that cannot be made without these tables, as pg_dump makes it: a default and a check are part of CREATE TABLE,
 * and so is what they call; a rule named _RETURN is its view. A partition is made by itself and attached later, and a
 * sequence is made by itself too. Of a composite type the columns depend, and its row of pg_class on the type, not the
 * other way.
 */
const goneSql = `
with recursive gone (classid, objid) as (
  select 'pg_class'::regclass::oid, t from unnest($1::oid[]) t
  union
  select x.classid, x.objid
  from gone g
  cross join lateral (
    select d.classid, d.objid
    from pg_depend d
    left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
    where d.refclassid = g.classid and d.refobjid = g.objid
      and d.deptype not in ('e', 'P', 'S')
      and not (c.relkind is not distinct from 'S' and d.deptype in ('a', 'i') and d.refobjsubid > 0)
      and not (c.relispartition is not distinct from true and exists (select from pg_inherits i
        where i.inhrelid = d.objid and i.inhparent = g.objid))
    union all
    select 'pg_class'::regclass::oid, r.ev_class
    from pg_rewrite r
    where g.classid = 'pg_rewrite'::regclass and r.oid = g.objid and r.rulename = '_RETURN'
    union all
    select 'pg_type'::regclass::oid, c.reltype
    from pg_class c
    where g.classid = 'pg_class'::regclass and c.oid = g.objid and c.relkind = 'c'
    union all
    select 'pg_class'::regclass::oid, a.adrelid
    from pg_attrdef a
    join pg_class c on c.oid = a.adrelid and c.relkind in ('r', 'p', 'f')
    where g.classid = 'pg_attrdef'::regclass and a.oid = g.objid
    union all
    select case when k.conrelid <> 0 then 'pg_class'::regclass
      else 'pg_type'::regclass end::oid, greatest(k.conrelid, k.contypid)
    from pg_constraint k
    where g.classid = 'pg_constraint'::regclass and k.oid = g.objid and k.contype = 'c' and k.convalidated
  ) x
)`;

/**
 * What is a part of something in the list (a column's default of a left-out table, a trigger on a left-out view) is not
 * named apart.
 */
const dependantsSql = `${goneSql}, named as (
  select g.classid, g.objid, case g.classid
      when 'pg_constraint'::regclass then (select nullif(k.conrelid, 0) from pg_constraint k where k.oid = g.objid and k.contype in ('f', 'x') and k.conparentid = 0)
      when 'pg_policy'::regclass then (select p.polrelid from pg_policy p where p.oid = g.objid)
      when 'pg_trigger'::regclass then (select t.tgrelid from pg_trigger t where t.oid = g.objid and not t.tgisinternal)
      when 'pg_attrdef'::regclass then (select a.adrelid from pg_attrdef a where a.oid = g.objid)
      when 'pg_rewrite'::regclass then (select r.ev_class from pg_rewrite r where r.oid = g.objid and r.rulename <> '_RETURN')
      when 'pg_statistic_ext'::regclass then (select s.stxrelid from pg_statistic_ext s where s.oid = g.objid)
      when 'pg_class'::regclass then (select i.indrelid from pg_index i join pg_class x on x.oid = i.indexrelid
        where i.indexrelid = g.objid and not x.relispartition and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')))
    end as part_of
  from gone g
)
select o.type as kind, o.identity as name,
  case when n.classid = 'pg_class'::regclass then (select c.relkind in ('r', 'p') from pg_class c where c.oid = n.objid) else false end as "isTable"
from named n
cross join lateral pg_identify_object(n.classid, n.objid, 0) o
where case
    when n.part_of is not null then not exists (select from gone g where g.classid = 'pg_class'::regclass and g.objid = n.part_of)
    when n.classid = 'pg_class'::regclass then n.objid <> all ($1::oid[]) and exists (select from pg_class c where c.oid = n.objid and c.relkind in ('r', 'p', 'v', 'm', 'f'))
    when n.classid = 'pg_type'::regclass then exists (select from pg_type t left join pg_class c on c.oid = t.typrelid where t.oid = n.objid and (t.typtype in ('d', 'r') or c.relkind = 'c'))
    else n.classid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_cast'::regclass, 'pg_opclass'::regclass, 'pg_event_trigger'::regclass)
  end
order by 1, 2
limit ${most}`;

/** Sequences of these tables that something else takes values from. */
const sharedSequencesSql = `${goneSql}
select distinct n.nspname as schema, s.relname as name
from pg_depend own
join pg_class s on s.oid = own.objid and s.relkind = 'S'
join pg_namespace n on n.oid = s.relnamespace
join pg_depend u on u.refclassid = 'pg_class'::regclass and u.refobjid = s.oid and u.deptype = 'n'
left join pg_attrdef a on u.classid = 'pg_attrdef'::regclass and a.oid = u.objid
left join pg_rewrite r on u.classid = 'pg_rewrite'::regclass and r.oid = u.objid
where own.classid = 'pg_class'::regclass and own.refclassid = 'pg_class'::regclass and own.refobjid = any ($1::oid[])
  and own.deptype in ('a', 'i') and own.refobjsubid > 0
  and not exists (
    select from gone g
    where (g.classid = u.classid and g.objid = u.objid)
      or (g.classid = 'pg_class'::regclass and g.objid = coalesce(a.adrelid, r.ev_class)))`;

export interface LeftOutTables {
  readonly dependants: readonly DependantFacts[];
  /** They come, though the tables that own them do not. */
  readonly sharedSequences: ReadonlySet<RelationKey>;
}

/** @param tables oids of those that the spec leaves out; none: nothing is asked */
export async function readDependants(connection: Connection, tables: readonly string[]): Promise<LeftOutTables> {
  if (tables.length === 0) return { dependants: [], sharedSequences: new Set() };
  const shared = await connection.rows<{ schema: string; name: string }>(sharedSequencesSql, [tables]);
  return {
    dependants: await connection.rows<DependantFacts>(dependantsSql, [tables]),
    sharedSequences: new Set(shared.map(relationKey)),
  };
}
