import { has, type Feature } from '../../postgres/since.js';
/**
 * What expressions of users use of PostgreSQL's own: its functions and operators by oid, which stay the same from
 * version to version, and the columns of its catalogs and views by number. They are taken from the stored trees, since
 * pinned objects leave no trace in pg_depend. A column is a bit in `selectedCols`, counted from the first system
 * column, -7 from 12 on; whole words of a tree only, so that a constant's bytes are never taken for one.
 */
export function expressionsSql(versionNum: number): string {
  const optional = (feature: Feature, sql: string): string => (has(versionNum, feature) ? `union all ${sql}` : '');
  return `
trees as materialized (
  select 'pg_class'::regclass::oid as classid, r.ev_class as objid, r.ev_action::text as tree
  from pg_rewrite r
  where r.ev_class >= 16384
  union all
  select 'pg_attrdef'::regclass, d.oid, d.adbin::text from pg_attrdef d where d.adrelid >= 16384
  union all
  select 'pg_constraint'::regclass, k.oid, k.conbin::text from pg_constraint k where k.conbin is not null and k.oid >= 16384
  union all
  select 'pg_class'::regclass, i.indexrelid, concat(i.indexprs::text, i.indpred::text)
  from pg_index i
  where i.indrelid >= 16384 and (i.indexprs is not null or i.indpred is not null)
  union all
  select 'pg_policy'::regclass, p.oid, concat(p.polqual::text, p.polwithcheck::text) from pg_policy p
  union all
  select 'pg_trigger'::regclass, t.oid, t.tgqual::text from pg_trigger t where t.tgqual is not null
  union all
  select 'pg_class'::regclass, p.partrelid, p.partexprs::text from pg_partitioned_table p where p.partexprs is not null
  union all
  select 'pg_proc'::regclass, f.oid, f.proargdefaults::text from pg_proc f where f.proargdefaults is not null and f.oid >= 16384
  ${optional('parsedBodies', "select 'pg_statistic_ext'::regclass, s.oid, s.stxexprs::text from pg_statistic_ext s where s.stxexprs is not null")}
  ${optional('parsedBodies', "select 'pg_proc'::regclass, f.oid, f.prosqlbody::text from pg_proc f where f.prosqlbody is not null and f.oid >= 16384")}
), called as (
  select t.classid, t.objid, m.found[1] as node, m.found[2]::oid as oid
  from trees t
  cross join lateral regexp_matches(t.tree, ':(funcid|aggfnoid|winfnoid|opno) (\\d{1,5})\\M', 'g') as m (found)
), selected as (
  select t.classid, t.objid, m.found[1]::oid as relid, bits.bit::int - 7 as attnum
  from trees t
  cross join lateral regexp_matches(t.tree, ':relid (\\d{4,5}) [^{}]*?:selectedCols \\(b([ \\d]*)\\)', 'g') as m (found)
  cross join lateral regexp_split_to_table(trim(m.found[2]), ' ') as bits (bit)
  where bits.bit <> ''
), system_uses as (
  select 'function' as what, f.oid::regprocedure::text as name, c.classid, c.objid
  from called c
  join pg_proc f on f.oid = c.oid
  where c.node <> 'opno' and c.oid < 16384
  union
  select 'operator', o.oid::regoperator::text, c.classid, c.objid
  from called c
  join pg_operator o on o.oid = c.oid
  where c.node = 'opno' and c.oid < 16384
  union
  select 'column', format('%s.%s.%s', n.nspname, r.relname, a.attname), s.classid, s.objid
  from selected s
  join pg_class r on r.oid = s.relid
  join pg_namespace n on n.oid = r.relnamespace and n.nspname in ('pg_catalog', 'information_schema')
  join pg_attribute a on a.attrelid = s.relid and a.attnum = s.attnum and a.attnum > 0
)`;
}
