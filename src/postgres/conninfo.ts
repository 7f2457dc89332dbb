import type { Secret } from './secret.js';

export const sslmodes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslmodes)[number];

/** Where and how to connect, after libpq's rules have been applied (URI or keywords, environment, passfile, service). */
export interface Conninfo {
  /** Tried in order. A host that begins with `/` is a socket folder. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly database: string;
  readonly password: Secret | undefined;
  readonly sslmode: SslMode;
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
  /** Seconds; undefined: pgm's default of 10. */
  readonly connectTimeout: number | undefined;
  readonly targetSessionAttrs: 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';
  /** Extra command-line options for the server session (`-c name=value`). */
  readonly options: string | undefined;
}
