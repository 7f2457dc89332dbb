import type { Conninfo } from './conninfo.js';

export interface FormatOptions {
  /** Put the password in. Such a text must not be shown, logged or put on a command line. */
  readonly password: boolean;
}

/** The connection as a libpq keyword string, every value quoted. */
export function keywordConninfo(conninfo: Conninfo, options: FormatOptions): string {
  const quote = (value: string): string => `'${value.replaceAll(/['\\]/g, '\\$&')}'`;
  return settings(conninfo, options)
    .map(([keyword, value]) => `${keyword}=${quote(value)}`)
    .join(' ');
}

/** The connection as a URI, everything in its query, so that any host, user or database name fits. */
export function uriConninfo(conninfo: Conninfo, options: FormatOptions): string {
  const encode = (value: string): string =>
    encodeURIComponent(value).replaceAll(/[!'()*]/g, character => `%${character.charCodeAt(0).toString(16)}`);
  return `postgresql://?${settings(conninfo, options)
    .map(([keyword, value]) => `${keyword}=${encode(value)}`)
    .join('&')}`;
}

function settings(conninfo: Conninfo, options: FormatOptions): [keyword: string, value: string][] {
  const all: [string, string | undefined][] = [
    ['host', conninfo.hosts.map(({ host }) => host).join(',')],
    ['port', conninfo.hosts.map(({ port }) => String(port)).join(',')],
    ['user', conninfo.user],
    ['password', options.password ? conninfo.password?.reveal() : undefined],
    ['dbname', conninfo.database],
    ['sslmode', conninfo.sslmode],
    ['sslrootcert', conninfo.sslrootcert],
    ['sslcert', conninfo.sslcert],
    ['sslkey', conninfo.sslkey],
    ['sslcrl', conninfo.sslcrl],
    ['require_auth', conninfo.requireAuth],
    ['connect_timeout', conninfo.connectTimeout === undefined ? undefined : String(conninfo.connectTimeout)],
    ['target_session_attrs', conninfo.targetSessionAttrs],
    ['options', conninfo.options],
  ];
  return all.filter((setting): setting is [string, string] => setting[1] !== undefined);
}
