import type { ReplicaIdentitySetting, ServerSetting, SettingRecord } from './lockfile.js';

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

/** What a setting is of. */
export type SettingOf =
  | Pick<ServerSetting, 'kind' | 'server' | 'name'>
  | { readonly kind: 'hba'; readonly server: 'source' }
  | Pick<ReplicaIdentitySetting, 'kind' | 'server' | 'database' | 'schema' | 'table'>;

/** Under which it is kept in the lockfile, and on the target. */
export function settingKey(of: SettingOf): string {
  switch (of.kind) {
    case 'server-setting':
      return `${of.server}/${of.name}`;
    case 'hba':
      return `${of.server}/pg_hba.conf`;
    case 'replica-identity':
      return `${of.server}/replica-identity/${JSON.stringify([of.database, of.schema, of.table])}`;
  }
}

/** As one tells it: under which name on which server, what was there and what is. */
export function shownSetting(setting: SettingRecord): {
  readonly server: 'source' | 'target';
  readonly name: string;
  readonly before: string | null;
  readonly after: string;
} {
  const { server } = setting;
  const key = settingKey(setting);
  const name = key.slice(server.length + 1);
  switch (setting.kind) {
    case 'server-setting':
      return { server, name, before: setting.before, after: setting.after };
    case 'hba':
      return { server, name, before: null, after: setting.lines.join('\n') };
    case 'replica-identity':
      return { server, name, before: identityInWords(setting.before), after: 'full' };
  }
}

function identityInWords(identity: ReplicaIdentitySetting['before']): string {
  return identity.kind === 'index' ? `index ${identity.name}` : identity.kind;
}

/**
 * The same read back: of what a target remembers, and of lockfiles of format 1, where a key was all that told it.
 * @returns null for a key of another form; whether pgm sets a setting is not asked
 */
export function parseSettingKey(key: string): SettingOf | null {
  if (key === 'source/pg_hba.conf') return { kind: 'hba', server: 'source' };
  const [, side, named] = /^(source|target)\/replica-identity\/(.*)$/su.exec(key) ?? [];
  if ((side === 'source' || side === 'target') && named !== undefined) return parseReplicaIdentity(side, named);
  const [, server, name] = /^(source|target)\/([a-z_]+)$/.exec(key) ?? [];
  if ((server !== 'source' && server !== 'target') || name === undefined) return null;
  return { kind: 'server-setting', server, name };
}

function parseReplicaIdentity(server: 'source' | 'target', text: string): SettingOf | null {
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
      if (!isSettable(parsed.server, parsed.name)) return [];
      const valid = validRecord(parsed, record);
      return valid === null ? [] : [[key, valid]];
    }),
  );
}

function validRecord(
  { kind, server, name }: Extract<SettingOf, { kind: 'server-setting' }>,
  record: unknown,
): ServerSetting | null {
  if (typeof record !== 'object' || record === null) return null;
  const { before, after, until } = record as Record<string, unknown>;
  const fits = (value: unknown): value is string =>
    typeof value === 'string' && (name === 'wal_level' ? levels.has(value) : plainValue.test(value));
  if (!fits(after) || (before !== null && !fits(before))) return null;
  if (until !== undefined && until !== 'loaded') return null;
  return { kind, server, name, before, after, ...(until === undefined ? {} : { until }) };
}
