import { belongingsSql } from './belongings.js';
import type { BetweenMajors } from './between-majors.js';
import type { DefinitionKind } from './definition.js';
import { collationName, scopeSql } from './scope-sql.js';
import { has } from '../../postgres/since.js';

/** Each gives identity, definition, of, parts. */
const sqlOf: Readonly<Record<DefinitionKind, string>> = {
  schema: `select quote_ident(nspname), '', null, null from spaces`,

  // Versions are what each server ships.
  extension: `
select quote_ident(e.extname), 'schema ' || quote_ident(n.nspname), null, null
from pg_extension e
join pg_namespace n on n.oid = e.extnamespace
where e.extname not in ('plpgsql', 'aiven_extras')`,

  type: `
select t.identity,
  case t.typtype
    when 'e' then 'enum (' || (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
      from pg_enum e where e.enumtypid = t.oid) || ')'
    when 'd' then concat_ws(' ', 'domain', format_type(t.typbasetype, t.typtypmod),
      case when t.typcollation <> b.typcollation then 'collate ' || ${collationName('t.typcollation')} end,
      'default ' || t.typdefault, case when t.typnotnull then 'not null' end)
    when 'r' then 'range of ' || (select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid)
    else 'composite (' || coalesce((select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid,
      a.atttypmod), ', ' order by a.attnum)
      from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped), '') || ')'
  end,
  null,
  case when t.typtype = 'e' then (select jsonb_build_object('labels', jsonb_agg(e.enumlabel order by e.enumsortorder))
    from pg_enum e where e.enumtypid = t.oid) end
from types t
left join pg_type b on b.oid = t.typbasetype`,

  sequence: `
select c.identity,
  concat_ws(' ', 'as', format_type(s.seqtypid, null), 'start with', s.seqstart, 'increment by', s.seqincrement,
    'minvalue', s.seqmin, 'maxvalue', s.seqmax, 'cache', s.seqcache, case when s.seqcycle then 'cycle'
      else 'no cycle' end,
    'owned by ' || o.owner),
  'table ' || o.owning,
  jsonb_build_object('identity', coalesce(o.deptype = 'i', false), 'owner', o.owner, 'of column', o.owning_column)
from relations c
join pg_sequence s on s.seqrelid = c.oid
left join lateral (
  select format('%I.%I.%I', n.nspname, r.relname, a.attname) as owner, format('%I.%I', n.nspname, r.relname) as owning,
    format('%I.%I', n.nspname, r.relname) || '.' || quote_ident(a.attname) as owning_column, o.deptype
  from owned o
  join pg_class r on r.oid = o.refobjid
  join pg_namespace n on n.oid = r.relnamespace
  join pg_attribute a on a.attrelid = o.refobjid and a.attnum = o.refobjsubid
  where o.objid = c.oid
) o on true`,

  function: `
select p.identity,
  case when p.prokind = 'a' then (
    select concat_ws(' ', 'aggregate', g.aggtransfn, g.aggfinalfn, format_type(g.aggtranstype, null), g.agginitval,
      g.aggcombinefn, g.aggkind)
    from pg_aggregate g
    where g.aggfnoid = p.oid
  ) else __DEPARSED__(pg_get_functiondef(p.oid)) end,
  null,
  jsonb_build_object('aggregate', p.prokind = 'a', 'procedure', p.prokind = 'p', 'create', case when p.prokind <> 'a'
    then pg_get_functiondef(p.oid) end)
from functions p`,

  table: `
select c.identity,
  concat_ws(' ',
    case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' else 'foreign table' end,
    case c.relpersistence when 'u' then 'unlogged' end,
    'partition by ' || case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
    case when c.relispartition then 'partition of ' || i.parents || ' ' || pg_get_expr(c.relpartbound, c.oid)
      else 'inherits ' || i.parents end,
    case when c.relreplident <> 'd' then 'replica identity ' || case c.relreplident when 'n' then 'nothing' when 'f'
      then 'full' else 'index' end end,
    case when c.relrowsecurity then 'row level security' end,
    case when c.relforcerowsecurity then 'forced' end,
    'with (' || (select string_agg(o, ', ' order by o) from unnest(c.reloptions) o) || ')'),
  null,
  jsonb_build_object('rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity,
    'relkind', c.relkind, 'persistence', c.relpersistence, 'key', case when c.relkind = 'p'
      then pg_get_partkeydef(c.oid) end, 'partition', c.relispartition, 'parents', i.parents,
    'bound', case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end,
    'options', (select string_agg(o, ', ' order by o) from unnest(c.reloptions) o), 'replica identity', c.relreplident,
    'identity index', case when c.relreplident = 'i' then (
      select quote_ident(x.relname) from pg_index k join pg_class x on x.oid = k.indexrelid
      where k.indrelid = c.oid and k.indisreplident) end)
from relations c
left join lateral (
  select string_agg(format('%I.%I', n.nspname, p.relname), ', ' order by i.inhseqno) as parents
  from pg_inherits i
  join pg_class p on p.oid = i.inhparent
  join pg_namespace n on n.oid = p.relnamespace
  where i.inhrelid = c.oid
) i on true
where c.relkind in ('r', 'p', 'f')`,

  column: `
select c.identity || '.' || quote_ident(a.attname),
  concat_ws(' ',
    format_type(a.atttypid, a.atttypmod),
    case when a.attcollation <> t.typcollation then 'collate ' || ${collationName('a.attcollation')} end,
    case when a.attnotnull then 'not null' end,
    case when d.adbin is not null then case when a.attgenerated = '' then 'default ' || pg_get_expr(d.adbin, d.adrelid)
      else 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ')' || case a.attgenerated when 's'
      then ' stored' else ' virtual' end end end,
    case a.attidentity when 'a' then 'generated always as identity' when 'd'
      then 'generated by default as identity' end,
    case when a.attstorage <> t.typstorage then 'storage ' || case a.attstorage when 'p' then 'plain' when 'e'
      then 'external' when 'm' then 'main' else 'extended' end end,
    __COMPRESSION__,
    'statistics ' || nullif(a.attstattarget, -1),
    'with (' || (select string_agg(o, ', ' order by o) from unnest(a.attoptions) o) || ')'),
  'table ' || c.identity,
  jsonb_build_object('table', c.identity, 'name', quote_ident(a.attname), 'key', jsonb_build_array(c.nspname, c.relname,
    a.attname),
    'type', format_type(a.atttypid, a.atttypmod),
    'collation', case when a.attcollation <> t.typcollation then ${collationName('a.attcollation')} end,
    'notNull', a.attnotnull, 'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
    'generated', case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end, 'expression', case
      when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end,
    'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end, 'child', c.relispartition
      or (a.attinhcount > 0 and not a.attislocal),
    'storage', case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main'
      else 'extended' end,
    'own storage', case t.typstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main'
      else 'extended' end,
    'compression', __COMPRESSION__, 'target', nullif(a.attstattarget, -1), 'options', to_jsonb(a.attoptions),
      'table oid', c.oid::text, 'number', a.attnum,
    'missing', case when a.atthasmissing then (a.attmissingval::text::text[])[1] end,
    'hasMissing', a.atthasmissing)
from relations c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where c.relkind in ('r', 'p', 'f')`,

  // NOT NULL is the column's: 18 catalogues it as a constraint too.
  constraint: `
select quote_ident(k.conname) || ' on ' || coalesce(c.identity, t.identity),
  pg_get_constraintdef(k.oid),
  coalesce('table ' || c.identity, 'type ' || t.identity),
  jsonb_build_object('table', c.identity, 'domain', t.identity, 'name', quote_ident(k.conname), 'type', k.contype,
    'partitioned', c.relkind = 'p')
from pg_constraint k
left join relations c on c.oid = k.conrelid
left join types t on t.oid = k.contypid
where k.contype in ('c', 'f', 'p', 'u', 'x') and k.conparentid = 0 and (k.conislocal or k.coninhcount = 0)
  and (c.oid is not null or t.oid is not null) and k.confrelid <> all ($2::oid[])`,

  // A key's index is its constraint's, a partition's its parent's; an invalid one stays behind.
  index: `
select format('%I.%I', c.nspname, x.relname),
  pg_get_indexdef(i.indexrelid) || case when i.indisclustered then ' clustered' else '' end,
  case when c.kind = 'table' then 'table ' || c.identity else 'view ' || c.identity end,
  jsonb_build_object('create', pg_get_indexdef(i.indexrelid), 'partitioned', x.relkind = 'I', 'unique', i.indisunique)
from pg_index i
join pg_class x on x.oid = i.indexrelid
join relations c on c.oid = i.indrelid
where i.indisvalid and not x.relispartition
  and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))`,

  view: `
select c.identity,
  concat_ws(' ', case c.relkind when 'm' then 'materialized view' else 'view' end,
    'with (' || (select string_agg(o, ', ' order by o) from unnest(c.reloptions) o) || ')',
    __DEPARSED__(pg_get_viewdef(c.oid))),
  null,
  jsonb_build_object('materialized', c.relkind = 'm', 'query', pg_get_viewdef(c.oid), 'options', (select string_agg(o,
    ', ' order by o) from unnest(c.reloptions) o),
    'columns', (select jsonb_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0))
from relations c
where c.relkind in ('v', 'm')`,

  rule: `
select quote_ident(r.rulename) || ' on ' || c.identity,
  concat_ws(' ', __DEPARSED__(pg_get_ruledef(r.oid)), case when r.ev_enabled <> 'O'
    then 'enabled ' || r.ev_enabled::text end),
  c.kind || ' ' || c.identity,
  jsonb_build_object('create', pg_get_ruledef(r.oid), 'relation', c.identity, 'name', quote_ident(r.rulename), 'plain',
    r.ev_enabled = 'O')
from pg_rewrite r
join relations c on c.oid = r.ev_class
where r.rulename <> '_RETURN'`,

  trigger: `
select quote_ident(t.tgname) || ' on ' || c.identity,
  concat_ws(' ', pg_get_triggerdef(t.oid), case when t.tgenabled <> 'O' then 'enabled ' || t.tgenabled::text end),
  c.kind || ' ' || c.identity,
  jsonb_build_object('create', pg_get_triggerdef(t.oid), 'relation', c.identity, 'name', quote_ident(t.tgname),
    'enabled', t.tgenabled)
from pg_trigger t
join relations c on c.oid = t.tgrelid
where not t.tgisinternal and __TRIGGER_OF_ITS_OWN__ and t.tgname <> 'pgm_shut'`,

  policy: `
select quote_ident(p.polname) || ' on ' || c.identity,
  concat_ws(' ', case when p.polpermissive then 'as permissive' else 'as restrictive' end,
    'for ' || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
      else 'all' end,
    'to ' || r.roles,
    'using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
    'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
  c.kind || ' ' || c.identity,
  jsonb_build_object('relation', c.identity, 'name', quote_ident(p.polname))
from pg_policy p
join relations c on c.oid = p.polrelid
cross join lateral (
  select string_agg(case role when 0 then 'public' else quote_ident(pg_get_userbyid(role)) end, ', '
    order by role = 0, pg_get_userbyid(role)) as roles
  from unnest(p.polroles) role
) r`,

  statistics: `
select format('%I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid), 'table ' || c.identity, null
from pg_statistic_ext s
join spaces n on n.oid = s.stxnamespace
join relations c on c.oid = s.stxrelid`,

  'event trigger': `
select quote_ident(t.evtname), concat_ws(' ', t.evtevent, t.evtfoid::regproc, t.evtenabled, (select string_agg(tag, ', '
  order by tag) from unnest(t.evttags) tag)), null, null
from pg_event_trigger t
where not exists (select from members m where m.classid = 'pg_event_trigger'::regclass and m.objid = t.oid)`,

  other: `
select i.type || ' ' || i.identity, '', null, null
from (
  select 'pg_operator'::regclass as classid, o.oid as objid from pg_operator o join spaces n on n.oid = o.oprnamespace
  union all select 'pg_opclass'::regclass, o.oid from pg_opclass o join spaces n on n.oid = o.opcnamespace
  union all select 'pg_opfamily'::regclass, o.oid from pg_opfamily o join spaces n on n.oid = o.opfnamespace
  union all select 'pg_collation'::regclass, o.oid from pg_collation o join spaces n on n.oid = o.collnamespace
  union all select 'pg_conversion'::regclass, o.oid from pg_conversion o join spaces n on n.oid = o.connamespace
  union all select 'pg_ts_config'::regclass, o.oid from pg_ts_config o join spaces n on n.oid = o.cfgnamespace
  union all select 'pg_ts_dict'::regclass, o.oid from pg_ts_dict o join spaces n on n.oid = o.dictnamespace
  union all select 'pg_cast'::regclass, o.oid from pg_cast o where o.oid >= 16384
  union all select 'pg_foreign_server'::regclass, o.oid from pg_foreign_server o
) o
cross join lateral pg_identify_object(o.classid, o.objid, 0) i
where not exists (select from members m where m.classid = o.classid and m.objid = o.objid)`,

  ...belongingsSql,
};

/** Names before a dot, and the parentheses and white space around: where majors write a query differently. */
const withoutQualifiersSql = (text: string): string =>
  `regexp_replace(${text}, '("([^"]|"")+"|[a-z_][a-z0-9_$]*)\\.|[()[:space:]]+', '', 'g')`;

function kindSql(kind: DefinitionKind, versionNum: number, between: BetweenMajors): string {
  const select = sqlOf[kind]
    .replaceAll(/__DEPARSED__\((pg_get_\w+\(\w+\.oid\))\)/g, (_, text: string) =>
      between.withoutQualifiers ? withoutQualifiersSql(text) : text,
    )
    .replaceAll(
      '__COMPRESSION__',
      has(versionNum, 'columnCompression')
        ? "case a.attcompression when 'p' then 'compression pglz' when 'l' then 'compression lz4' end"
        : 'null',
    )
    .replaceAll('__TRIGGER_OF_ITS_OWN__', has(versionNum, 'parentsOfTriggers') ? 't.tgparentid = 0' : 'true')
    .replaceAll('__PUBLIC__', between.withoutPublicsRights ? "nspname <> 'public'" : 'true')
    .replaceAll('__PRIVILEGES__', between.withoutMaintain ? "x.privilege_type <> 'MAINTAIN'" : 'true');
  const words = between.withoutQuotes.join('|');
  const bare = (text: string): string => (words === '' ? text : `regexp_replace(${text}, '"(${words})"', '\\1', 'g')`);
  return (
    `select '${kind}' as kind, ${bare('d.identity')} as identity, ${bare('d.definition')} as definition, ` +
    `${bare('d.of')} as of, d.parts::jsonb as parts ` +
    `from (${select}) as d (identity, definition, of, parts)`
  );
}

/** @returns `kind, hash` for each kind of which there is something */
export function fingerprintsSql(kinds: readonly DefinitionKind[], versionNum: number, between: BetweenMajors): string {
  return `${scopeSql}
select d.kind, md5(string_agg(md5(d.identity || ' ' || d.definition), '' order by d.identity collate "C", d.definition collate "C")) as hash
from (${kinds.map(kind => kindSql(kind, versionNum, between)).join('\nunion all\n')}) d
where $1::text[] is not null and $2::oid[] is not null and $3::text[] is not null
group by d.kind`;
}

export function definitionsSql(kinds: readonly DefinitionKind[], versionNum: number, between: BetweenMajors): string {
  return `${scopeSql}
select d.kind, d.identity, d.definition, d.of, d.parts
from (${kinds.map(kind => kindSql(kind, versionNum, between)).join('\nunion all\n')}) d
where $1::text[] is not null and $2::oid[] is not null and $3::text[] is not null`;
}
