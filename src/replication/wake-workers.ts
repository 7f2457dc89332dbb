import type { Connection } from '../postgres/connection.js';
import { readLag } from './lag.js';

/** A worker that nobody answered while it was connecting waits for ever: no timeout of PostgreSQL's is at work yet. */
const endWorkersSql = `
select pg_terminate_backend(pid)
from pg_stat_subscription
where subname = any($1) and relid is null and pid is not null`;

/** Their other ends, which do not have the slot yet. */
const endSendersSql = `
select pg_terminate_backend(pid)
from pg_stat_activity
where backend_type = 'walsender' and application_name = any($1)`;

/**
 * Lanes whose apply worker has been there for a while, or may have, where its start is not shown; one that is refused
 * the slot starts anew again and again.
 */
const settledWorkersSql = `
select s.subname::text as name
from pg_stat_subscription s
join pg_stat_activity a using (pid)
where s.subname = any($1)
  and s.relid is null
  and coalesce(a.backend_start < now() - interval '5 seconds', true)`;

/**
 * A walsender behind a dead link keeps the slot: workers that come back are refused it ("is active for PID"). Seen with
 * 14: it goes after wal_sender_timeout, idle as well as in the middle of a transaction; by default that is a minute,
 * with 0 it never goes.
 */
const endDeadSendersSql = `
select pg_terminate_backend(s.active_pid)
from pg_replication_slots s
join pg_stat_replication r on r.pid = s.active_pid
where s.slot_name = any($1)
  and r.reply_time < now() - interval '10 seconds'`;

/** Milliseconds that a slot may be without a reader: a worker comes back every wal_retrieve_retry_interval (5 s). */
const patience = 20_000;

/** Watches slots that should be read, and starts their apply workers anew when nobody comes. */
export class WorkerWatch {
  readonly #slots: readonly string[];
  #idleSince: number | null = null;

  constructor(slots: readonly string[]) {
    this.#slots = slots;
  }

  /** To be called again and again. @returns true when workers were ended; the server starts others */
  async look(
    publisher: Connection,
    withSubscriber: (use: (subscriber: Connection) => Promise<void>) => Promise<void>,
  ): Promise<boolean> {
    const lanes = await readLag(publisher, this.#slots);
    await this.#endDeadSenders(
      publisher,
      withSubscriber,
      lanes.filter(lane => lane.active).map(lane => lane.slot),
    );
    const idle = lanes.filter(lane => !lane.active).map(lane => lane.slot);
    if (idle.length === 0) this.#idleSince = null;
    else this.#idleSince ??= performance.now();
    if (this.#idleSince === null || performance.now() - this.#idleSince < patience) return false;
    this.#idleSince = null;
    // Only some roles may; PostgreSQL's own ways out remain.
    await withSubscriber(async subscriber => {
      await subscriber.rows(endWorkersSql, [idle]).catch(() => []);
    });
    await publisher.rows(endSendersSql, [idle]).catch(() => []);
    return true;
  }

  /** One that merely applies for long has its worker at the other end. */
  async #endDeadSenders(
    publisher: Connection,
    withSubscriber: (use: (subscriber: Connection) => Promise<void>) => Promise<void>,
    active: readonly string[],
  ): Promise<void> {
    if (active.length === 0) return;
    await withSubscriber(async subscriber => {
      const settled = new Set(
        (await subscriber.rows<{ name: string }>(settledWorkersSql, [active])).map(({ name }) => name),
      );
      const alone = active.filter(lane => !settled.has(lane));
      if (alone.length > 0) await publisher.rows(endDeadSendersSql, [alone]).catch(() => []);
    });
  }
}
