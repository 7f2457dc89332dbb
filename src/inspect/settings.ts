import type { Connection } from '../postgres/connection.js';
import type { ServerFacts, Setting } from './facts.js';

/** The settings that checks and plan read. Those that a version lacks are simply missing from the map. */
const settingNames = [
  'wal_level', 'max_replication_slots', 'max_wal_senders', 'max_active_replication_origins', 'listen_addresses', 'port',
  'wal_sender_timeout', 'max_slot_wal_keep_size', 'idle_replication_slot_timeout', 'output_plugin_libraries', 'wal_keep_size',
  'idle_in_transaction_session_timeout', 'statement_timeout', 'transaction_timeout', 'lock_timeout', 'idle_session_timeout',
  'max_connections', 'superuser_reserved_connections', 'reserved_connections',
  'max_worker_processes', 'max_logical_replication_workers', 'max_sync_workers_per_subscription',
  'max_parallel_apply_workers_per_subscription', 'wal_retrieve_retry_interval',
  'max_wal_size', 'checkpoint_timeout', 'wal_writer_delay', 'autovacuum', 'maintenance_work_mem', 'shared_buffers', 'autovacuum_freeze_max_age', 'default_transaction_read_only',
  'max_prepared_transactions', 'max_locks_per_transaction', 'shared_preload_libraries', 'session_preload_libraries', 'password_encryption', 'ssl',
  'data_directory', 'hba_file', 'config_file', 'server_encoding', 'block_size', 'max_identifier_length', 'session_replication_role',
  'rds.logical_replication', 'cloudsql.logical_decoding', 'alloydb.logical_decoding', 'row_security',
]; // prettier-ignore

/** What this session set for itself is not the server's: `reset_val` is. */
const settingsSql = `
select name, case when source = 'session' then reset_val else setting end as value, unit, context, pending_restart as "pendingRestart", current_setting(name, true) as shown
from pg_settings
where name = any ($1)`;

/** What the files say, the last line of each name: it is what a restart brings. ALTER SYSTEM's own file is read last. */
const fileSettingsSql = `
select distinct on (name) name, setting as value, sourcefile like '%postgresql.auto.conf' as altered
from pg_file_settings
where name = any ($1)
order by name, seqno desc`;

type SettingRow = Omit<Setting, 'fileValue'> & { readonly name: string; readonly shown: string | null };

/** One query, or two where pg_file_settings may be read. */
export async function readSettings(
  connection: Connection,
  canReadFileSettings: boolean,
): Promise<Pick<ServerFacts, 'settings' | 'altered'>> {
  const rows = await connection.rows<SettingRow>(settingsSql, [settingNames]);
  const files = canReadFileSettings
    ? await connection.rows<{ name: string; value: string | null; altered: boolean }>(fileSettingsSql, [settingNames])
    : [];
  const inFile = new Map(files.map(({ name, value }) => [name, value]));
  const settings = new Map(
    rows.map(({ name, shown, ...setting }) => {
      const fileValue = inFile.get(name) ?? null;
      const same = fileValue === setting.value || fileValue === shown;
      return [name, { ...setting, fileValue: same ? null : fileValue }];
    }),
  );
  const altered = files.flatMap(({ name, value, altered: byStatement }) =>
    byStatement && value !== null ? [[name, value] as const] : [],
  );
  return { settings, altered: canReadFileSettings ? new Map(altered) : null };
}
