import { connect, withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { endLostSession, runPurpose } from '../postgres/run-sessions.js';
import type { Side, SwitchDatabase } from './side.js';

/** Sessions of one database during the switch, opened before writes stop. */
export interface DatabaseSessions {
  readonly database: SwitchDatabase;
  /** Holds the locks: nothing else runs on it. */
  readonly lock: Connection;
  readonly from: Connection;
  readonly to: Connection;
}

/**
 * Our own sessions wait for nothing for ever. What they commit is on the disk of its server, and does not wait for
 * synchronous standbys: one that is away, or is pgm's own lane, would hold the write stop for good, and a commit that
 * is waited for is there although nobody sees it.
 */
const settings = { lock_timeout: '10s', synchronous_commit: 'local' } as const;

/**
 * Milliseconds that locks may be held after the write stop's own limit: for the block, which ends the waiting writers.
 */
const grace = 30_000;

/**
 * When the machine that pgm runs on is gone no packet ends the session. The server then frees the tables by itself:
 * by keepalives within seconds, and in any case when the transaction with the locks did nothing for too long.
 */
const lockSettings = (timeout: number): Readonly<Record<string, string>> => ({
  tcp_keepalives_idle: '2',
  tcp_keepalives_interval: '2',
  tcp_keepalives_count: '3',
  idle_in_transaction_session_timeout: String(timeout + grace),
});

async function open(
  side: Side,
  database: string,
  purpose: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Connection> {
  return connect(side.conninfo, {
    database,
    purpose: runPurpose(side.migration, purpose),
    settings: { ...settings, ...more },
  });
}

/** @param timeout milliseconds that the write stop may last */
export async function withSessions<T>(
  from: Side,
  to: Side,
  databases: readonly SwitchDatabase[],
  timeout: number,
  use: (sessions: readonly DatabaseSessions[]) => Promise<T>,
): Promise<T> {
  const opened: Connection[] = [];
  const keep = async (connection: Promise<Connection>): Promise<Connection> => {
    const made = await connection;
    opened.push(made);
    return made;
  };
  try {
    const sessions: DatabaseSessions[] = [];
    for (const database of databases) {
      const made = await Promise.allSettled([
        keep(open(from, database.name, 'cutover lock', lockSettings(timeout))),
        keep(open(from, database.name, 'cutover')),
        keep(open(to, database.name, 'cutover')),
      ]);
      const [lock, fromWork, toWork] = made.map(settled => {
        if (settled.status === 'rejected') throw settled.reason;
        return settled.value;
      });
      if (lock !== undefined && fromWork !== undefined && toWork !== undefined)
        sessions.push({ database, lock, from: fromWork, to: toWork });
    }
    return await use(sessions);
  } finally {
    await Promise.all(opened.map(connection => connection.close()));
  }
}

/** A session of one side's database with the settings of the switch, for the time of `use`. */
export async function withSession<T>(
  side: Side,
  database: string,
  use: (session: Connection) => Promise<T>,
): Promise<T> {
  const session = await open(side, database, 'cutover');
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/**
 * After {@link cut}: ends what the servers still take for alive. Behind a dead link they would keep the locks until
 * their own limits pass, and the other sessions for hours. A server that cannot be reached has these limits.
 */
export async function endLost(from: Side, to: Side, sessions: readonly DatabaseSessions[]): Promise<void> {
  const end = async ({ conninfo, migration }: Side, lost: readonly Connection[]): Promise<void> => {
    const connectTimeout = Math.min(conninfo.connectTimeout ?? connectSeconds, connectSeconds);
    await withConnection(
      { ...conninfo, connectTimeout },
      { database: sessions[0]?.database.name ?? conninfo.database, purpose: runPurpose(migration, 'cutover') },
      async connection => {
        for (const session of lost) await endLostSession(connection, session);
      },
    ).catch(() => undefined);
  };
  await Promise.all([
    end(
      from,
      sessions.flatMap(session => [session.lock, session.from]),
    ),
    end(
      to,
      sessions.map(session => session.to),
    ),
  ]);
}

const connectSeconds = 3;

/** Cuts every session at once, whatever it is doing: the servers roll back and let go of all locks. */
export function cut(sessions: readonly DatabaseSessions[]): void {
  for (const { lock, from, to } of sessions) for (const session of [lock, from, to]) session.destroy();
}
