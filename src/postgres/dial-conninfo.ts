import type { Endpoint } from '../spec/spec.js';
import type { Conninfo } from './conninfo.js';
import { keywordConninfo } from './format-conninfo.js';
import { keepaliveKeywords } from './keepalives.js';
import { parseKeywordString } from './parse-keyword-string.js';
import { Secret } from './secret.js';
import { has } from './since.js';

/** Where the other server dials this one: the connection with `advertise` applied. */
export function dialledHosts(source: Endpoint): Conninfo['hosts'] {
  const { host, port } = source.advertise;
  if (host === undefined) return source.connection.hosts.map(each => ({ host: each.host, port: port ?? each.port }));
  return [{ host, port: port ?? source.connection.hosts[0]?.port ?? 5432 }];
}

/** The role as which the other server dials, with its password. */
export function dialledRole({ connection, advertise }: Endpoint): Pick<Conninfo, 'user' | 'password'> {
  return advertise.user === undefined
    ? { user: connection.user, password: connection.password }
    : { user: advertise.user, password: advertise.password };
}

/**
 * A server as the other one dials it, for CREATE SUBSCRIPTION: a libpq keyword string, every value quoted.
 * It holds the password: never show or log it.
 *
 * Certificate files lie on pgm's machine, not on the target server, so they are left out; `verify-ca` and `verify-full`
 * become `require` then, unless the spec names the root's file there, or the root is `system`, which every server has.
 * The way back is the same with the servers swapped.
 * @param dialler `server_version_num` of the server that dials
 */
export function dialConninfo(server: Endpoint, database: string, dialler: number): string {
  return `${keywordConninfo(dialled(server, database, dialler), { password: true })} ${keepaliveKeywords}`;
}

/**
 * The same for a look whether the server is reached: it gets as far as being asked for the password, and has none.
 * Whoever may subscribe only with a password brings one that is none, and from the server no question for it: libpq
 * then ends the connection itself, so that nobody counts a failed login.
 */
export function probeConninfo(server: Endpoint, database: string, dialler: number, needsPassword: boolean): string {
  const conninfo = dialled(server, database, dialler);
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

function dialled(server: Endpoint, database: string, dialler: number): Conninfo {
  const hosts = dialledHosts(server);
  const { connection } = server;
  const root = server.advertise.sslrootcert ?? (connection.sslrootcert === 'system' ? 'system' : undefined);
  const verifies = connection.sslmode === 'verify-ca' || connection.sslmode === 'verify-full';
  return {
    ...connection,
    ...dialledRole(server),
    hosts,
    database,
    sslmode: verifies && root === undefined ? 'require' : connection.sslmode,
    sslrootcert: root,
    sslcert: undefined,
    sslkey: undefined,
    sslcrl: undefined,
    options: undefined,
    // The word is libpq's from 16 on.
    requireAuth: has(dialler, 'requireAuth') ? connection.requireAuth : undefined,
    // A standby of the source may stand first, or answer first: it has no slot to offer. The word is libpq's from 14
    // on.
    targetSessionAttrs: hosts.length > 1 && has(dialler, 'primaryOnly') ? 'primary' : 'any',
  };
}

/** What of a connection string decides whom it reaches, and as whom. */
const deciding = ['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert', 'target_session_attrs'];

/**
 * Whether two keyword strings reach the same server as the same role: keepalives and the order of keywords do not
 * matter.
 */
export function dialsAlike(a: string, b: string): boolean {
  const [one, other] = [a, b].map(text => parseKeywordString(text).values);
  return deciding.every(keyword => one?.get(keyword) === other?.get(keyword));
}
