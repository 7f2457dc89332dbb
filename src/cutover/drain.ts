import { waitApplied } from '../replication/lag.js';
import type { DatabaseSessions } from './sessions.js';

/** Milliseconds between two looks at replay_lsn. */
const lookEvery = 2;

/** The position in the WAL of the side that hands over up to which each database is applied, by name. */
export type Drained = ReadonlyMap<string, string>;

/**
 * Waits until everything committed before the locks is applied on the other side, in all databases and lanes at once.
 * The final position is taken after the locks are held; a synchronous commit behind it forces the WAL of asynchronous
 * commits out, and moves the WAL of an idle server, so that the walsenders have something to report.
 */
export async function drain(sessions: readonly DatabaseSessions[], timeout: number, signal: AbortSignal): Promise<Drained> {
  const drained = await Promise.all(
    sessions.map(async ({ database, from }) => {
      const { lsn } = await from.row<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
      if (database.lanes.length > 0) {
        await from.rows("select pg_logical_emit_message(true, 'pgm', 'drain')");
        await waitApplied(from, database.lanes, lsn, { timeout, every: lookEvery, signal });
      }
      return [database.name, lsn] as const;
    }),
  );
  return new Map(drained);
}

/** One synchronous commit on the other side: all that the apply workers committed before it is durable with it. */
export async function makeDurable(sessions: readonly DatabaseSessions[]): Promise<void> {
  await Promise.all(sessions.slice(0, 1).map(({ to }) => to.rows("select pg_logical_emit_message(true, 'pgm', 'durable')")));
}
