/**
 * Built-in functions that do something, or run what they are given as text: in an expression they are the code of
 * whoever wrote it. Of the volatile ones those that are used as plain values are left out.
 */
const doingSql = `
  select ':\\w*(?:funcid|fnoid) (' || string_agg(oid::text, '|') || ') ' as pattern
  from pg_proc
  where oid < 16384 and prokind = 'f'
    and (provolatile = 'v' and proname not in ('clock_timestamp', 'timeofday', 'random', 'random_normal',
        'gen_random_uuid', 'uuidv4', 'uuidv7', 'nextval', 'currval', 'lastval')
      or proname ~ '_to_xml' or proname in ('ts_stat', 'ts_rewrite'))`;

/** A function that somebody other than a superuser may replace; what is in C only superusers make. */
const untrusted = (owner: string, language: string): string =>
  `not ${owner}.rolsuper and ${language}.lanname not in ('c', 'internal')`;

/**
 * JSON: what of roles that are no superusers PostgreSQL runs with the rights of whoever loads rows, adds a key, applies
 * what is replicated (before 16), or makes a table [14 to 18, measured: test/security/loading.server.test.ts]. Not here
 * are what it runs as the owner itself (expressions of indexes while they are built, statistics, materialized views) and
 * what it does not run at all for rows that are loaded with all their columns (defaults, rules, policies).
 */
export const loadedCodeSql = `
select coalesce(json_agg(json_build_object('kind', u.kind, 'name', u.name,
  'table', case when c.oid is not null then json_build_object('schema', n.nspname, 'name', c.relname) end,
  'function', u.function::regprocedure::text, 'owner', u.owner) order by u.kind, n.nspname, c.relname, u.name,
    u.function::regprocedure::text), '[]')
from (
  with expressions as (
    select 'check' as kind, conname::text as name, conrelid as relid, 'pg_constraint'::regclass as classid, oid as objid,
      conbin::text as tree, (select relowner from pg_class where oid = conrelid) as owner
    from pg_constraint
    where contype = 'c' and conrelid <> 0
    union all
    select 'domain', contypid::regtype::text, 0, 'pg_constraint'::regclass, k.oid, conbin::text, t.typowner
    from pg_constraint k
    join pg_type t on t.oid = k.contypid
    where contype = 'c'
    union all
    select 'generated column', a.attname, d.adrelid, 'pg_attrdef'::regclass, d.oid, d.adbin::text, c.relowner
    from pg_attrdef d
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attgenerated = 's'
    join pg_class c on c.oid = d.adrelid
    union all
    select 'partition key', c.relname, p.partrelid, 'pg_class'::regclass, p.partrelid, p.partexprs::text, c.relowner
    from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    union all
    select 'index', i.relname, x.indrelid, 'pg_class'::regclass, x.indexrelid, concat(x.indexprs, x.indpred), i.relowner
    from pg_index x
    join pg_class i on i.oid = x.indexrelid
    where x.indexprs is not null or x.indpred is not null
  ), called as (
    select e.kind, e.name, e.relid, coalesce(op.oprcode::oid, d.refobjid) as function
    from expressions e
    join pg_depend d on d.classid = e.classid and d.objid = e.objid
      and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass)
    left join pg_operator op on d.refclassid = 'pg_operator'::regclass and op.oid = d.refobjid
    union
    select 'trigger', tgname, tgrelid, tgfoid
    from pg_trigger
    where tgenabled in ('A', 'R') and not tgisinternal
    union
    select 'event trigger', evtname, 0, evtfoid
    from pg_event_trigger
    where evtenabled <> 'D'
    union
    select 'foreign key', k.conname, k.conrelid, cast_of.castfunc
    from pg_constraint k
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
      or a.attrelid = k.confrelid and a.attnum = any (k.confkey)
    join pg_cast cast_of on cast_of.castsource = a.atttypid and cast_of.castcontext = 'i' and cast_of.castfunc <> 0
    where k.contype = 'f'
  )
  select called.kind, called.name, called.relid, called.function, owner.rolname as owner
  from called
  join pg_proc f on f.oid = called.function
  join pg_language l on l.oid = f.prolang
  join pg_roles owner on owner.oid = f.proowner
  where f.oid >= 16384 and ${untrusted('owner', 'l')}
  union
  select e.kind, e.name, e.relid, found[1]::oid, owner.rolname
  from (${doingSql}) doing
  join expressions e on e.objid >= 16384
  join pg_roles owner on owner.oid = e.owner and not owner.rolsuper
  cross join lateral regexp_matches(e.tree, doing.pattern, 'g') as found
  limit 1000
) u
left join pg_class c on c.oid = u.relid
left join pg_namespace n on n.oid = c.relnamespace
where n.nspname is null or n.nspname not in ('pgm', 'pg_catalog', 'information_schema')`;
