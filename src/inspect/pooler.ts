import type { Conninfo } from '../postgres/conninfo.js';
import type { Connection } from '../postgres/connection.js';
import { withConnection } from '../postgres/connect.js';
import type { ServerFacts } from './server-facts.js';

const backendPidSql = 'select pg_backend_pid() as pid';

/** Where the backend was called: PostgreSQL's own address, as whoever stands before it dials it. */
const ownAddressSql =
  'select case when inet_server_addr() is not null then format(case family(inet_server_addr()) when 6 then ' +
  `'[%s]:%s' else '%s:%s' end, host(inet_server_addr()), inet_server_port()) end as address`;

/**
 * A pooler or proxy between us and PostgreSQL: it makes up the process id of the connection's start-up, so that the
 * backend's own is another one. Two connections, both open and idle, that meet the same backend: it pools transactions.
 * @returns null when the server itself answers
 */
export async function detectPooler(
  conninfo: Conninfo,
  connection: Connection,
  backendPid: number,
): Promise<ServerFacts['pooler']> {
  if (connection.pid === backendPid) return null;
  const { address } = await connection.row<{ address: string | null }>(ownAddressSql);
  const pids = await twoBackends(conninfo).catch(() => null);
  return {
    kind:
      pids !== null && pids[0] === pids[1] ? 'a connection pooler in transaction mode' : 'a connection pooler or proxy',
    server: address,
  };
}

async function twoBackends(conninfo: Conninfo): Promise<readonly [number, number]> {
  const purpose = { purpose: 'inspect pooler' };
  return withConnection(conninfo, purpose, async first => {
    const { pid } = await first.row<{ pid: number }>(backendPidSql);
    return withConnection(
      conninfo,
      purpose,
      async second => [pid, (await second.row<{ pid: number }>(backendPidSql)).pid] as const,
    );
  });
}
