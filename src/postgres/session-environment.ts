import { quoteLiteral } from './identifiers.js';

/**
 * What every session of pgm begins with, whatever ALTER ROLE, ALTER DATABASE and the server's files say: nothing of
 * users is found by an unqualified name, values and statements have one meaning, and no timeout is meant for us.
 *
 * It comes with the startup packet: settings of the client take precedence over those of role and database (guc.h,
 * GucSource), and cost no round trip. Every setting here may be set by everyone, since one that may not ends the
 * connection. What needs another value sets it for a transaction.
 */
const everyVersion = {
  // Named, and last: else the temporary schema is searched first for tables and types.
  search_path: 'pg_catalog,pg_temp',

  datestyle: 'ISO,YMD',
  intervalstyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  array_nulls: 'on',
  xmloption: 'content',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  transform_null_equals: 'off',
  check_function_bodies: 'off',
  default_tablespace: '',

  // Else checks are folded, and so functions of users called, for each query with a condition.
  constraint_exclusion: 'off',
  // An error instead of silently fewer rows.
  row_security: 'off',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  exit_on_error: 'off',
  client_min_messages: 'notice',

  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  tcp_user_timeout: '0',

  // On the disk of its server, and waiting for no standby: one that is away would hold "create database" for good.
  synchronous_commit: 'local',

  jit: 'off',
} as const;

/** How the server reports DateStyle then, which is nobody's default: it tells whether the settings have arrived. */
export const marker = 'ISO, YMD';

/**
 * What values come to that users' expressions compute: of no importance for what is read, since all sides have the
 * same. A session that fills indexes, generated columns and materialized views leaves them as the database has them,
 * since an expression that is called immutable and is not must come to what the application's queries will look for.
 */
const forReading = {
  timezone: 'UTC',
  timezone_abbreviations: 'Default',
  lc_numeric: 'C',
  lc_time: 'C',
  xmlbinary: 'base64',
  default_text_search_config: 'pg_catalog.simple',
} as const;

/** A setting that the server does not know ends the connection. */
const since: Readonly<Record<string, { readonly major: number; readonly value: string }>> = {
  idle_session_timeout: { major: 14, value: '0' },
  transaction_timeout: { major: 17, value: '0' },
};

/**
 * What only a superuser, or who was given SET on it, may switch off: triggers of events run with the rights of whoever
 * connects or defines, at login (17 on) before the first statement. Of no use to a session that defines nothing.
 */
const forSuperusers: Readonly<Record<string, { readonly major: number; readonly value: string }>> = {
  event_triggers: { major: 17, value: 'off' },
};

export interface EnvironmentWish {
  /** Changes no definitions, so that no event trigger has to run. */
  readonly reads?: boolean;
  /** The database's own TimeZone and the like hold: for sessions that compute values to be stored. */
  readonly computes?: boolean;
  /** Of this session, beyond or instead of the environment's. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Names and values.
 * @param major of the server; null: not known yet, so only what no version lacks
 * @param superuser whether the role is known to be one there
 */
export function environment(
  wish: EnvironmentWish,
  major: number | null,
  superuser = false,
): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(everyVersion),
    ...(wish.computes === true ? [] : Object.entries(forReading)),
    ...(major === null ? [] : laterSettings(major)),
    ...(major !== null && superuser && wish.reads === true ? knownTo(major, forSuperusers) : []),
    ...Object.entries(wish.settings ?? {}),
  ]);
}

/** The names that only later versions know, with what they are set to. */
export function laterSettings(major: number): readonly (readonly [string, string])[] {
  return knownTo(major, since);
}

function knownTo(
  major: number,
  settings: Readonly<Record<string, { readonly major: number; readonly value: string }>>,
): readonly (readonly [string, string])[] {
  return Object.entries(settings).flatMap(([name, { major: first, value }]) => (major >= first ? [[name, value]] : []));
}

/** As command-line options of a session; the server splits them at spaces that no backslash stands before. */
export function asOptions(settings: ReadonlyMap<string, string>): string {
  return [...settings].map(([name, value]) => `-c ${name}=${value.replaceAll(/([\\\s])/g, '\\$1')}`).join(' ');
}

/** As statements: for the transaction alone, or for the session. */
export function asStatements(settings: ReadonlyMap<string, string>, scope: 'local' | 'session'): string {
  return [...settings].map(([name, value]) => `set ${scope} ${name} = ${statementValue(value)}`).join('; ');
}

/** A list is several words to SET: quoted as one it would be the name of one schema. */
function statementValue(value: string): string {
  return value.split(',').map(quoteLiteral).join(', ');
}

/** As one statement that sets what this server knows. */
export function asKnownSettings(settings: ReadonlyMap<string, string>): string {
  const values = [...settings].map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`).join(', ');
  return (
    `select pg_catalog.set_config(s.name, w.value, false) from (values ${values}) as w (name, value) join ` +
    'pg_catalog.pg_settings s on pg_catalog.lower(s.name) operator(pg_catalog.=) w.name'
  );
}
