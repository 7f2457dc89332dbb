import { begunWith, connect, type ConnectOptions } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { noLaterTimeouts } from '../postgres/later-timeouts.js';

/** As for pg_dump: a table that somebody holds is tried again a few times, and not waited for without end. */
export const longLockTry = { lock_timeout: '60s' } as const;

/** What pg_dump sets, so that values mean the same on both sides, and no timeout of a role or database ends the copy. */
const sessionSettings = {
  statement_timeout: '0',
  ...longLockTry,
  idle_in_transaction_session_timeout: '0',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  row_security: 'off',
  search_path: '',
  check_function_bodies: 'off',
  xmloption: 'content',
  standard_conforming_strings: 'on',
  default_transaction_read_only: 'off',
  default_tablespace: '',
  // Without it a busy server could end us in the middle; the peer is watched by keepalives instead.
  client_min_messages: 'warning',
} as const;

/** For DDL: whoever comes after a statement that waits for its lock waits behind it. */
export const shortLockTry = { lock_timeout: '10s' } as const;

/** A session for reading from the source or writing to the target during the copy. */
export async function connectForCopy(
  conninfo: Conninfo,
  options: ConnectOptions,
  extra: Readonly<Record<string, string>> = {},
): Promise<Connection> {
  const settings = Object.entries({ ...sessionSettings, ...extra });
  return begunWith(await connect(conninfo, options), async connection => {
    await connection.rows(
      `select ${settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`).join(', ')}, ${noLaterTimeouts}`,
      settings.flat(),
    );
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
