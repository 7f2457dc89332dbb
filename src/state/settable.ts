import type { SettingRecord } from './lockfile.js';

/**
 * The server settings that pgm itself sets with ALTER SYSTEM, by side. What is put back comes from records, and records
 * can be forged: of no other name is anything believed, whoever wrote it.
 */
const settable = {
  source: new Set([
    'listen_addresses',
    'max_active_replication_origins',
    'max_logical_replication_workers',
    'max_replication_slots',
    'max_wal_senders',
    'max_worker_processes',
    'output_plugin_libraries',
    'wal_level',
    'wal_sender_timeout',
  ]),
  target: new Set([
    'autovacuum',
    'checkpoint_timeout',
    'max_active_replication_origins',
    'max_logical_replication_workers',
    'max_replication_slots',
    'max_wal_senders',
    'max_wal_size',
    'max_worker_processes',
    'wal_level',
    'wal_retrieve_retry_interval',
    'wal_writer_delay',
  ]),
} as const satisfies Record<'source' | 'target', ReadonlySet<string>>;

export function isSettable(server: 'source' | 'target', name: string): boolean {
  return settable[server].has(name);
}

/** What a key of `settings` in the lockfile speaks of. */
export type SettingKey =
  | { readonly kind: 'server-setting'; readonly server: 'source' | 'target'; readonly name: string }
  | { readonly kind: 'hba'; readonly server: 'source' }
  | {
      readonly kind: 'replica-identity';
      readonly server: 'source' | 'target';
      readonly database: string;
      readonly schema: string;
      readonly table: string;
    };

export function replicaIdentityKey(
  server: 'source' | 'target',
  database: string,
  schema: string,
  table: string,
): string {
  return `${server}/replica-identity/${JSON.stringify([database, schema, table])}`;
}

/** @returns null for a key that pgm never writes */
export function parseSettingKey(key: string): SettingKey | null {
  if (key === 'source/pg_hba.conf') return { kind: 'hba', server: 'source' };
  const [, side, named] = /^(source|target)\/replica-identity\/(.*)$/su.exec(key) ?? [];
  if ((side === 'source' || side === 'target') && named !== undefined) return parseReplicaIdentity(side, named);
  const [, server, name] = /^(source|target)\/([a-z_]+)$/.exec(key) ?? [];
  if ((server !== 'source' && server !== 'target') || name === undefined || !isSettable(server, name)) return null;
  return { kind: 'server-setting', server, name };
}

function parseReplicaIdentity(server: 'source' | 'target', text: string): SettingKey | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3 || !parsed.every(part => typeof part === 'string')) return null;
  const [database, schema, table] = parsed as [string, string, string];
  return { kind: 'replica-identity', server, database, schema, table };
}

/** A number with or without a unit, or a switch: all that the settings of a target can be. */
const plainValue = /^(?:-?\d{1,18}(?:\.\d{1,6})?\s?(?:B|kB|MB|GB|TB|us|ms|s|min|h|d)?|on|off|true|false|yes|no)$/i;
const levels: ReadonlySet<string> = new Set(['minimal', 'replica', 'logical']);

/**
 * What a server remembers of its settings, as input from outside: only settings of the target, since that is where the
 * record lies and what happens there cannot harm the source; only names that pgm sets; only values that they can have.
 */
export function settingsFromTarget(records: Readonly<Record<string, unknown>>): Record<string, SettingRecord> {
  return Object.fromEntries(
    Object.entries(records).flatMap(([key, record]) => {
      const parsed = parseSettingKey(key);
      if (parsed?.kind !== 'server-setting' || parsed.server !== 'target') return [];
      const valid = validRecord(parsed.name, record);
      return valid === null ? [] : [[key, valid]];
    }),
  );
}

function validRecord(name: string, record: unknown): SettingRecord | null {
  if (typeof record !== 'object' || record === null) return null;
  const { before, after, until } = record as Record<string, unknown>;
  const fits = (value: unknown): value is string =>
    typeof value === 'string' && (name === 'wal_level' ? levels.has(value) : plainValue.test(value));
  if (!fits(after) || (before !== null && !fits(before))) return null;
  if (until !== undefined && until !== 'loaded') return null;
  return { before, after, ...(until === undefined ? {} : { until }) };
}
