import type { Secret } from './secret.js';

export const sslmodes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslmodes)[number];

export const sessionAttributes = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
export type SessionAttributes = (typeof sessionAttributes)[number];

/**
 * Where and how to connect, after libpq's rules have been applied (URI or keywords, environment, passfile, service).
 */
export interface Conninfo {
  /** Tried in order, at least one. A host that begins with `/` is a socket folder. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly database: string;
  readonly password: Secret | undefined;
  readonly sslmode: SslMode;
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
  /** File of revoked certificates. */
  readonly sslcrl?: string | undefined;
  /** libpq's require_auth: how the server may ask for a login. */
  readonly requireAuth?: string | undefined;
  /** Seconds; undefined: pgm's default of 10; 0: no limit. */
  readonly connectTimeout: number | undefined;
  readonly targetSessionAttrs: SessionAttributes;
  /** Extra command-line options for the server session (`-c name=value`). */
  readonly options: string | undefined;
}

/** Where a connection goes, to be read by people: `user@host:port/database`. No secrets. */
export function describeConninfo(conninfo: Conninfo): string {
  const hosts = conninfo.hosts
    .map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`)
    .join(',');
  return `${visible(conninfo.user)}@${visible(hosts)}/${visible(conninfo.database)}`;
}

/** Control characters as `\u001b`, so that a name cannot move the cursor of anyone who reads it. */
function visible(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
