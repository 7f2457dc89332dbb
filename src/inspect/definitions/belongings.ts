import type { DefinitionKind } from './definition.js';

/** Of what belongs to an object: its comment, its owner and who may do what with it. As in queries.ts. */
export const belongingsSql = {
  comment: `
select o.kind || ' ' || o.identity, d.description, o.kind || ' ' || o.of, jsonb_build_object('on',
  o.word || ' ' || o.identity)
from (
  select 'pg_namespace'::regclass as classoid, n.oid as objoid, 0 as objsubid, 'schema' as kind, 'schema' as word,
    quote_ident(n.nspname) as identity, quote_ident(n.nspname) as of from spaces n
  union all select 'pg_class'::regclass, c.oid, 0, c.kind,
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f'
      then 'foreign table' else 'table' end, c.identity, c.identity from relations c
  union all select 'pg_class'::regclass, c.oid, a.attnum, 'column', 'column',
    c.identity || '.' || quote_ident(a.attname), c.identity || '.' || quote_ident(a.attname)
    from relations c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
  union all select 'pg_type'::regclass, t.oid, 0, 'type', case t.typtype when 'd' then 'domain'
    else 'type' end, t.identity, t.identity from types t
  union all select 'pg_proc'::regclass, p.oid, 0, 'function', case p.prokind when 'p' then 'procedure' when 'a'
    then 'aggregate' else 'function' end, p.identity, p.identity from functions p
  union all select 'pg_class'::regclass, x.oid, 0, 'index', 'index', format('%I.%I', c.nspname, x.relname),
    format('%I.%I', c.nspname, x.relname)
    from relations c join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid
      and not x.relispartition
  union all select 'pg_trigger'::regclass, t.oid, 0, 'trigger', 'trigger',
    quote_ident(t.tgname) || ' on ' || c.identity, quote_ident(t.tgname) || ' on ' || c.identity
    from relations c join pg_trigger t on t.tgrelid = c.oid and not t.tgisinternal and __TRIGGER_OF_ITS_OWN__
  union all select 'pg_policy'::regclass, p.oid, 0, 'policy', 'policy', quote_ident(p.polname) || ' on ' || c.identity,
    quote_ident(p.polname) || ' on ' || c.identity
    from relations c join pg_policy p on p.polrelid = c.oid
  union all select 'pg_constraint'::regclass, k.oid, 0, 'constraint', 'constraint',
    quote_ident(k.conname) || ' on ' || c.identity, quote_ident(k.conname) || ' on ' || c.identity
    from relations c join pg_constraint k on k.conrelid = c.oid and k.contype in ('c', 'f', 'p', 'u', 'x')
      and k.conparentid = 0
) o
join pg_description d on d.classoid = o.classoid and d.objoid = o.objoid and d.objsubid = o.objsubid`,

  owner: `
select o.kind || ' ' || o.identity,
  case when r.rolname = any ($3::text[]) then quote_ident(r.rolname) else '' end,
  o.kind || ' ' || o.identity,
  jsonb_build_object('on', o.word || ' ' || o.identity)
from (
  select 'schema' as kind, 'schema' as word, quote_ident(nspname) as identity, nspowner as owner from spaces
    where __PUBLIC__
  union all select kind, case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
    when 'f' then 'foreign table' else 'table' end, identity, relowner from relations where not exists (select
    from owned where owned.objid = relations.oid)
  union all select 'type', case typtype when 'd' then 'domain' else 'type' end, identity, typowner from types
  union all select 'function', case prokind when 'p' then 'procedure' when 'a' then 'aggregate'
    else 'function' end, identity, proowner from functions
) o
join pg_roles r on r.oid = o.owner`,

  privilege: `
select o.kind || ' ' || o.identity || ' to ' || g.grantee, g.privileges, o.kind || ' ' || o.of,
  jsonb_build_object('on', o.word || ' ' || o.identity, 'column', o.column, 'grantee', g.grantee, 'privileges', g.list)
from (
  select 'schema' as kind, 'schema' as word, quote_ident(nspname) as identity, quote_ident(nspname) as of,
    null::text as column, nspowner as owner, coalesce(nspacl, acldefault('n', nspowner)) as acl from spaces
    where __PUBLIC__
  union all select kind, case relkind when 'S' then 'sequence' else 'table' end, identity, identity, null, relowner,
    coalesce(relacl, acldefault((case relkind when 'S' then 's' else 'r' end)::"char", relowner)) from relations
  union all select c.kind, 'table', c.identity || '.' || quote_ident(a.attname), c.identity, quote_ident(a.attname),
    c.relowner, a.attacl
    from relations c join pg_attribute a on a.attrelid = c.oid and a.attacl is not null and not a.attisdropped
  union all select 'type', 'type', identity, identity, null, typowner, coalesce(typacl, acldefault('T', typowner))
    from types
  union all select 'function', case prokind when 'p' then 'procedure'
    else 'function' end, identity, identity, null, proowner, coalesce(proacl, acldefault('f', proowner)) from functions
) o
cross join lateral (
  select case x.grantee when 0 then 'public' when o.owner then 'its owner' else quote_ident(r.rolname) end as grantee,
    string_agg(distinct x.privilege_type || case when x.is_grantable and x.grantee <> o.owner then ' with grant option'
      else '' end, ', ') as privileges,
    jsonb_agg(distinct x.privilege_type) as list
  from aclexplode(o.acl) x
  left join pg_roles r on r.oid = x.grantee
  where (x.grantee in (0, o.owner) or r.rolname = any ($3::text[])) and __PRIVILEGES__
  group by 1
) g`,

  'default privilege': `
select concat_ws(' ', quote_ident(o.rolname), 'in ' || quote_ident(n.nspname), d.defaclobjtype, 'to', case x.grantee
  when 0 then 'public' else quote_ident(r.rolname) end),
  string_agg(distinct x.privilege_type || case when x.is_grantable then ' with grant option'
    else '' end, ', '), null, null
from pg_default_acl d
join pg_roles o on o.oid = d.defaclrole and o.rolname = any ($3::text[])
left join pg_namespace n on n.oid = d.defaclnamespace
cross join lateral aclexplode(d.defaclacl) x
left join pg_roles r on r.oid = x.grantee
where (x.grantee = 0 or r.rolname = any ($3::text[])) and __PRIVILEGES__ and (n.oid is null
  or n.nspname <> all ($1::text[]))
group by 1`,
} as const satisfies Partial<Record<DefinitionKind, string>>;
