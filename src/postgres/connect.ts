import pg from 'pg';
import type { ClientConfig } from 'pg';
import { Connection } from './connection.js';
import type { Conninfo } from './conninfo.js';
import { StatementError } from './errors.js';
import { ReusingSocket } from './reusing-socket.js';
import { watch, type ServerSideState } from './watchdog.js';
import { tlsAttempts, type TlsAttempt } from './tls.js';

export interface ConnectOptions {
  /** Instead of the conninfo's database. */
  readonly database?: string;
  /** Part of application_name after `pgm: `, so that pg_stat_activity tells who it is. */
  readonly purpose: string;
  /** A logical replication connection (walsender): simple query protocol only. */
  readonly replication?: boolean;
  /** Session settings, sent in the startup packet. */
  readonly settings?: Readonly<Record<string, string>>;
  /** False: whoever opens it watches over it. */
  readonly watched?: boolean;
}

const defaultConnectSeconds = 10;

/** Opens a session, calls `use` with it and closes it whatever happens. */
export async function withConnection<T>(
  conninfo: Conninfo,
  options: ConnectOptions,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(conninfo, options);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** What a session begins with; one that cannot begin so is closed. */
export async function begunWith(
  connection: Connection,
  prepare: (connection: Connection) => Promise<void>,
): Promise<Connection> {
  try {
    await prepare(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * Opens a session as libpq would: each host in turn, TLS by sslmode, target_session_attrs.
 * Whoever calls must close it; prefer {@link withConnection}.
 * @throws StatementError with the server's or the system's code of the last attempt
 */
export async function connect(conninfo: Conninfo, options: ConnectOptions): Promise<Connection> {
  let last: unknown;
  for (const { host, port } of conninfo.hosts) {
    let refused = false;
    for (const tls of inOrder(tlsAttempts(conninfo, host), `${host}:${port}`)) {
      try {
        const connection = await open(conninfo, options, host, port, tls);
        if (await fits(connection, conninfo)) {
          if (options.watched !== false) watch(connection, end => askServer(connection, end));
          return connection;
        }
        await connection.close();
        last = new Error(`no host of the list is "${conninfo.targetSessionAttrs}" (target_session_attrs)`);
      } catch (error) {
        const noTls = tls !== false && hasNoTls(error);
        if (noTls) withoutTls.add(`${host}:${port}`);
        // Why plain text was refused is what its user must know, not that the other way does not exist.
        if (!noTls || !refused) last = error;
        refused = true;
        if (!worthOtherTls(error)) break;
      }
    }
  }
  throw last instanceof StatementError ? last : new StatementError(last);
}

/**
 * `host:port` of servers that answered that they have no TLS. node-postgres cannot go on with the same connection, as
 * libpq does, so that each session of sslmode=prefer, the default, would be opened twice.
 */
const withoutTls = new Set<string>();

/** Where both kinds are allowed, plain text comes first for a server that had no TLS before. */
function inOrder(attempts: readonly TlsAttempt[], address: string): readonly TlsAttempt[] {
  return attempts.length > 1 && withoutTls.has(address)
    ? attempts.toSorted((a, b) => Number(a !== false) - Number(b !== false))
    : attempts;
}

function hasNoTls(error: unknown): boolean {
  return /server does not support SSL/i.test((error as { message?: string }).message ?? '');
}

const serverSideSql = `
select state, wait_event as "waitEvent"
from pg_stat_activity
where pid = $1`;

const answerWithin = 5_000;

/** What the server does for a session, asked through another one: the first may be dead. */
async function askServer({ conninfo, database, pid }: Connection, end: boolean): Promise<ServerSideState | null> {
  const connectTimeout = Math.min(conninfo.connectTimeout ?? defaultConnectSeconds, answerWithin / 1000);
  return withConnection(
    { ...conninfo, connectTimeout },
    { database, purpose: 'is it alive', watched: false },
    async connection => {
      const timer = setTimeout(() => connection.destroy(), answerWithin);
      try {
        const [row] = await connection.rows<ServerSideState>(serverSideSql, [pid]);
        if (end) await connection.rows('select pg_terminate_backend($1)', [pid]);
        return row ?? null;
      } finally {
        clearTimeout(timer);
      }
    },
  );
}

async function open(
  conninfo: Conninfo,
  options: ConnectOptions,
  host: string,
  port: number,
  tls: TlsAttempt,
): Promise<Connection> {
  const client = new pg.Client(clientConfig(conninfo, options, host, port, tls));
  const reported = parametersOf(client);
  const connection = new Connection(client, conninfo, options.database ?? conninfo.database, {
    host,
    port,
    tls: tls !== false,
  });
  await client.connect().catch((error: unknown) => {
    // Not in good order: a peer that has gone in the middle of it never answers a goodbye, and pgm would not end.
    connection.destroy();
    throw error;
  });
  // A database may still read backslashes in strings as escapes; pgm's statements, and node-postgres, do not.
  if (reported.get('standard_conforming_strings') === 'off')
    await connection.execute('set standard_conforming_strings = on');
  return connection;
}

/** What the server reports of its session, filled while it connects. */
function parametersOf(client: pg.Client): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  connection.on(
    'parameterStatus',
    ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) =>
      parameters.set(parameterName, parameterValue),
  );
  return parameters;
}

function clientConfig(
  conninfo: Conninfo,
  options: ConnectOptions,
  host: string,
  port: number,
  tls: TlsAttempt,
): ClientConfig {
  const settings = Object.entries(options.settings ?? {}).map(
    ([name, value]) => `-c ${name}=${value.replaceAll(/([\\ ])/g, '\\$1')}`,
  );
  const commandLine = [conninfo.options, ...settings].filter(part => part !== undefined && part !== '').join(' ');
  return {
    host,
    port,
    user: conninfo.user,
    database: options.database ?? conninfo.database,
    ...(conninfo.password === undefined ? {} : { password: conninfo.password.reveal() }),
    ssl: tls,
    stream: () => new ReusingSocket(),
    application_name: `pgm: ${options.purpose}`.slice(0, 63),
    connectionTimeoutMillis: (conninfo.connectTimeout ?? defaultConnectSeconds) * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(commandLine === '' ? {} : { options: commandLine }),
    // Read by node-postgres, missing from its types.
    ...(options.replication === true ? ({ replication: 'database' } as object) : {}),
  };
}

/** The other kind of transport is tried when TLS itself failed, or when pg_hba.conf refused this kind, as libpq does. */
function worthOtherTls(error: unknown): boolean {
  const { message, code } = error as { message?: string; code?: string };
  return code === '28000' || /does not support SSL|SSL|TLS|self.signed|certificate/i.test(message ?? '');
}

async function fits(connection: Connection, conninfo: Conninfo): Promise<boolean> {
  const wanted = conninfo.targetSessionAttrs;
  if (wanted === 'any' || wanted === 'prefer-standby') return true;
  const [row] = await connection.rows<{ standby: boolean; read_only: string }>(
    "select pg_is_in_recovery() as standby, current_setting('transaction_read_only') as read_only",
  );
  const standby = row?.standby === true;
  const readOnly = standby || row?.read_only === 'on';
  switch (wanted) {
    // The primary, as libpq finds it, but also where pgm itself made a database read-only: after the cutover.
    case 'read-write':
      return !standby;
    case 'read-only':
      return readOnly;
    case 'primary':
      return !standby;
    case 'standby':
      return standby;
  }
}
