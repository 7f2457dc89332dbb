import type { Conninfo } from '../postgres/conninfo.js';
import type { Connection } from '../postgres/connection.js';
import { withConnection } from '../postgres/connect.js';
import { StatementError } from '../postgres/errors.js';

const backendPidSql = 'select pg_backend_pid() as pid';

/**
 * A pooler or proxy between us and PostgreSQL: it makes up the process id of the connection's start-up, so that the
 * backend's own is another one. Two open connections that meet the same backend: it pools transactions, not sessions.
 * @returns what is there in words, null when the server itself answers
 */
export async function detectPooler(conninfo: Conninfo, connection: Connection, backendPid: number): Promise<string | null> {
  if (connection.pid === backendPid) return null;
  const other = await withConnection(conninfo, { purpose: 'inspect pooler' }, second => second.row<{ pid: number }>(backendPidSql)).catch(() => null);
  return other?.pid === backendPid ? 'a connection pooler in transaction mode' : 'a connection pooler or proxy';
}

/** PgBouncer's own words when it refuses a start-up parameter or has no server to give. */
export function poolerRefusal(error: unknown): boolean {
  return error instanceof StatementError && /unsupported startup parameter|pgbouncer|query_wait_timeout|no such database:/i.test(error.message);
}
