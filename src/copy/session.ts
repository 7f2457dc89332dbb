import { begunWith, connect, type ConnectOptions } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { tablesOnly } from '../postgres/tables-only.js';

/** As for pg_dump: a table that somebody holds is tried again a few times, and not waited for without end. */
export const longLockTry = { lock_timeout: '60s' } as const;

/** Values are stored and computed as the database's own sessions would. */
const sessionSettings = {
  ...longLockTry,
  // Without it a busy server could end us in the middle; the peer is watched by keepalives instead.
  client_min_messages: 'warning',
} as const;

/** For DDL: whoever comes after a statement that waits for its lock waits behind it. */
export const shortLockTry = { lock_timeout: '10s' } as const;

/** A session for reading from the source during the copy: of tables alone. */
export async function connectToRead(
  conninfo: Conninfo,
  options: ConnectOptions,
  extra: Readonly<Record<string, string>> = {},
): Promise<Connection> {
  return begunWith(await connectForCopy(conninfo, { ...options, reads: true }, extra), async connection => {
    await connection.rows(`select ${tablesOnly}`);
  });
}

/**
 * A session for writing to the target during the copy. What it makes there, materialized views, indexes and
 * constraints, may read views itself, or by functions.
 */
export async function connectForCopy(
  conninfo: Conninfo,
  options: ConnectOptions,
  extra: Readonly<Record<string, string>> = {},
): Promise<Connection> {
  const { client_encoding: encoding = 'UTF8', ...settings } = extra;
  const begun = { ...options, computes: true, settings: { ...sessionSettings, ...settings } };
  return begunWith(await connect(conninfo, begun), async connection => {
    // node-postgres says UTF8 in the startup packet, and has the last word there.
    if (encoding !== 'UTF8') await connection.set('client_encoding', encoding);
  });
}

/**
 * Keeps triggers, event triggers and foreign keys of the target out of pgm's own statements, where the role may: by
 * itself, or by aiven_extras. Where neither is given they act, on tables that have none yet.
 */
export async function keepTriggersOut(connection: Connection): Promise<void> {
  if (await trySet(connection, 'session_replication_role', 'replica')) return;
  const { callable } = await connection.row<{ callable: boolean }>(extrasSql);
  if (callable) await connection.rows("select aiven_extras.session_replication_role('replica')");
}

const extrasSql = `
select exists (
  select from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'aiven_extras' and p.proname = 'session_replication_role' and p.prosecdef
    and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')) as callable`;

/** Sets what only some roles may set; says whether it could. */
export async function trySet(connection: Connection, name: string, value: string): Promise<boolean> {
  try {
    await connection.set(name, value);
    return true;
  } catch {
    return false;
  }
}
