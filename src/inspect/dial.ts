import { withConnection } from '../postgres/connect.js';
import { dialConninfo, dialledHosts } from '../postgres/dial-conninfo.js';
import { reportError } from '../postgres/errors.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate as sqlstates } from '../postgres/sqlstate.js';
import type { Spec } from '../spec/spec.js';
import type { DialFacts, ServerFacts } from './facts.js';
import { subscribesItself } from './rights.js';

const { insufficientPrivilege } = sqlstates;
const beginSql = `begin; set local statement_timeout to '15s';`;

/** Keeps the password of the connection string out of the target's log; a superuser may. */
const unloggedSql = `
set local log_statement to none;
set local log_min_error_statement to panic;
set local log_min_duration_statement to -1;`;

/**
 * Lets the target server dial the source, by a subscription that is made and rolled back: it leaves nothing behind, and
 * fails with the words that the real one would. 15 s: libpq's connect_timeout does not hold within the server.
 */
export async function dialSource(spec: Spec, target: ServerFacts, database: string): Promise<DialFacts | null> {
  if (!mayCreateSubscription(target)) return null;
  const address = dialledHosts(spec.source)
    .map(({ host, port }) => `${host}:${port}`)
    .join(', ');
  try {
    await withConnection(spec.target.connection, { purpose: 'dial' }, async connection => {
      await connection.execute(target.user.superuser ? beginSql + unloggedSql : beginSql);
      await connection.execute(
        probeSql(spec.name, dialConninfo(spec.source, database, target.versionNum)),
        probeSql(spec.name, '(sensitive)'),
      );
      await connection.execute('rollback');
    });
    return { reachable: true, address, message: null, sqlstate: null };
  } catch (error) {
    const { message, detail, sqlstate } = reportError(error);
    // CREATE on this database is missing: nothing was dialled. The subscription's own database may well allow it.
    if (sqlstate === insufficientPrivilege && message.startsWith('permission denied for database')) return null;
    return {
      reachable: false,
      address,
      message: (detail === undefined ? message : `${message}: ${detail}`).replaceAll(/\s+/g, ' '),
      sqlstate: sqlstate ?? null,
    };
  }
}

function probeSql(migration: string, conninfo: string): string {
  return `create subscription ${quoteIdentifier(`pgm_${migration}_dial`)}
  connection ${quoteLiteral(conninfo)}
  publication ${quoteIdentifier(`pgm_${migration}_dial`)}
  with (connect = true, create_slot = false, slot_name = none, enabled = false, copy_data = false)`;
}

function mayCreateSubscription(target: ServerFacts): boolean {
  return !target.inRecovery && subscribesItself(target);
}
