import type { Connection } from '../postgres/connection.js';
import type { RoleRights } from './facts.js';
import { has } from '../postgres/since.js';

/** Settings that pgm may change by ALTER SYSTEM, where the role may. */
const changeableSettings = [
  'wal_level', 'max_replication_slots', 'max_wal_senders', 'max_active_replication_origins', 'listen_addresses', 'wal_sender_timeout',
  'max_slot_wal_keep_size', 'idle_replication_slot_timeout', 'output_plugin_libraries', 'max_worker_processes',
  'max_logical_replication_workers', 'max_sync_workers_per_subscription', 'wal_retrieve_retry_interval', 'max_wal_size', 'maintenance_work_mem', 'checkpoint_timeout', 'wal_writer_delay', 'autovacuum',
]; // prettier-ignore

/** Who answers and what we may ask it: everything that any role may see, in every version from 12 on. */
const identitySql = `
select current_setting('server_version_num')::int as "versionNum",
  current_setting('server_version') as version,
  pg_is_in_recovery() as "inRecovery",
  case when not pg_is_in_recovery() then json_build_object(
    'timeline', ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int, 'lsn',
      pg_current_wal_lsn()::text
  ) end as position,
  pg_backend_pid() as "backendPid",
  txid_current_snapshot()::text as snapshot,
  extract(epoch from clock_timestamp())::float8 * 1000 as "serverTime",
  to_char(pg_postmaster_start_time() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "startedAt",
  json_build_object(
    'name', r.rolname, 'superuser', r.rolsuper, 'replication', r.rolreplication, 'createdb', r.rolcreatedb,
    'createrole', r.rolcreaterole, 'bypassrls', r.rolbypassrls,
    'subscribes', r.rolsuper or exists (select from pg_roles g where g.rolname = 'pg_create_subscription'
      and pg_has_role(r.oid, g.oid, 'usage')),
    'canBecome', (select coalesce(json_agg(g.rolname order by g.rolname), '[]') from pg_roles g where g.oid <> r.oid
      and not r.rolsuper
      and case when current_setting('server_version_num')::int >= 160000 then pg_has_role(r.oid, g.oid, 'set')
        else pg_has_role(r.oid, g.oid, 'member') end),
    'memberOf', (select coalesce(json_agg(g.rolname order by g.rolname), '[]') from pg_roles g where g.oid <> r.oid
      and pg_has_role(r.oid, g.oid, 'member') and not r.rolsuper)
  ) as "user",
  (select coalesce(json_agg(json_build_object('name', spcname, 'location', pg_tablespace_location(oid))
    order by spcname), '[]') from pg_tablespace where spcname not in ('pg_default', 'pg_global')) as tablespaces,
  (select coalesce(json_agg(distinct split_part(name, '.', 1)), '[]') from pg_settings
    where name like '%.%') as "settingPrefixes",
  (select coalesce(json_agg(distinct collcollate), '[]') from pg_collation where collprovider = 'c'
    and collcollate <> '') as locales,
  to_regproc('aurora_version') is not null as "hasAuroraVersion",
  has_function_privilege('pg_control_system()', 'execute') as "canReadControl",
  has_function_privilege('pg_hba_file_rules()', 'execute')
    and has_table_privilege('pg_hba_file_rules', 'select') as "canReadHba",
  has_function_privilege('pg_show_all_file_settings()', 'execute')
    and has_table_privilege('pg_file_settings', 'select') as "canReadFileSettings",
  has_function_privilege('pg_read_file(text, bigint, bigint, boolean)', 'execute')
    and pg_has_role('pg_read_server_files', 'usage') as "canReadFiles",
  pg_has_role('pg_write_server_files', 'usage') as "mayWriteFiles",
  has_function_privilege('pg_reload_conf()', 'execute') as "canReload"
from pg_roles r
where r.rolname = current_user`;

export interface Identity {
  readonly versionNum: number;
  readonly version: string;
  readonly inRecovery: boolean;
  readonly position: { readonly timeline: number; readonly lsn: string } | null;
  readonly backendPid: number;
  readonly snapshot: string;
  /** Milliseconds since 1970. */
  readonly serverTime: number;
  readonly startedAt: string;
  readonly user: RoleRights;
  readonly tablespaces: readonly { readonly name: string; readonly location: string }[];
  readonly settingPrefixes: readonly string[];
  readonly locales: readonly string[];
  readonly hasAuroraVersion: boolean;
  readonly canReadControl: boolean;
  readonly canReadHba: boolean;
  readonly canReadFileSettings: boolean;
  readonly canReadFiles: boolean;
  readonly mayWriteFiles: boolean;
  readonly canReload: boolean;
}

export async function readIdentity(connection: Connection): Promise<Identity> {
  return connection.row<Identity>(identitySql);
}

/** pg_control's identifier, the same for a cluster and its physical copies; null where the role may not read it. */
export async function readSystemIdentifier(connection: Connection, identity: Identity): Promise<string | null> {
  if (!identity.canReadControl) return null;
  const row = await connection.row<{ id: string }>('select system_identifier::text as id from pg_control_system()');
  return row.id;
}

/** Which settings the role may ALTER SYSTEM; privileges on parameters exist from 15 on. */
export async function readAlterSystem(connection: Connection, identity: Identity): Promise<'all' | readonly string[]> {
  if (identity.user.superuser) return 'all';
  if (!has(identity.versionNum, 'parameterPrivileges')) return [];
  const rows = await connection.rows<{ name: string }>(
    `select name from unnest($1::text[]) name where has_parameter_privilege(name, 'alter system')`,
    [changeableSettings],
  );
  return rows.map(({ name }) => name);
}

/** Asked by setting it for the transaction: managed services allow it to roles that no catalog names. */
export async function maySetReplicationRole(connection: Connection): Promise<boolean> {
  await connection.execute('savepoint replication_role');
  const allowed = await connection.execute(`set local session_replication_role to replica`).then(
    () => true,
    () => false,
  );
  await connection.execute('rollback to savepoint replication_role');
  return allowed;
}
