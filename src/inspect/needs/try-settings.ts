import type { Conninfo } from '../../postgres/conninfo.js';
import { reportError, StatementError } from '../../postgres/errors.js';
import { reading } from '../reading.js';
import { missingRoles } from '../missing-roles.js';
import type { DatabaseFacts, ServerFacts } from '../facts.js';

/** A setting, `name=value`, and why a server does not take it. */
export interface RefusedSetting {
  readonly setting: string;
  readonly message: string;
}

/** Settings that change who asks, or that a session begins with and has no more: nothing is learnt by setting them. */
const notTried = new Set([
  'role',
  'session_authorization',
  'session_preload_libraries',
  'local_preload_libraries',
  'default_transaction_read_only',
  'transaction_read_only',
]);

/** Fewer than any cluster has different ones of, and a moment's work. */
const most = 300;

/** cant_change_runtime_param, for one that only a session's beginning may set: ALTER ROLE takes it. */
const onlyAtBeginning = '55P02';

/** Those of databases in scope and of roles that the target lacks, each once. */
export function settingsToCome(
  source: ServerFacts,
  target: ServerFacts,
  databases: readonly DatabaseFacts[],
): readonly string[] {
  const names = new Set(databases.map(({ name }) => name));
  const all = [
    ...source.databases
      .filter(({ name }) => names.has(name))
      .flatMap(({ roleSettings }) => roleSettings.map(({ setting }) => setting)),
    ...missingRoles(source, target).flatMap(({ settings }) => settings),
  ];
  return [...new Set(all)].filter(setting => !notTried.has(nameOf(setting))).slice(0, most);
}

function nameOf(setting: string): string {
  return setting.slice(0, setting.indexOf('=')).toLowerCase();
}

/**
 * What the target refuses of them, in its own words: each is set within a part of a read-only transaction that is
 * undone at once, by the very function that ALTER ROLE and ALTER DATABASE ask.
 */
export async function trySettings(conninfo: Conninfo, settings: readonly string[]): Promise<readonly RefusedSetting[]> {
  if (settings.length === 0) return [];
  return reading(conninfo, undefined, async connection => {
    const refused: RefusedSetting[] = [];
    for (const setting of settings) {
      const equals = setting.indexOf('=');
      await connection.execute('savepoint try');
      try {
        await connection.rows('select set_config($1, $2, true)', [setting.slice(0, equals), setting.slice(equals + 1)]);
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        if (error.code !== onlyAtBeginning) refused.push({ setting, message: reportError(error).message });
      }
      await connection.execute('rollback to savepoint try');
    }
    return refused;
  });
}
