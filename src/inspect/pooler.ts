import type { Conninfo } from '../postgres/conninfo.js';
import type { Connection } from '../postgres/connection.js';
import { withConnection } from '../postgres/connect.js';

const backendPidSql = 'select pg_backend_pid() as pid';

/**
 * A pooler or proxy between us and PostgreSQL: it makes up the process id of the connection's start-up, so that the
 * backend's own is another one. Two connections, both open and idle, that meet the same backend: it pools transactions.
 * @returns what is there in words, null when the server itself answers
 */
export async function detectPooler(conninfo: Conninfo, connection: Connection, backendPid: number): Promise<string | null> {
  if (connection.pid === backendPid) return null;
  const pids = await twoBackends(conninfo).catch(() => null);
  return pids !== null && pids[0] === pids[1] ? 'a connection pooler in transaction mode' : 'a connection pooler or proxy';
}

async function twoBackends(conninfo: Conninfo): Promise<readonly [number, number]> {
  const purpose = { purpose: 'inspect pooler' };
  return withConnection(conninfo, purpose, async first => {
    const { pid } = await first.row<{ pid: number }>(backendPidSql);
    return withConnection(conninfo, purpose, async second => [pid, (await second.row<{ pid: number }>(backendPidSql)).pid] as const);
  });
}
