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
  async look(publisher: Connection, withSubscriber: (use: (subscriber: Connection) => Promise<void>) => Promise<void>): Promise<boolean> {
    const lanes = await readLag(publisher, this.#slots);
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
}
