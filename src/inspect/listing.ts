import type { Connection } from '../postgres/connection.js';
import type { DatabaseListing } from './facts.js';

const databasesSql = `
select d.oid::text as oid,
  d.datname as name,
  pg_get_userbyid(d.datdba) as owner,
  pg_encoding_to_char(d.encoding) as encoding,
  d.datcollate as collate,
  d.datctype as ctype,
  __PROVIDER__ as "localeProvider",
  __LOCALE__ as locale,
  __COLLATION_VERSION__ as "collationVersion",
  __ACTUAL_VERSION__ as "actualCollationVersion",
  d.datistemplate as "isTemplate",
  d.datallowconn as "allowsConnections",
  d.datconnlimit as "connectionLimit",
  t.spcname as tablespace,
  (case when has_database_privilege(d.oid, 'connect') then pg_database_size(d.oid) end)::float8 as bytes,
  has_database_privilege(d.oid, 'connect') as "canConnect",
  d.datacl::text as acl,
  shobj_description(d.oid, 'pg_database') as comment
from pg_database d
join pg_tablespace t on t.oid = d.dattablespace
order by d.datname`;

/** ICU as a database's provider and collation versions: 15; the builtin provider: 17. */
export async function readDatabases(connection: Connection, versionNum: number): Promise<DatabaseListing[]> {
  const modern = versionNum >= 150000;
  const sql = databasesSql
    .replace('__PROVIDER__', modern ? 'd.datlocprovider' : "'c'")
    .replace('__LOCALE__', versionNum >= 170000 ? 'd.datlocale' : modern ? 'd.daticulocale' : 'null')
    .replace('__COLLATION_VERSION__', modern ? 'd.datcollversion' : 'null')
    .replace('__ACTUAL_VERSION__', modern ? 'pg_database_collation_actual_version(d.oid)' : 'null');
  return connection.rows<DatabaseListing>(sql);
}
