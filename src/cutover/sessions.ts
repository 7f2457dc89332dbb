import { connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Side, SwitchDatabase } from './side.js';

/** Sessions of one database during the switch, opened before writes stop. */
export interface DatabaseSessions {
  readonly database: SwitchDatabase;
  /** Holds the locks: nothing else runs on it. */
  readonly lock: Connection;
  readonly from: Connection;
  readonly to: Connection;
}

/** Our own sessions write also where the database is read-only by default, and wait for nothing for ever. */
const settings = "set default_transaction_read_only = off; set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = '10s'; set synchronous_commit = on";

async function open(side: Side, database: string, purpose: string): Promise<Connection> {
  const connection = await connect(side.conninfo, { database, purpose });
  await connection.execute(settings);
  return connection;
}

export async function withSessions<T>(from: Side, to: Side, databases: readonly SwitchDatabase[], use: (sessions: readonly DatabaseSessions[]) => Promise<T>): Promise<T> {
  const opened: Connection[] = [];
  const keep = async (connection: Promise<Connection>): Promise<Connection> => {
    const made = await connection;
    opened.push(made);
    return made;
  };
  try {
    const sessions: DatabaseSessions[] = [];
    for (const database of databases) {
      const [lock, fromWork, toWork] = await Promise.all([keep(open(from, database.name, 'cutover lock')), keep(open(from, database.name, 'cutover')), keep(open(to, database.name, 'cutover'))]);
      sessions.push({ database, lock, from: fromWork, to: toWork });
    }
    return await use(sessions);
  } finally {
    // Destroyed rather than ended in good order: a session in the middle of something frees its locks at once.
    await Promise.all(opened.map(connection => connection.close()));
  }
}
