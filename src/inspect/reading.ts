import type { Conninfo } from '../postgres/conninfo.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';

/**
 * Read only, so that no transaction id is taken; names of types and of what they refer to come out with their schema.
 * The timeouts keep a plan from waiting behind someone else's lock. No settings in the startup packet: poolers refuse them.
 */
const beginReadingSql = `
begin isolation level read committed read only;
set local search_path to pg_catalog, pg_temp;
set local statement_timeout to '60s';
set local lock_timeout to '10s';
set local work_mem to '16MB';
set local idle_in_transaction_session_timeout to 0;
set local jit to off`;

/** Opens a session, in it one read-only transaction, and closes both. */
export async function reading<T>(
  conninfo: Conninfo,
  database: string | undefined,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  return withConnection(conninfo, { purpose: 'inspect', ...(database === undefined ? {} : { database }) }, connection =>
    connection.transaction(() => use(connection), beginReadingSql),
  );
}
