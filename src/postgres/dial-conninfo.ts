import type { SourceEndpoint } from '../spec/spec.js';
import type { Conninfo } from './conninfo.js';
import { keywordConninfo } from './format-conninfo.js';
import { keepaliveKeywords } from './keepalives.js';
import { parseKeywordString } from './parse-keyword-string.js';
import { Secret } from './secret.js';

/** Where the target server dials the source: the connection with `advertise` applied. */
export function dialledHosts(source: SourceEndpoint): Conninfo['hosts'] {
  const { host, port } = source.advertise;
  if (host === undefined) return source.connection.hosts.map(each => ({ host: each.host, port: port ?? each.port }));
  return [{ host, port: port ?? source.connection.hosts[0]?.port ?? 5432 }];
}

/**
 * The source as the target server dials it, for CREATE SUBSCRIPTION: a libpq keyword string, every value quoted.
 * It holds the password: never show or log it.
 *
 * Certificate files lie on pgm's machine, not on the target server, so they are left out; `verify-ca` and `verify-full`
 * become `require` then, unless the spec names the root's file there, or the root is `system`, which every server has.
 * @param dialler `server_version_num` of the server that dials
 */
export function dialConninfo(source: SourceEndpoint, database: string, dialler: number): string {
  return `${keywordConninfo(dialled(source, database, dialler), { password: true })} ${keepaliveKeywords}`;
}

/**
 * The same for a look whether the server is reached: it gets as far as being asked for the password, and has none.
 * Whoever may subscribe only with a password brings one that is none, and from the server no question for it: libpq then
 * ends the connection itself, so that nobody counts a failed login.
 */
export function probeConninfo(
  source: SourceEndpoint,
  database: string,
  dialler: number,
  needsPassword: boolean,
): string {
  const conninfo = dialled(source, database, dialler);
  const shown: Conninfo =
    needsPassword && conninfo.password !== undefined
      ? { ...conninfo, password: new Secret('none'), requireAuth: 'none' }
      : { ...conninfo, password: undefined };
  return `${keywordConninfo(shown, { password: true })} ${keepaliveKeywords}`;
}

/** The server answered and asked who is there; libpq's words, which keep these in every language. */
export function wasAskedForPassword(words: string): boolean {
  return /fe_sendauth|["'«»„“”‘’]\s?none\s?["'«»„“”‘’]/.test(words);
}

function dialled(source: SourceEndpoint, database: string, dialler: number): Conninfo {
  const hosts = dialledHosts(source);
  const { connection } = source;
  const root = source.advertise.sslrootcert ?? (connection.sslrootcert === 'system' ? 'system' : undefined);
  const verifies = connection.sslmode === 'verify-ca' || connection.sslmode === 'verify-full';
  return {
    ...connection,
    hosts,
    database,
    sslmode: verifies && root === undefined ? 'require' : connection.sslmode,
    sslrootcert: root,
    sslcert: undefined,
    sslkey: undefined,
    sslcrl: undefined,
    options: undefined,
    // The word is libpq's from 16 on.
    requireAuth: dialler >= 160000 ? connection.requireAuth : undefined,
    // A standby of the source may stand first, or answer first: it has no slot to offer. The word is libpq's from 14 on.
    targetSessionAttrs: hosts.length > 1 && dialler >= 140000 ? 'primary' : 'any',
  };
}

/** The target as the source dials it on the way back: by the spec's connection as it is. */
export function dialBackConninfo(connection: Conninfo, database: string, dialler: number): string {
  const endpoint: SourceEndpoint = {
    connection,
    advertise: {},
    restart: 'manual',
    hba: { addresses: [], method: 'scram-sha-256' },
  };
  return dialConninfo(endpoint, database, dialler);
}

/** What of a connection string decides whom it reaches, and as whom. */
const deciding = ['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert', 'target_session_attrs'];

/** Whether two keyword strings reach the same server as the same role: keepalives and the order of keywords do not matter. */
export function dialsAlike(a: string, b: string): boolean {
  const [one, other] = [a, b].map(text => parseKeywordString(text).values);
  return deciding.every(keyword => one?.get(keyword) === other?.get(keyword));
}
