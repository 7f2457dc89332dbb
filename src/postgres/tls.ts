import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { Conninfo, SslMode } from './conninfo.js';

/** One way to try a connection: with TLS options, or `false` for plain text. */
export type TlsAttempt = false | ConnectionOptions;

/** The attempts that an sslmode stands for, in libpq's order. A socket folder never uses TLS. */
export function tlsAttempts(conninfo: Conninfo, host: string): readonly TlsAttempt[] {
  if (host.startsWith('/')) return [false];
  const options = (): ConnectionOptions => tlsOptions(conninfo, host);
  switch (conninfo.sslmode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, options()];
    case 'prefer':
      return [options(), false];
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return [options()];
  }
}

/** libpq: `require` with a root certificate at hand behaves like `verify-ca`. */
function effectiveMode(conninfo: Conninfo): SslMode {
  return conninfo.sslmode === 'require' && conninfo.sslrootcert !== undefined ? 'verify-ca' : conninfo.sslmode;
}

function tlsOptions(conninfo: Conninfo, host: string): ConnectionOptions {
  const mode = effectiveMode(conninfo);
  const verifies = mode === 'verify-ca' || mode === 'verify-full';
  const root = conninfo.sslrootcert;
  return {
    rejectUnauthorized: verifies,
    // A server name is no IP address (RFC 6066), and Node warns about one.
    ...(/^[0-9.]+$|:/.test(host) ? {} : { servername: host }),
    ...(verifies && root !== undefined && root !== 'system' ? { ca: readFileSync(root) } : {}),
    ...(verifies && conninfo.sslcrl !== undefined ? { crl: readFileSync(conninfo.sslcrl) } : {}),
    ...(conninfo.sslcert === undefined ? {} : { cert: readFileSync(conninfo.sslcert) }),
    ...(conninfo.sslkey === undefined ? {} : { key: readFileSync(conninfo.sslkey) }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}
