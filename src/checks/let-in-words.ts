import type { ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { SeenClient } from '../state/lockfile.js';
import { filesOf, hbaName, putOnTop, withLength } from './hba-lines.js';
import { addressThere, type Obstacle } from './let-in.js';

/** Clients of one role that the same obstacle stops. */
export interface Stopped {
  readonly to: 'source' | 'target';
  readonly leader: ServerFacts;
  readonly follower: ServerFacts;
  readonly clients: readonly SeenClient[];
  readonly role: string;
  readonly databases: readonly string[];
}

export interface ObstacleWords {
  readonly words: string;
  /** null: nothing is certain, so that there is nothing to type. */
  readonly remedy: string | null;
}

export function obstacleInWords(obstacle: Obstacle, stopped: Stopped): ObstacleWords {
  const { to, role, databases } = stopped;
  const name = quoteIdentifier(role);
  const file = `the ${to}'s pg_hba.conf`;
  const each = (statement: (database: string) => string): string =>
    databases.map(database => `${statement(quoteIdentifier(database))}   -- on the ${to}`).join('\n');
  switch (obstacle.kind) {
    case 'no-role':
      return {
        words: `the ${to} has no such role, and pgm does not create it`,
        remedy: `create role ${name} login;   -- on the ${to}, then \\password ${name}`,
      };
    case 'no-login':
      return {
        words: `it may not log in on the ${to}`,
        remedy: `alter role ${name} login;   -- on the ${to}`,
      };
    case 'expired':
      return {
        words: `its password is no longer valid on the ${to} (VALID UNTIL has passed)`,
        remedy: `alter role ${name} valid until 'infinity';   -- on the ${to}`,
      };
    case 'no-connect':
      return {
        words: `it has no CONNECT on the ${to}`,
        remedy: each(database => `grant connect on database ${database} to ${name};`),
      };
    case 'closed-database':
      return {
        words: `the ${to}'s database takes no connections`,
        remedy: each(database => `alter database ${database} allow_connections true;`),
      };
    case 'no-rule':
      return { words: `no line of ${file} lets it in`, remedy: linesOnTop(stopped) };
    case 'no-tls':
      return {
        words: `it connects over TLS, and the ${to} has none (ssl = off): with sslmode=require it is refused`,
        remedy:
          `Give the ${to} a certificate (ssl_cert_file, ssl_key_file), then: ` +
          'alter system set ssl = on; select pg_reload_conf();',
      };
    case 'socket':
      return {
        words:
          `it connects by a Unix socket of the ${to === 'target' ? 'source' : 'target'}'s machine, ` +
          `and will need an address, and a line in ${file} for it`,
        remedy: null,
      };
    case 'perhaps':
      return {
        words:
          `which line of ${file} decides is not certain${obstacle.rule === null ? '' : ` (perhaps ${obstacle.rule.line})`}, ` +
          'since it goes by names of hosts or by networks that only that server can look up',
        remedy: null,
      };
    default:
      return ruleInWords(obstacle, stopped);
  }
}

function ruleInWords(obstacle: Extract<Obstacle, { rule: object }>, stopped: Stopped): ObstacleWords {
  const { to, role } = stopped;
  const name = quoteIdentifier(role);
  const { line, method } = obstacle.rule;
  const asks = `line ${line} of the ${to}'s pg_hba.conf`;
  switch (obstacle.kind) {
    case 'rejected':
      return { words: `${asks} rejects it`, remedy: linesOnTop(stopped) };
    case 'tls-only':
      return {
        words: `${asks} lets it in over TLS alone, and it connects without`,
        remedy: linesOnTop(stopped),
      };
    case 'wrong-hash':
      return {
        words: `${asks} asks for scram-sha-256, and its password is stored as md5`,
        remedy:
          `set password_encryption to 'scram-sha-256';   -- on the ${to}, then the same password again:\n` +
          `\\password ${name}`,
      };
    case 'no-password':
      return {
        words: `${asks} asks for a password (${method}), and it has none`,
        remedy: `\\password ${name}   -- on the ${to}`,
      };
    case 'asks-password':
      return {
        words: `it logs in without a password now, and ${asks} asks for one (${method})`,
        remedy: linesOnTop(stopped, 'trust'),
      };
    case 'asks-certificate':
      return {
        words: `${asks} asks for a certificate of the client, and it shows none now`,
        remedy: linesOnTop(stopped),
      };
    default:
      return { words: `${asks} asks ${method}, which pgm cannot try`, remedy: null };
  }
}

/** The narrowest lines that let them in as they are. */
function linesOnTop({ to, leader, follower, clients }: Stopped, method = 'scram-sha-256'): string {
  if (follower.provider !== null)
    return "pg_hba.conf is the provider's; let these addresses in by the service's firewall or allow-list.";
  const lines = clients.map(client => {
    const { role, database, transport } = client;
    const address = addressThere({ client, leader, follower });
    return (
      `${transport === 'tls' ? 'hostssl' : 'host'} ${hbaName(database)} ${hbaName(role)} ` +
      `${address === null ? 'all' : withLength(address)} ${method}`
    );
  });
  return putOnTop(to, [...new Set(lines)].slice(0, 10), filesOf(follower));
}
