import { hashedApartSql } from './hashed-apart.js';
import { loadedCodeSql } from './loaded-code.js';
import { foldedSql, plannedWithCode, type FoldedRow } from './planned-code.js';
import type { Connection } from '../postgres/connection.js';
import { aivenExtrasSql } from './aiven-extras.js';
import { carriedSecretsSql, secretSubscriptionsSql } from './carried-secrets.js';
import type { CarriedSecret, DatabaseContents } from './facts.js';
import { isPublicationException, readsAllLargeObjects } from '../postgres/majors.js';
import { foreignSchemas } from './tables.js';
import { has } from '../postgres/since.js';

/** What a database holds beside tables and sequences. */
export type Objects = Omit<
  DatabaseContents,
  'tables' | 'sequences' | 'progress' | 'ownProblems' | 'violatedConstraints' | 'dependants' | 'providersOwn'
>;

/**
 * What names a member of extension `e`: by pg_depend, so that bodies in text form do not count. Of views the rule
 * does, and is told as the view.
 */
const usersOfExtensionSql = `array(
      select i.type || ' ' || i.identity
      from (
        select distinct case when d.classid = 'pg_rewrite'::regclass then 'pg_class'::regclass::oid else d.classid end
            as classid,
          coalesce(w.ev_class, d.objid) as objid
        from pg_depend m
        join pg_depend d on d.refclassid = m.classid and d.refobjid = m.objid and d.deptype = 'n'
        left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
        where m.refclassid = 'pg_extension'::regclass and m.refobjid = e.oid and m.deptype = 'e'
          and not exists (select from members x where x.classid = d.classid and x.objid = d.objid)
          and not exists (select from members x where x.classid = 'pg_class'::regclass and x.objid = w.ev_class)
        order by 1, 2
        limit 3
      ) u
      cross join lateral pg_identify_object(u.classid, u.objid, 0) i
      order by 1
    )`;

const objectsSql = `
with members as (
  select classid, objid
  from pg_depend
  where refclassid = 'pg_extension'::regclass and deptype = 'e'
), namespaces as (
  select n.oid, n.nspname, n.nspowner
  from pg_namespace n
  where n.nspname <> all ($1) and n.nspname !~ '^pg_(toast|temp)'
), relations as (
  select c.oid, n.nspname as schema, c.relname as name, c.relkind, c.relispopulated, c.relpages
  from pg_class c
  join namespaces n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'S', 'v', 'm', 'f')
    and not exists (select from members m where m.classid = 'pg_class'::regclass and m.objid = c.oid)
)
select
  (select coalesce(json_agg(json_build_object('name', e.extname, 'version', e.extversion, 'schema', s.nspname,
    'comment', obj_description(e.oid, 'pg_extension'), 'relocatable', e.extrelocatable, 'usedBy', ${usersOfExtensionSql})
    order by e.extname), '[]')
    from pg_extension e join pg_namespace s on s.oid = e.extnamespace) as extensions,
  (select coalesce(json_agg(json_build_object(
      'name', p.pubname, 'owner', pg_get_userbyid(p.pubowner), 'allTables', p.puballtables,
      'comment', obj_description(p.oid, 'pg_publication'),
      'tables', (select coalesce(json_agg(json_build_object('oid', c.oid::text, 'schema', s.nspname, 'name', c.relname)
        order by s.nspname, c.relname), '[]')
        from pg_publication_rel r join pg_class c on c.oid = r.prrelid join pg_namespace s on s.oid = c.relnamespace
          where r.prpubid = p.oid and not ${isPublicationException('r')}),
      'schemas', __PUBLISHED_SCHEMAS__
    ) order by p.pubname), '[]') from pg_publication p) as publications,
  (select coalesce(json_agg(json_build_object(
      'name', n.nspname, 'owner', pg_get_userbyid(n.nspowner), 'canUse', has_schema_privilege(n.oid, 'usage'))
        order by n.nspname), '[]')
    from namespaces n) as schemas,
  (select coalesce(json_agg(l.lanname order by l.lanname), '[]') from pg_language l
    where l.lanispl and not exists (select from pg_proc p join namespaces n on n.oid = p.pronamespace
      where p.oid = l.lanplcallfoid and not exists (select from members m where m.classid = 'pg_proc'::regclass
        and m.objid = p.oid))) as languages,
  (select coalesce(json_agg(json_build_object(
      'schema', r.schema, 'name', r.name, 'populated', r.relispopulated,
      'bytes', r.relpages::bigint * current_setting('block_size')::int) order by r.schema, r.name), '[]')
    from relations r where r.relkind = 'm') as "materializedViews",
  (select coalesce(json_agg(json_build_object('schema', r.schema, 'name', r.name) order by r.schema, r.name), '[]')
    from relations r where r.relkind = 'f') as "foreignTables",
  (select count(*)::int from pg_largeobject_metadata) as "largeObjects",
  (select coalesce(json_agg(distinct jsonb_build_array(k.conrelid::text, k.confrelid::text)), '[]')
    from pg_constraint k where k.contype = 'f' and k.conrelid <> k.confrelid) as "references",
  (${hashedApartSql}) as "hashedApart",
  pg_relation_size('pg_largeobject')::float8 as "largeObjectBytes",
  (select coalesce(json_agg(json_build_object('schema', r.schema, 'table', r.name, 'name', c.relname)
    order by r.schema, r.name, c.relname), '[]')
    from pg_index i join relations r on r.oid = i.indrelid join pg_class c on c.oid = i.indexrelid
    where not i.indisvalid and c.relkind = 'i') as "invalidIndexes",
  (select coalesce(json_agg(json_build_object('provider', l.provider, 'objects', l.objects) order by l.provider), '[]')
    from (select provider, count(*) as objects from pg_seclabel group by provider) l) as "securityLabels",
  (select coalesce(json_agg(json_build_object('kind', s.kind, 'name', s.name) order by s.kind, s.name), '[]') from (
    select 'function in ' || l.lanname as kind, p.oid::regprocedure::text as name, 'pg_proc'::regclass as classid,
      p.oid as objid
      from pg_proc p join namespaces n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
        where not l.lanpltrusted and l.lanname <> 'sql'
    union all select 'operator class', c.opcname, 'pg_opclass'::regclass, c.oid from pg_opclass c join namespaces n
      on n.oid = c.opcnamespace
    union all select 'operator family', f.opfname, 'pg_opfamily'::regclass, f.oid from pg_opfamily f join namespaces n
      on n.oid = f.opfnamespace
    union all select 'access method', a.amname, 'pg_am'::regclass, a.oid from pg_am a where a.oid >= 16384
    union all select 'text search parser', p.prsname, 'pg_ts_parser'::regclass, p.oid from pg_ts_parser p
      join namespaces n on n.oid = p.prsnamespace
    union all select 'text search template', t.tmplname, 'pg_ts_template'::regclass, t.oid from pg_ts_template t
      join namespaces n on n.oid = t.tmplnamespace
    union all select 'base type', t.typname, 'pg_type'::regclass, t.oid from pg_type t join namespaces n
      on n.oid = t.typnamespace where t.typtype = 'b' and t.typisdefined and not exists (select from pg_type e
      where e.typarray = t.oid)
    union all select 'language', l.lanname, 'pg_language'::regclass, l.oid from pg_language l where l.oid >= 16384
    union all select 'foreign-data wrapper', w.fdwname, 'pg_foreign_data_wrapper'::regclass, w.oid
      from pg_foreign_data_wrapper w
  ) s where not exists (select from members m where m.classid = s.classid and m.objid = s.objid)) as "superuserObjects",
  has_table_privilege('pg_largeobject', 'select')
    and not exists (select from pg_largeobject_metadata m, pg_roles r
      where r.rolname = current_user and not r.rolsuper and not pg_has_role(m.lomowner, 'usage')
        and not ${readsAllLargeObjects}
        and not exists (select from aclexplode(m.lomacl) x where x.privilege_type = 'SELECT' and case when x.grantee = 0
          then true else pg_has_role(x.grantee, 'usage') end)) as "canReadLargeObjects",
  (select coalesce(json_agg(json_build_object('name', t.evtname, 'enabled', t.evtenabled,
      'event', t.evtevent) order by t.evtname), '[]')
    from pg_event_trigger t
    where not exists (select from members m where m.classid = 'pg_event_trigger'::regclass
      and m.objid = t.oid)) as "eventTriggers",
  (${loadedCodeSql}) as "usersCode",
  (${carriedSecretsSql}) as "carriedSecrets",
  (${secretSubscriptionsSql}) as subscribed,
  (select coalesce(json_agg(to_json(f) order by f.schema, f.name), '[]') from (${foldedSql}) f) as folded,
  (select coalesce(json_agg(json_build_object(
      'schema', r.schema, 'table', r.name, 'name', k.conname,
      'kind', case k.contype when 'f' then 'foreign-key' when 'n' then 'not-null' else 'check' end)
        order by r.schema, r.name, k.conname), '[]')
    from pg_constraint k join relations r on r.oid = k.conrelid where not k.convalidated) as "notValidConstraints",
  ${aivenExtrasSql} as "aivenExtras",
  (select json_build_object('comment', obj_description(n.oid, 'pg_namespace'),
      'relations', (select coalesce(json_agg(c.relname order by c.relname), '[]') from pg_class c
        where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'S', 'v', 'm', 'f')))
    from pg_namespace n where n.nspname = 'pgm') as "pgmSchema",
  (select json_build_object('enums', count(*) filter (where t.typtype = 'e'),
      'domains', count(*) filter (where t.typtype = 'd'), 'ranges', count(*) filter (where t.typtype = 'r'))
    from pg_type t join namespaces n on n.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'r') and not exists (select from members m where m.classid = 'pg_type'::regclass
      and m.objid = t.oid)) as "namedTypes",
  has_database_privilege(current_database(), 'create') as "canCreate",
  exists (select from relations)
    or exists (select from pg_largeobject_metadata)
    or exists (select from pg_proc p join namespaces n on n.oid = p.pronamespace
      where not exists (select from members m where m.classid = 'pg_proc'::regclass and m.objid = p.oid))
    or exists (select from pg_type t join namespaces n on n.oid = t.typnamespace
      where t.typtype in ('d', 'e', 'r') and not exists (select from members m where m.classid = 'pg_type'::regclass
        and m.objid = t.oid)) as "hasUserObjects",
  (select coalesce(json_object_agg(s.subname, d.description), '{}')
    from pg_stat_subscription s
    join pg_description d on d.classoid = 'pg_subscription'::regclass and d.objoid = s.subid) as "subscriptionComments",
  (select coalesce(json_object_agg(s.name, s.tables), '{}') from (
    select u.subname as name, json_agg(json_build_object('schema', sn.nspname, 'name', c.relname)
      order by sn.nspname, c.relname) as tables
    from (select distinct subid, subname from pg_stat_subscription) u
    join pg_subscription_rel sr on sr.srsubid = u.subid join pg_class c on c.oid = sr.srrelid join pg_namespace sn
      on sn.oid = c.relnamespace
    where u.subname like 'pgm\\_%' and sr.srsubstate = 'r'
    group by u.subname) s) as "subscribedTables"`;

const publishedSchemasSql = `(select coalesce(json_agg(s.nspname order by s.nspname), '[]')
        from pg_publication_namespace x join pg_namespace s on s.oid = x.pnnspid where x.pnpubid = p.oid)`;

type ObjectsRow = Omit<Objects, 'plannedWithCode'> & {
  readonly folded: readonly FoldedRow[];
  readonly subscribed: readonly string[];
};

/** One query for all the small lists. */
export async function readObjects(connection: Connection, versionNum: number): Promise<Objects> {
  const sql = objectsSql.replace(
    '__PUBLISHED_SCHEMAS__',
    has(versionNum, 'publishedSchemas') ? publishedSchemasSql : `'[]'::json`,
  );
  const { folded, subscribed, ...objects } = await connection.row<ObjectsRow>(sql, [foreignSchemas]);
  const subscriptions = subscribed.map((name): CarriedSecret => ({ kind: 'subscription', name, readable: true }));
  return {
    ...objects,
    plannedWithCode: plannedWithCode(folded),
    carriedSecrets: [...objects.carriedSecrets, ...subscriptions],
  };
}
