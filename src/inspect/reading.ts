import type { Conninfo } from '../postgres/conninfo.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';

/** Read only, so that no transaction id is taken. The timeouts keep a plan from waiting behind someone else's lock. */
const beginReadingSql = `
begin isolation level read committed read only;
set local statement_timeout to '60s';
set local lock_timeout to '10s';
set local work_mem to '16MB'`;

/** Milliseconds: the server ends each statement after a minute, and has a quarter of one to say so. */
const answersWithin = 75_000;

/** Opens a session, in it one read-only transaction, and closes both. */
export async function reading<T>(
  conninfo: Conninfo,
  database: string | undefined,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  return withConnection(
    conninfo,
    { purpose: 'inspect', reads: true, answersWithin, ...(database === undefined ? {} : { database }) },
    connection => connection.transaction(() => use(connection), beginReadingSql),
  );
}
