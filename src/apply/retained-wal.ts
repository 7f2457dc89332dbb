import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { withConnection } from '../postgres/connect.js';
import { formatBytes } from '../quantities.js';
import type { Spec } from '../spec/spec.js';

interface SlotRow {
  readonly name: string;
  readonly retained: number;
  readonly limit: number | null;
  readonly behind: number;
}

/**
 * `safe_wal_size`: what may still be written before the server takes the slot away; null: it never does, as before 13,
 * which lacks the column.
 */
const slotsSql = `
select slot_name as name,
       coalesce(pg_current_wal_lsn() - restart_lsn, 0)::float8 as retained,
       (pg_current_wal_lsn() - restart_lsn)::float8 + (to_jsonb(s) ->> 'safe_wal_size')::float8 as "limit",
       coalesce(greatest(0, pg_current_wal_lsn() - coalesce(r.replay_lsn, confirmed_flush_lsn)), 0)::float8 as behind
from pg_replication_slots s
left join pg_stat_replication r on r.pid = s.active_pid
where starts_with(slot_name, $1)`;

/** Milliseconds between two looks, at most; at first they follow quicker, so that a short run is told of too. */
const every = 5_000;
const first = 300;
const slower = 1.3;
const warnAbove = 0.8;

/**
 * Watches how much WAL the migration's slots hold on the source while `use` runs. At four fifths of
 * `replication.max_retained_wal`, or of what the server itself allows, it warns; past the spec's limit the run ends, so
 * that the source's disk does not fill. Each look is told to `onLag`, in bytes that the target is behind over all
 * lanes.
 */
export async function watchingRetainedWal<T>(
  spec: Spec,
  warn: (message: string) => void,
  onLag: (bytes: number) => void,
  use: (exceeded: AbortSignal) => Promise<T>,
): Promise<T> {
  const exceeded = new AbortController();
  const over = new AbortController();
  watch(spec, warn, onLag, over.signal, exceeded).catch(() => undefined);
  try {
    return await use(exceeded.signal);
  } finally {
    over.abort();
  }
}

async function watch(
  spec: Spec,
  warn: (message: string) => void,
  onLag: (bytes: number) => void,
  over: AbortSignal,
  exceeded: AbortController,
): Promise<void> {
  const wanted = spec.replication.maxRetainedWal;
  const warned = new Set<string>();
  for (let pause = first; ; pause = Math.min(every, pause * slower)) {
    await sleep(pause, undefined, { signal: over, ref: false });
    // A source that cannot be asked now is somebody else's to tell.
    const slots = await withConnection(spec.source.connection, { purpose: 'retained WAL', reads: true }, session =>
      session.rows<SlotRow>(slotsSql, [`pgm_${spec.name}_`]),
    ).catch(() => []);
    if (slots.length > 0) onLag(slots.reduce((sum, { behind }) => sum + behind, 0));
    for (const { name, retained, limit } of slots) {
      if (wanted !== null && retained > wanted) {
        exceeded.abort(tooMuch(name, retained, wanted));
        return;
      }
      const least = Math.min(wanted ?? Infinity, limit ?? Infinity);
      if (retained <= least * warnAbove || warned.has(name)) continue;
      warned.add(name);
      const whose =
        least === wanted
          ? 'replication.max_retained_wal: the run ends there'
          : 'max_slot_wal_keep_size of the source: its tables must be copied again then';
      warn(
        `slot ${name} holds ${formatBytes(retained)} of WAL on the source; ` +
          `the limit is ${formatBytes(least)} (${whose})`,
      );
    }
  }
}

function tooMuch(name: string, retained: number, limit: number): UserError {
  return new UserError(
    `slot ${name} holds ${formatBytes(retained)} of WAL on the source, more than ` +
      `replication.max_retained_wal (${formatBytes(limit)})`,
    {
      kind: 'stopped',
      code: 'PGM602',
      hint:
        'the slot still holds it: `pgm stop --release` frees the source now. Or raise ' +
        'replication.max_retained_wal and run `pgm apply` again: it goes on from here',
    },
  );
}
