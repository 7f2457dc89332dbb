import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../postgres/connect.js';
import type { Spec } from '../spec/spec.js';

interface BlockedRow {
  readonly waiting: string;
  readonly waitedSeconds: number;
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly ageSeconds: number | null;
  readonly query: string | null;
}

/**
 * Sessions of the run that wait for a lock, each with those outside of the run that hold it; a prepared transaction has
 * pid 0.
 */
const blockedSql = `
select left(regexp_replace(w.query, '\\s+', ' ', 'g'), 80) as waiting,
       extract(epoch from now() - w.query_start)::float8 as "waitedSeconds",
       p.pid,
       b.usename::text as "user",
       b.application_name as application,
       extract(epoch from now() - b.xact_start)::float8 as "ageSeconds",
       left(regexp_replace(b.query, '\\s+', ' ', 'g'), 100) as query
from pg_stat_activity w
cross join lateral unnest(pg_blocking_pids(w.pid)) as p (pid)
left join pg_stat_activity b on b.pid = p.pid
where starts_with(w.application_name, $1)
  and w.wait_event_type = 'Lock'
  and now() - w.query_start > interval '1 second'
  and not starts_with(coalesce(b.application_name, ''), $1)`;

type Side = 'source' | 'target';
const bothSides: readonly Side[] = ['source', 'target'];

/** Milliseconds between two looks. */
const every = 2_000;
const firstAfter = 1_000;

/** A lock that a session of the run was seen to wait for, and who holds it. */
export interface SeenLock {
  readonly side: 'source' | 'target';
  /** Of a backend; 0: a prepared transaction. */
  readonly pid: number;
  readonly words: string;
  /** performance.now() */
  readonly at: number;
}

/** What the watch saw last; null: nothing within the last tries. */
export type LastLock = () => SeenLock | null;

/** Milliseconds for which a sight explains a failure: a try's own limit and two looks. */
const fresh = 30_000;

/** While `use` runs, each session of others that a step waits for is told once: who, since when, doing what. */
export async function explainingLockWaits<T>(
  spec: Spec,
  tell: (message: string) => void,
  use: (last: LastLock) => Promise<T>,
  sides: readonly Side[] = bothSides,
): Promise<T> {
  const over = new AbortController();
  let last: SeenLock | null = null;
  watch(spec, sides, tell, seen => (last = seen), over.signal).catch(() => undefined);
  try {
    return await use(() => (last !== null && performance.now() - last.at < fresh ? last : null));
  } finally {
    over.abort();
  }
}

async function watch(
  spec: Spec,
  sides: readonly Side[],
  tell: (message: string) => void,
  see: (seen: SeenLock) => void,
  over: AbortSignal,
): Promise<void> {
  const told = new Set<string>();
  for (let pause = firstAfter; ; pause = every) {
    await sleep(pause, undefined, { signal: over, ref: false });
    for (const side of sides) {
      // A server that cannot be asked now is somebody else's to tell.
      const rows = await withConnection(spec[side].connection, { purpose: 'lock waits', reads: true }, session =>
        session.rows<BlockedRow>(blockedSql, [`pgm: ${spec.name}/`]),
      ).catch(() => []);
      if (over.aborted) return;
      for (const row of rows) {
        const key = `${side} ${row.pid} ${row.waiting}`;
        const words = inWords(side, row);
        see({ side, pid: row.pid, words, at: performance.now() });
        if (!told.has(key)) tell(words);
        told.add(key);
      }
    }
  }
}

function inWords(
  side: string,
  { waiting, waitedSeconds, pid, user, application, ageSeconds, query }: BlockedRow,
): string {
  const age = ageSeconds === null ? '' : `, its transaction is ${Math.round(ageSeconds)} s old`;
  const who =
    pid === 0
      ? 'a prepared transaction (see pg_prepared_xacts)'
      : `pid ${pid} ` +
        `(${user ?? '?'}${application === null || application === '' ? '' : `, ${application}`}${age})${query === null || query === '' ? '' : `: ${query}`}`;
  return `on the ${side}, "${waiting}" has waited ${Math.round(waitedSeconds)} s for a lock of ${who}`;
}
