import type { Conninfo } from '../postgres/conninfo.js';
import { StatementError, errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Unreachable } from './facts.js';

type Failure = Unreachable['failure'];

/** Why a connection could not be had, from the codes that PostgreSQL, the system or Node's TLS gave. */
export function unreachable(conninfo: Conninfo, error: unknown): Unreachable {
  const code = errorCode(error);
  const [first] = conninfo.hosts;
  return {
    kind: 'unreachable',
    host: conninfo.hosts.map(({ host }) => host).join(',') || 'localhost',
    port: first?.port ?? 5432,
    failure: classify(code, error),
    message:
      conninfo.password === undefined && words(error).startsWith('SASL')
        ? 'the server asks for a password, and the connection has none'
        : words(error),
    sqlstate: error instanceof StatementError && code?.length === 5 ? code : null,
  };
}

/** PgBouncer refuses what only PostgreSQL itself can give: a transaction in mode statement, settings on connecting. */
const poolersWords = /statement pooling mode|unsupported startup parameter|pgbouncer/i;

function classify(code: string | undefined, error: unknown): Failure {
  const message = words(error);
  if (poolersWords.test(message)) return 'pooler';
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
    case 'EACCES':
      return 'refused';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'timeout';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'unknown-host';
    case sqlstate.invalidPassword:
      return 'authentication';
    case sqlstate.invalidAuthorization:
      // pg_hba.conf's refusal has no SQLSTATE of its own.
      return message.includes('pg_hba.conf') ? 'no-hba-entry' : 'authentication';
    case sqlstate.invalidCatalogName:
      return 'no-database';
    case sqlstate.tooManyConnections:
      return 'too-many-connections';
    case sqlstate.cannotConnectNow:
      return 'starting-up';
    case undefined:
    default:
      return classifyByLayer(code, message);
  }
}

/** Failures before the server speaks: Node and node-postgres give no code for some. */
function classifyByLayer(code: string | undefined, message: string): Failure {
  if (code !== undefined && /CERT|SSL|TLS|SELF_SIGNED|VERIFY/.test(code)) return 'tls';
  if (/does not support SSL|\bSSL\b|\bTLS\b|certificate/i.test(message)) return 'tls';
  if (/timeout expired|timed out/i.test(message)) return 'timeout';
  if (/client password must be|SASL/.test(message)) return 'authentication';
  return 'other';
}

function words(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(words).join('; ');
  if (error instanceof StatementError && error.message === '' && error.cause !== undefined) return words(error.cause);
  return error instanceof Error ? error.message : String(error);
}
