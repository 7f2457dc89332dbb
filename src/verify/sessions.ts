import { connect, withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { tablesOnly } from '../postgres/tables-only.js';
import { onBoth, type Both, type Pair, type Side } from './sides.js';
import { has } from '../postgres/since.js';

export interface Servers extends Both<Conninfo> {
  readonly database: string;
  /** As in `connect`. */
  readonly purpose?: string;
}

/** The sessions of one comparison: opened as they are needed, ended together. */
export class Sessions {
  readonly #servers: Servers;
  readonly #signal: AbortSignal;
  readonly #open: { readonly side: Side; readonly connection: Connection }[] = [];

  constructor(servers: Servers, signal: AbortSignal) {
    this.#servers = servers;
    this.#signal = signal;
  }

  /** A session in which a value has one text only, as in all of pgm, and that writes nothing. */
  async open(side: Side): Promise<Connection> {
    this.#signal.throwIfAborted();
    const connection = await connect(this.#servers[side], {
      database: this.#servers.database,
      purpose: this.#servers.purpose ?? 'verify',
      reads: true,
    });
    this.#open.push({ side, connection });
    const server = await connection.row<ServerTraits>(serverTraits);
    await connection.execute(settings(server));
    // Not every platform can notice a lost client while it computes; where it can, a killed pgm leaves no long scan
    // behind.
    if (has(server.version, 'connectionCheck'))
      await connection.execute("set client_connection_check_interval = '10s'").catch(() => undefined);
    return connection;
  }

  async pair(): Promise<Pair> {
    return onBoth(side => this.open(side));
  }

  /**
   * Ends these sessions on the servers, whatever they are computing: a closed socket alone would not, and behind a dead
   * link nobody closes it.
   */
  async cancel(): Promise<void> {
    await onBoth(async side => {
      const ours = this.#open.flatMap(session => (session.side === side ? [session.connection] : []));
      const [{ applicationName } = { applicationName: '' }] = ours;
      if (ours.length === 0) return;
      const pids = ours.map(({ pid }) => pid);
      const options = { database: this.#servers.database, purpose: 'verify cancel', reads: true };
      await withConnection(this.#servers[side], options, connection =>
        connection.rows(endBackends, [pids, applicationName]),
      ).catch(() => undefined);
    });
  }

  /** Ends the sessions; those in the middle of a statement are cut off. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map(({ connection }) => connection.close()));
  }
}

/** Opens sessions for `use` and ends them whatever happens; when aborted, the servers end them first. */
export async function withSessions<T>(
  servers: Servers,
  signal: AbortSignal,
  use: (sessions: Sessions) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const sessions = new Sessions(servers, signal);
  let cancelled: Promise<void> | undefined;
  const cancel = (): void => {
    cancelled ??= sessions.cancel();
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await use(sessions);
  } catch (error) {
    // The other workers' statements would otherwise run on until the servers are done with them.
    cancel();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
    await cancelled;
    await sessions.close();
  }
}

interface ServerTraits {
  readonly version: number;
  readonly encoding: string;
}

const serverTraits = `
  select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`;

const endBackends = `
  select pg_terminate_backend(pid)
  from pg_stat_activity
  where pid = any($1::int[])
    and application_name = $2`;

function settings({ encoding }: ServerTraits): string {
  return [
    'set default_transaction_read_only = on',
    `select ${tablesOnly}`,
    // The bytes as they are: a server without an encoding would refuse those that are no UTF-8.
    ...(encoding === 'SQL_ASCII' ? ["set client_encoding = 'SQL_ASCII'"] : []),
    // Sums by bucket are to be hashed; the planner takes every bucket for a distinct key and would sort.
    'set enable_sort = off',
    "set work_mem = '64MB'",
    // Parallel work is by sessions, so that `jobs` says what a server has to bear.
    'set max_parallel_workers_per_gather = 0',
  ].join('; ');
}
