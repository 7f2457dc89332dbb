import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';

/** How far one lane is, as its publisher sees it. */
export interface LaneLag {
  readonly slot: string;
  readonly database: string;
  readonly active: boolean;
  /** `reserved`, `extended`, `unreserved` or `lost`. */
  readonly walStatus: string | null;
  readonly retainedWalBytes: number | null;
  /** Bytes between the last written and the last applied position. */
  readonly lagBytes: number | null;
  readonly lagSeconds: number | null;
}

/**
 * replay_lsn is what the apply worker reports as applied; the slot's confirmed_flush_lsn follows 200 ms and more later
 * [measured, 15 and 18], so it is only used where pg_stat_replication shows NULLs for want of rights.
 * wal_status is new in 13: read through to_jsonb it is NULL before, instead of an error.
 */
const lagSql = `
select s.slot_name as slot,
       s.database::text as database,
       s.active,
       to_jsonb(s) ->> 'wal_status' as "walStatus",
       pg_wal_lsn_diff(w.lsn, s.restart_lsn)::float8 as "retainedWalBytes",
       greatest(0, pg_wal_lsn_diff(w.lsn, coalesce(r.replay_lsn, s.confirmed_flush_lsn)))::float8 as "lagBytes",
       extract(epoch from r.replay_lag)::float8 as "lagSeconds"
from pg_replication_slots s
cross join (select pg_current_wal_insert_lsn() as lsn) w
left join pg_stat_replication r on r.pid = s.active_pid
where s.slot_name = any($1)`;

export async function readLag(publisher: Connection, slots: readonly string[]): Promise<readonly LaneLag[]> {
  return publisher.rows<LaneLag>(lagSql, [slots]);
}

const behindSql = `
select s.slot_name as slot,
       s.active,
       to_jsonb(s) ->> 'wal_status' as wal_status,
       coalesce(r.replay_lsn, s.confirmed_flush_lsn)::text as applied,
       pg_wal_lsn_diff($2::pg_lsn, coalesce(r.replay_lsn, s.confirmed_flush_lsn))::float8 as bytes
from pg_replication_slots s
left join pg_stat_replication r on r.pid = s.active_pid
where s.slot_name = any($1)`;

export interface AppliedWait {
  /** Milliseconds to wait at the most; see {@link timeoutFrom}. */
  readonly timeout: number;
  /**
   * What the timeout counts from; `advance`: a lane that comes nearer is waited for, however long it takes. Left out:
   * `begin`.
   */
  readonly timeoutFrom?: 'begin' | 'advance';
  /** Milliseconds between two looks. */
  readonly every: number;
  readonly signal: AbortSignal;
  /** Bytes still to apply, over all lanes; called at every look. */
  readonly onBehind?: (bytes: number) => void;
}

interface BehindRow {
  readonly slot: string;
  readonly active: boolean;
  readonly wal_status: string | null;
  readonly bytes: number;
}

/**
 * Waits until every slot's subscriber has applied all up to `lsn`.
 * @throws UserError when a slot is gone or lost, or when time is up: says which lane is how far behind
 */
export async function waitApplied(
  publisher: Pick<Connection, 'rows'>,
  slots: readonly string[],
  lsn: string,
  wait: AppliedWait,
): Promise<void> {
  let deadline = performance.now() + wait.timeout;
  let least = Infinity;
  for (;;) {
    wait.signal.throwIfAborted();
    const rows = await publisher.rows<BehindRow>(behindSql, [slots, lsn]);
    const gone = slots.find(slot => !rows.some(row => row.slot === slot));
    if (gone !== undefined)
      throw new UserError(`replication slot "${gone}" is gone: changes since then are lost`, {
        code: 'PGM601',
        hint: 'run `pgm plan`: it offers to copy its tables again',
      });
    const lost = rows.find(row => row.wal_status === 'lost');
    if (lost !== undefined)
      throw new UserError(
        `replication slot "${lost.slot}" is lost: the source removed WAL that it still needed (max_slot_wal_keep_size)`,
        { code: 'PGM601', hint: 'run `pgm plan`: it offers to copy its tables again' },
      );
    const behind = rows.filter(row => row.bytes > 0 || !row.active);
    const bytes = rows.reduce((sum, row) => sum + Math.max(0, row.bytes), 0);
    wait.onBehind?.(bytes);
    if (behind.length === 0) return;
    if (wait.timeoutFrom === 'advance' && bytes < least) deadline = performance.now() + wait.timeout;
    least = Math.min(least, bytes);
    if (performance.now() > deadline) {
      const [worst] = [...behind].sort((a, b) => b.bytes - a.bytes);
      throw new UserError(
        `${wait.timeoutFrom === 'advance' ? 'no advance for' : 'not drained in'} ${Math.round(wait.timeout / 1000)} ` +
          `s: lane "${worst?.slot ?? ''}" is ${Math.max(0, worst?.bytes ?? 0)} bytes ` +
          `behind${worst?.active === true ? '' : ' and nobody is connected to it'}`,
        { code: 'PGM865', hint: 'look at `pgm status` and at the subscriber’s log for apply errors' },
      );
    }
    await sleep(wait.every, undefined, { signal: wait.signal });
  }
}
