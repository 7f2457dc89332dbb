import type { Connection } from '../postgres/connection.js';
import type { DatabaseListing } from './facts.js';
import { has } from '../postgres/since.js';

const databasesSql = `
select d.oid::text as oid,
  d.datname as name,
  pg_get_userbyid(d.datdba) as owner,
  pg_encoding_to_char(d.encoding) as encoding,
  d.datcollate as collate,
  d.datctype as ctype,
  __PROVIDER__ as "localeProvider",
  __LOCALE__ as locale,
  __ICU_RULES__ as "icuRules",
  __COLLATION_VERSION__ as "collationVersion",
  __ACTUAL_VERSION__ as "actualCollationVersion",
  d.datistemplate as "isTemplate",
  d.datallowconn as "allowsConnections",
  d.datconnlimit as "connectionLimit",
  t.spcname as tablespace,
  (case when has_database_privilege(d.oid, 'connect') then pg_database_size(d.oid) end)::float8 as bytes,
  has_database_privilege(d.oid, 'connect') as "canConnect",
  d.datacl::text as acl,
  case when d.datacl is not null then (
    select coalesce(json_agg(json_build_object('grantee', g.rolname, 'grantor', o.rolname, 'privilege',
      x.privilege_type, 'grantable', x.is_grantable) order by x.grantee, x.privilege_type), '[]')
    from aclexplode(d.datacl) x
    left join pg_roles g on g.oid = x.grantee
    join pg_roles o on o.oid = x.grantor
    where x.grantee = 0 or g.oid is not null
  ) end as grants,
  (
    select coalesce(json_agg(json_build_object('role', r.rolname, 'setting', c.setting)
      order by r.rolname nulls first, c.at), '[]')
    from pg_db_role_setting s
    left join pg_roles r on r.oid = s.setrole
    cross join unnest(s.setconfig) with ordinality c(setting, at)
    where s.setdatabase = d.oid and (s.setrole = 0 or r.oid is not null)
  ) as "roleSettings",
  shobj_description(d.oid, 'pg_database') as comment
from pg_database d
join pg_tablespace t on t.oid = d.dattablespace
order by d.datname`;

/** ICU as a database's provider and collation versions: 15; rules of ICU: 16; the builtin provider: 17. */
export async function readDatabases(connection: Connection, versionNum: number): Promise<DatabaseListing[]> {
  const modern = has(versionNum, 'localeProviders');
  const sql = databasesSql
    .replace('__PROVIDER__', modern ? 'd.datlocprovider' : "'c'")
    .replace('__LOCALE__', has(versionNum, 'databaseLocale') ? 'd.datlocale' : modern ? 'd.daticulocale' : 'null')
    .replace('__ICU_RULES__', has(versionNum, 'icuRules') ? 'd.daticurules' : 'null')
    .replace('__COLLATION_VERSION__', modern ? 'd.datcollversion' : 'null')
    .replace('__ACTUAL_VERSION__', modern ? 'pg_database_collation_actual_version(d.oid)' : 'null');
  return connection.rows<DatabaseListing>(sql);
}
