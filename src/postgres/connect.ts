import type { Connection } from './connection.js';
import type { Conninfo } from './conninfo.js';
import { StatementError } from './errors.js';
import { ProtocolError } from './protocol-error.js';
import { defaultConnectSeconds, openSession, type SessionOptions } from './open-session.js';
import { watch, type ServerSideState } from './watchdog.js';
import { tlsAttempts, type TlsAttempt } from './tls.js';

export interface ConnectOptions extends SessionOptions {
  /** False: whoever opens it watches over it. */
  readonly watched?: boolean;
}

/** Opens a session, calls `use` with it and closes it whatever happens. */
export async function withConnection<T>(
  conninfo: Conninfo,
  options: ConnectOptions,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(conninfo, options);
  try {
    return await use(connection);
  } catch (error) {
    throw isOfTheLanguage(error) ? new StatementError(new ProtocolError(unreadable(error), error)) : error;
  } finally {
    await connection.close();
  }
}

/** What JavaScript throws over a value that is not what it is taken for: the values come from the server. */
function isOfTheLanguage(error: unknown): error is Error {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

function unreadable({ message }: Error): string {
  return `pgm cannot read what it says (${message}). If it is PostgreSQL, this is a bug of pgm: --debug shows where`;
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
        const connection = await openSession(conninfo, options, { host, port, tls });
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
    { database, purpose: 'is it alive', reads: true, watched: false },
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

/**
 * The other kind of transport is tried when TLS itself failed, or when pg_hba.conf refused this kind, as libpq does.
 */
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
