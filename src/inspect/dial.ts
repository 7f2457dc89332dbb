import { withConnection } from '../postgres/connect.js';
import { dialledHosts, probeConninfo, wasAskedForPassword } from '../postgres/dial-conninfo.js';
import { reportError } from '../postgres/errors.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate as sqlstates } from '../postgres/sqlstate.js';
import type { Spec } from '../spec/spec.js';
import type { DialFacts, ServerFacts } from './facts.js';
import { subscribesItself } from './rights.js';
import { has } from '../postgres/since.js';

const { insufficientPrivilege } = sqlstates;
const beginSql = `begin; set local statement_timeout to '15s';`;

/**
 * Lets the target server dial the source, by a subscription that is made and rolled back: it leaves nothing behind, and
 * fails with the words that the real one would. It has no password: the way is known when the source asks for one.
 * 15 s: libpq's connect_timeout does not hold within the server.
 */
export async function dialSource(spec: Spec, target: ServerFacts, database: string): Promise<DialFacts | null> {
  if (!mayCreateSubscription(target)) return null;
  const address = dialledHosts(spec.source)
    .map(({ host, port }) => `${host}:${port}`)
    .join(', ');
  try {
    await withConnection(spec.target.connection, { purpose: 'dial' }, async connection => {
      // From 16 on the server itself asks whether there is one, before it dials.
      const needsPassword = !target.user.superuser && has(target.versionNum, 'subscriptionRole');
      const conninfo = probeConninfo(spec.source, database, target.versionNum, needsPassword);
      const name = `pgm_${spec.name}_dial`;
      await connection.execute(beginSql);
      await connection.execute(dialBySubscription(name, name, conninfo));
      await connection.execute('rollback');
    });
    return { reachable: true, address, message: null, sqlstate: null };
  } catch (error) {
    const { message, detail, sqlstate } = reportError(error);
    // CREATE on this database is missing: nothing was dialled. The subscription's own database may well allow it.
    if (sqlstate === insufficientPrivilege && message.startsWith('permission denied for database')) return null;
    const words = (detail === undefined ? message : `${message}: ${detail}`).replaceAll(/\s+/g, ' ');
    if (wasAskedForPassword(words)) return { reachable: true, address, message: null, sqlstate: null };
    return { reachable: false, address, message: words, sqlstate: sqlstate ?? null };
  }
}

/** Rolled back, it leaves nothing: the server only dials. */
export function dialBySubscription(name: string, publication: string, conninfo: string): string {
  return (
    `create subscription ${quoteIdentifier(name)} connection ${quoteLiteral(conninfo)} ` +
    `publication ${quoteIdentifier(publication)} with (connect = true, create_slot = false, ` +
    'slot_name = none, enabled = false, copy_data = false)'
  );
}

function mayCreateSubscription(target: ServerFacts): boolean {
  return !target.inRecovery && subscribesItself(target);
}
