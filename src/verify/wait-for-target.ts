import type { Connection } from '../postgres/connection.js';
import { waitApplied } from '../replication/lag.js';
import type { TellingWait } from './snapshots.js';

/**
 * Milliseconds without any advance: a large transaction is applied as a whole. A position stands still, so lanes that
 * advance come to it, however fast others write.
 */
const standstill = 600_000;

/**
 * Waits for lanes to apply what their publisher had.
 * @param withLeader a session on the publisher
 */
export function waitForLanes(
  lanes: readonly string[],
  withLeader: (use: (session: Connection) => Promise<void>) => Promise<void>,
  signal: AbortSignal,
): TellingWait {
  return (lsn, onBehind) =>
    withLeader(async session => {
      // Moves the WAL of an idle server, so that there is something to apply.
      await session.rows("select pg_logical_emit_message(true, 'pgm', 'verify')");
      await waitApplied(session, lanes, lsn, {
        timeout: standstill,
        timeoutFrom: 'advance',
        every: 20,
        signal,
        onBehind,
      });
    });
}
