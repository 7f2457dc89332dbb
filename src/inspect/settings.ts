import type { Connection } from '../postgres/connection.js';
import type { ServerFacts, Setting } from './facts.js';
import { inBaseUnit } from './base-unit.js';
import { limitNames, plannerNames } from './application-setting-names.js';
import { resultSettingNames } from './result-setting-names.js';
import { environment } from '../postgres/session-environment.js';

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
  'log_statement', 'data_directory', 'hba_file', 'config_file', 'server_encoding', 'block_size', 'max_identifier_length', 'session_replication_role',
  'archive_mode', 'synchronous_standby_names', 'synchronous_commit', 'synchronized_standby_slots',
  'rds.logical_replication', 'cloudsql.logical_decoding', 'alloydb.logical_decoding', 'row_security',
]; // prettier-ignore

/**
 * What this session set for itself is not the server's: `reset_val` is. What it came with hides what others of its role
 * begin with: their settings are those of role and database, the nearest first.
 */
const settingsSql = `
select s.name,
  case when s.source = 'session' then s.reset_val else s.setting end as value,
  s.unit, s.context, s.pending_restart as "pendingRestart", current_setting(s.name, true) as shown,
  s.source in ('client', 'session') and s.name = any ($2) as ours, own.value as own, s.boot_val as "atFirst",
  case when s.source in ('default', 'configuration file', 'environment variable', 'command line', 'override', 'global')
    then s.reset_val end as "ofServer"
from pg_settings s
left join lateral (
  select substr(pair.text, strpos(pair.text, '=') + 1) as value
  from pg_db_role_setting r
  cross join unnest(r.setconfig) as pair (text)
  where split_part(pair.text, '=', 1) = s.name
    and r.setrole in (0, (select oid from pg_roles where rolname = session_user))
    and r.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  order by r.setrole <> 0 desc, r.setdatabase <> 0 desc
  limit 1
) own on true
where s.name = any ($1)`;

/**
 * What the files say, the last line of each name: it is what a restart brings. ALTER SYSTEM's own file is read last.
 * Names are as somebody wrote them: initdb writes `timezone`, the setting is `TimeZone`.
 */
const fileSettingsSql = `
select distinct on (lower(name)) lower(name) as name, setting as value,
  sourcefile like '%postgresql.auto.conf' as altered
from pg_file_settings
where lower(name) = any ($1)
order by lower(name), seqno desc`;

type SettingRow = Omit<Setting, 'fileValue'> & {
  readonly name: string;
  readonly shown: string | null;
  /** pgm's sessions begin with another value than others. */
  readonly ours: boolean;
  readonly own: string | null;
  readonly atFirst: string | null;
  /** Where nothing that is nearer than the server gives it. */
  readonly ofServer: string | null;
};

/** One query, or two where pg_file_settings may be read. */
export async function readSettings(
  connection: Connection,
  canReadFileSettings: boolean,
): Promise<Pick<ServerFacts, 'settings' | 'altered' | 'defaults' | 'given'>> {
  const names = [...new Set([...settingNames, ...resultSettingNames, ...limitNames, ...plannerNames])];
  const rows = await connection.rows<SettingRow>(settingsSql, [names, [...environment({}, newest).keys()]]);
  const files = canReadFileSettings
    ? await connection.rows<{ name: string; value: string | null; altered: boolean }>(fileSettingsSql, [
        names.map(name => name.toLowerCase()),
      ])
    : [];
  const inFile = new Map(files.map(({ name, value }) => [name, value]));
  const settings = new Map(
    rows.map(({ name, shown, ours, own, atFirst, ofServer: _, ...setting }) => {
      const fileValue = inFile.get(name.toLowerCase()) ?? null;
      if (ours) {
        const value = inBaseUnit(own ?? fileValue ?? atFirst ?? '', setting.unit);
        return [name, { ...setting, value, fileValue: null }];
      }
      const same = fileValue === setting.value || fileValue === shown;
      return [name, { ...setting, fileValue: same ? null : fileValue }];
    }),
  );
  const altered = files.flatMap(({ name, value, altered: byStatement }) =>
    byStatement && value !== null ? [[name, value] as const] : [],
  );
  const isResult = new Set<string>(resultSettingNames);
  // A setting of initdb's choice that no file has any more is not known.
  const defaults = rows.flatMap(({ name, atFirst }) => {
    const value = isResult.has(name) ? (inFile.get(name.toLowerCase()) ?? atFirst) : null;
    return value === null ? [] : [[name, value] as const];
  });
  return {
    settings,
    altered: canReadFileSettings ? new Map(altered) : null,
    defaults: canReadFileSettings ? new Map(defaults) : null,
    given: given(rows, canReadFileSettings ? inFile : null),
  };
}

/** What the server gives every session, where that is known. */
function given(rows: readonly SettingRow[], files: ReadonlyMap<string, string | null> | null): ServerFacts['given'] {
  const asked = new Set<string>([...limitNames, ...plannerNames]);
  return new Map(
    rows.flatMap(({ name, unit, atFirst, ofServer }) => {
      const value = ofServer ?? (files === null ? null : (files.get(name.toLowerCase()) ?? atFirst));
      if (!asked.has(name) || value === null) return [];
      const inUnit = inBaseUnit(value, unit);
      return [[name, { value: inUnit, unit, isDefault: inUnit === inBaseUnit(atFirst ?? '', unit) }] as const];
    }),
  );
}

const newest = 99;
