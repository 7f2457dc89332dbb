import type { Connection } from '../../postgres/connection.js';
import type { PathlessFunction } from './needs.js';
import { has } from '../../postgres/since.js';

/**
 * Functions in text form, without a search_path of their own, that run while rows are loaded, indexes built and
 * materialized views filled: those that the expressions call by pg_depend, and what their bodies call by name, step by
 * step. One that sets search_path gives it to all that it calls. Beside each body stand the names in it that lie
 * outside pg_catalog and are not in it too: whether it uses them unqualified is for a check to say.
 */
const codeSql = (versionNum: number): string => `
with recursive users_functions as materialized (
  select f.oid, f.proname, f.pronamespace
  from pg_proc f
  where f.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
), roots as (
  select 'pg_class'::regclass::oid as classid, i.indexrelid as objid, true as must
  from pg_index i
  where i.indrelid >= 16384 and (i.indexprs is not null or i.indpred is not null)
  union all
  select 'pg_constraint'::regclass, k.oid, true from pg_constraint k where k.contype = 'c' and k.oid >= 16384
  union all
  select 'pg_attrdef'::regclass, d.oid, true
  from pg_attrdef d
  join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attgenerated = 's'
  union all
  select 'pg_class'::regclass, p.partrelid, true from pg_partitioned_table p where p.partexprs is not null
  union all
  select 'pg_statistic_ext'::regclass, s.oid, false from pg_statistic_ext s
  union all
  select 'pg_rewrite'::regclass, r.oid, false
  from pg_rewrite r
  join pg_class c on c.oid = r.ev_class and c.relkind = 'm'
), reached (rootclass, root, must, classid, objid) as (
  select classid, objid, must, classid, objid from roots
  union
  select r.rootclass, r.root, r.must, x.classid, x.objid
  from reached r
  cross join lateral (
    select case when v.oid is null then d.refclassid else 'pg_rewrite'::regclass::oid end as classid,
      case when v.oid is null then d.refobjid else v.oid end as objid
    from pg_depend d
    left join pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid
    left join pg_rewrite v on v.ev_class = c.oid and c.relkind = 'v' and v.rulename = '_RETURN'
    where d.classid = r.classid and d.objid = r.objid and d.refobjid >= 16384 and d.deptype = 'n'
      and (d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass) or v.oid is not null)
    union all
    select 'pg_proc'::regclass::oid, u.oid
    from pg_proc f
    cross join lateral (
      select distinct lower(m.found[1]) as word
      from regexp_matches(f.prosrc, '"?([[:alpha:]_][[:alnum:]_$]*)"?\\s*\\(', 'g') as m (found)
    ) words
    join users_functions u on u.proname = words.word
    where r.classid = 'pg_proc'::regclass and f.oid = r.objid
      and not exists (select from unnest(f.proconfig) s where s like 'search\\_path=%')
  ) x
), functions as (
  select r.objid as oid, bool_or(r.must) as must, count(distinct (r.rootclass, r.root))::int as count,
    (array_agg(distinct format('%s %s', r.rootclass, r.root)))[1:3] as roots
  from reached r
  where r.classid = 'pg_proc'::regclass
  group by r.objid
)
select f.oid::regprocedure::text as function, f.prosrc as body, g.must, g.count, array(
    select x.type || ' ' || x.identity
    from unnest(g.roots) o (pair)
    cross join lateral pg_identify_object(
      case split_part(o.pair, ' ', 1)::oid when 'pg_rewrite'::regclass then 'pg_class'::regclass::oid
        else split_part(o.pair, ' ', 1)::oid end,
      case split_part(o.pair, ' ', 1)::oid when 'pg_rewrite'::regclass then (select w.ev_class from pg_rewrite w
        where w.oid = split_part(o.pair, ' ', 2)::oid) else split_part(o.pair, ' ', 2)::oid end,
      0
    ) x
    order by 1
  ) as "for",
  (select coalesce(json_agg(json_build_object('kind', n.kind, 'schema', n.schema, 'name', n.name)
    order by n.kind, n.schema, n.name), '[]')
    from (
      select 'function' as kind, s.nspname as schema, u.proname as name
      from users_functions u
      join pg_namespace s on s.oid = u.pronamespace
      where u.proname = any (words.words)
        and not exists (select from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace
          and p.proname = u.proname)
      union
      select 'relation', s.nspname, c.relname
      from pg_class c
      join pg_namespace s on s.oid = c.relnamespace and s.nspname not in ('pg_catalog', 'information_schema')
        and s.nspname !~ '^pg_(toast|temp)'
      where c.relname = any (words.words) and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not exists (select from pg_class p where p.relnamespace = 'pg_catalog'::regnamespace
          and p.relname = c.relname)
      union
      select 'type', s.nspname, t.typname
      from pg_type t
      join pg_namespace s on s.oid = t.typnamespace and s.nspname not in ('pg_catalog', 'information_schema')
      where t.typname = any (words.words)
        and not exists (select from pg_type p where p.typnamespace = 'pg_catalog'::regnamespace
          and p.typname = t.typname)
      union
      select 'text-search', s.nspname, x.name
      from (select cfgname as name, cfgnamespace as namespace from pg_ts_config union all select dictname, dictnamespace
        from pg_ts_dict) x
      join pg_namespace s on s.oid = x.namespace and s.nspname <> 'pg_catalog'
      where x.name = any (words.words)
    ) n) as names
from functions g
join pg_proc f on f.oid = g.oid
join pg_language l on l.oid = f.prolang and l.lanname not in ('c', 'internal')
cross join lateral (
  select array_agg(distinct lower(m.found[1])) || array_agg(distinct m.found[1]) as words
  from regexp_matches(f.prosrc, '([[:alpha:]_][[:alnum:]_$]*)', 'g') as m (found)
) words
where ${has(versionNum, 'parsedBodies') ? 'f.prosqlbody is null and' : ''} not exists (select from unnest(f.proconfig) s
  where s like 'search\\_path=%')
  and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = f.oid and e.deptype = 'e')
order by 1`;

/** One query over the source's catalogs. */
export async function readPathlessFunctions(
  connection: Connection,
  versionNum: number,
): Promise<readonly PathlessFunction[]> {
  return connection.rows<PathlessFunction>(codeSql(versionNum));
}
