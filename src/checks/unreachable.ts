import type { Unreachable } from '../inspect/facts.js';
import { shellWord } from '../shell-word.js';
import type { Check, CheckInput, Seen } from './check.js';
import { lineThatLetsIn, putOnTop } from './hba-lines.js';

type Failure = Unreachable['failure'];

/** Severity error for each of the two servers whose failure is one of these. */
export function failuresOf(
  { facts }: CheckInput,
  failures: readonly Failure[],
  remedy: (server: 'source' | 'target', failure: Unreachable) => string,
): Seen[] {
  return (['source', 'target'] as const).flatMap((server): Seen[] => {
    const seen = facts[server];
    if (seen.kind === 'server' || !failures.includes(seen.failure)) return [];
    const address = `${seen.host}:${seen.port}`;
    return [
      {
        severity: 'error',
        server,
        object: address,
        message: `${words[seen.failure]}: ${seen.message}`,
        current: null,
        required: 'a connection',
        remedy: remedy(server, seen),
      },
    ];
  });
}

const words: Readonly<Record<Failure, string>> = {
  refused: 'the connection was refused',
  timeout: 'the server did not answer in time',
  'unknown-host': 'the host name is not known',
  authentication: 'the server did not accept the user or password',
  'no-hba-entry': 'pg_hba.conf does not let this machine in',
  tls: 'TLS could not be set up',
  'no-database': 'there is no such database',
  'too-many-connections': 'the server has no connection left',
  'starting-up': 'the server is starting up, shutting down or recovering',
  pooler: 'a connection pooler refused',
  other: 'no connection could be made',
};

/** What to type first, and what its answer means. */
function firstLook(server: 'source' | 'target', { failure, host, port }: Unreachable): string {
  const isReady = `pg_isready --host=${shellWord(host)} --port=${port}`;
  switch (failure) {
    case 'refused':
      return (
        `${isReady}\n# nobody listens there: start the server, correct host and port in ` +
        'the spec, or see its listen_addresses and the firewalls'
      );
    case 'timeout':
      return (
        `${isReady}\n# no answer: see the address in the spec, and whether firewalls ` +
        'and security groups let this machine through to the port'
      );
    case 'unknown-host':
      return `getent hosts ${shellWord(host)}\n# no answer: correct the host name in the spec, or this machine's DNS`;
    case 'no-database':
      return 'Name an existing database in the connection, for example postgres.';
    case 'too-many-connections':
      return 'Close sessions that are not needed, or raise max_connections and restart the server.';
    case 'starting-up':
      return `until ${isReady}; do sleep 1; done\n# then run pgm again`;
    case 'authentication':
    case 'no-hba-entry':
    case 'tls':
    case 'pooler':
    case 'other':
      return `Try the same connection with psql from this machine and read the ${server}'s log.`;
  }
}

export const unreachableServer: Check = {
  code: 'PGM101',
  slug: 'unreachable',
  title: 'Connection to the server',
  scope: 'any',
  why:
    'pgm reads both servers before it says anything about them; nothing can ' +
    'be planned for a server that does not answer.',
  decided: 'pgm connects with the connection of the spec; the code is that of the system or of PostgreSQL.',
  remedy: 'Check host, port, firewall, listen_addresses and that the server runs.',
  providers: {
    rds:
      'The instance must be publicly accessible or in a network that this machine ' +
      'reaches, and its security group must let the port in.',
    aurora: 'The cluster must be in a network that this machine reaches, and its security group must let the port in.',
    cloudsql:
      "Add this machine's address to the instance's authorized networks, or " +
      'run the Cloud SQL Auth Proxy and connect to it.',
    alloydb: 'Run the AlloyDB Auth Proxy and connect to it, or run pgm within the VPC.',
    azure: 'Add a firewall rule for this machine: az postgres flexible-server firewall-rule create.',
    aiven: "Add this machine's address to the service's IP filter.",
    digitalocean: "Add this machine to the cluster's trusted sources.",
    neon: 'Neon suspends idle computes; the first connection wakes them. Use the direct host, without -pooler.',
  },
  run: input => [
    ...failuresOf(
      input,
      ['refused', 'timeout', 'unknown-host', 'no-database', 'too-many-connections', 'starting-up', 'other'],
      firstLook,
    ),
    ...(['source', 'target'] as const).flatMap((server): Seen[] => {
      const seen = input.facts[server];
      return seen.kind === 'server'
        ? [{ severity: 'ok', server, message: `PostgreSQL ${seen.version} answers on ${seen.host}:${seen.port}` }]
        : [];
    }),
  ],
};

export const authentication: Check = {
  code: 'PGM102',
  slug: 'authentication',
  title: 'User and password',
  scope: 'any',
  why: 'The server is there, and refuses the role.',
  decided: 'SQLSTATE 28P01 or 28000 on connecting, or a password that the server asks for and the spec does not give.',
  remedy:
    'Set the password in the environment variable that the spec names, or in ' +
    '~/.pgpass; check the user name and pg_hba.conf.',
  run: input =>
    failuresOf(input, ['authentication', 'no-hba-entry'], (server, { failure, message }) => {
      const line = failure === 'no-hba-entry' ? lineThatLetsIn(message) : null;
      if (line !== null) return putOnTop(server, [line], { hbaFile: null, dataDirectory: null });
      return failure === 'no-hba-entry'
        ? `Let this machine in by the ${server}'s pg_hba.conf, then: select pg_reload_conf();`
        : `Check user and password of the ${server}'s connection: the environment ` +
            'variable that the spec names, PGPASSWORD or ~/.pgpass.';
    }),
};

export const tls: Check = {
  code: 'PGM103',
  slug: 'tls',
  title: 'TLS of the connection',
  scope: 'any',
  why: 'With verify-ca and verify-full a server that cannot prove who it is must not get the password or the data.',
  decided: 'The TLS handshake failed, the server speaks none, or its certificate does not verify against sslrootcert.',
  remedy:
    "Point sslrootcert to the certificate authority that signed the server's certificate, use the " +
    'host name that the certificate bears, or choose the sslmode that fits.',
  run: input =>
    failuresOf(input, ['tls'], (server, { message }) =>
      message.includes('does not support SSL')
        ? `Turn ssl on at the ${server} (with a certificate and key), or choose sslmode: prefer in the spec.`
        : `Point sslrootcert of the ${server}'s connection to the certificate of the authority that ` +
          `signed the server's, and use the host name in that certificate.`,
    ),
};
