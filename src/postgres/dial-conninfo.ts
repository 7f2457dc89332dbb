import type { SourceEndpoint } from '../spec/spec.js';
import type { Conninfo } from './conninfo.js';
import { keywordConninfo } from './format-conninfo.js';

/** Where the target server dials the source: the connection with `advertise` applied. */
export function dialledHosts(source: SourceEndpoint): Conninfo['hosts'] {
  const { host, port } = source.advertise;
  if (host === undefined) return source.connection.hosts.map(each => ({ host: each.host, port: port ?? each.port }));
  return [{ host, port: port ?? source.connection.hosts[0]?.port ?? 5432 }];
}

/** A network that swallows packets is noticed in half a minute: a worker that is just connecting has no other timeout. */
const keepalives = 'keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=25000';

/**
 * The source as the target server dials it, for CREATE SUBSCRIPTION: a libpq keyword string, every value quoted.
 * It holds the password: never show or log it.
 *
 * Certificate files lie on pgm's machine, not on the target server, so they are left out; `verify-ca` and `verify-full`
 * become `require` then, unless the root is `system`, which every server has.
 */
export function dialConninfo(source: SourceEndpoint, database: string): string {
  const { connection } = source;
  const systemRoot = connection.sslrootcert === 'system';
  const verifies = connection.sslmode === 'verify-ca' || connection.sslmode === 'verify-full';
  return `${keywordConninfo(
    {
      ...connection,
      hosts: dialledHosts(source),
      database,
      sslmode: verifies && !systemRoot ? 'require' : connection.sslmode,
      sslrootcert: systemRoot ? 'system' : undefined,
      sslcert: undefined,
      sslkey: undefined,
      options: undefined,
      targetSessionAttrs: 'any',
    },
    { password: true },
  )} ${keepalives}`;
}
