import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable } from '../postgres/errors.js';

/** What a worker keeps open between two pieces of work of the same key. */
export interface Session {
  readonly isLost: boolean;
  close(): Promise<void>;
  destroy(): void;
}

export interface Work<S extends Session> {
  /** Work of the same key can share a session: the database. */
  readonly key: string;
  /** Bytes, about; the largest goes first. */
  readonly weight: number;
  /** @param lost the session that failed before: its server may go on with what it was doing */
  open(lost: S | undefined): Promise<S>;
  /** Does it in one transaction; called again on a new session after an error that may pass. */
  run(session: S, attempt: number): Promise<void>;
}

interface Queued<S extends Session> {
  readonly work: Work<S>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** A worker stays with the database it is connected to unless something much larger waits elsewhere. */
const worthNewSession = 64 * 1024 * 1024;
/** Below this weight work is mostly waiting: for the disk with each small table's files, for the network. */
const light = 16 * 1024 * 1024;
const attempts = 5;
/**
 * Milliseconds that a worker keeps its session when there is nothing to do: what comes next often comes in a moment
 * (statistics after the indexes), and a session costs each server a process and a cold catalogue cache.
 */
const linger = 100;
/** Milliseconds from the first failure in a row: a server that crashed needs that long to be back. */
const patience = 60_000;
const longestPause = 5_000;

/** A worker that has a session and no work; woken, it takes what is there or ends. */
interface Lingering {
  readonly key: string;
  readonly wake: () => void;
}

/**
 * A fixed number of workers over one queue, shared by all databases, and some more for light work. Workers begin when
 * there is work and end soon after there is none, so an idle pool holds no connection.
 */
export class WorkerPool<S extends Session> {
  readonly #size: number;
  readonly #lightSize: number;
  readonly #signal: AbortSignal;
  readonly #queue: Queued<S>[] = [];
  readonly #sessions = new Set<S>();
  readonly #lingering = new Set<Lingering>();
  #workers = 0;
  #lightWorkers = 0;
  #heavyRunning = 0;

  /** @param lightSize workers besides, which take only light work */
  constructor(size: number, signal: AbortSignal, lightSize = 0) {
    this.#size = size;
    this.#lightSize = lightSize;
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      for (const session of this.#sessions) session.destroy();
      this.#cancel(() => true, signal.reason);
      this.close();
    });
  }

  /** Ends workers that have nothing to do. */
  close(): void {
    for (const { wake } of this.#lingering) wake();
  }

  /** Resolves when the work is done; rejects when it failed for good or was cancelled. */
  submit(work: Work<S>): Promise<void> {
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason as Error);
    return new Promise((resolve, reject) => {
      this.#queue.push({ work, resolve, reject });
      const idle = [...this.#lingering];
      const connected = idle.find(({ key }) => key === work.key);
      if (connected !== undefined) connected.wake();
      else if (this.#workers < this.#size) {
        this.#workers++;
        void this.#worker(key => this.#nextOrLinger(key));
      } else if (idle[0] !== undefined) {
        idle[0].wake();
      } else if (this.#lightWorkers < this.#lightSize && !this.#hasHeavyWork()) {
        this.#lightWorkers++;
        void this.#worker(key => Promise.resolve(this.#nextLight(key)));
      }
    });
  }

  /** Submits all and waits for all; the first failure takes what has not begun of this key off the queue. */
  async submitAll(works: readonly Work<S>[]): Promise<void> {
    let failure: { reason: unknown } | undefined;
    await Promise.all(
      works.map(work =>
        this.submit(work).catch((reason: unknown) => {
          failure ??= { reason };
          this.#cancel(queued => works.includes(queued.work), reason);
        }),
      ),
    );
    if (failure !== undefined) throw failure.reason;
  }

  #cancel(which: (queued: Queued<S>) => boolean, reason: unknown): void {
    for (const queued of this.#queue.filter(which)) {
      this.#queue.splice(this.#queue.indexOf(queued), 1);
      queued.reject(reason);
    }
  }

  /** Then the processors have enough to do, and what is on the longest way to the end must not share them. */
  #hasHeavyWork(): boolean {
    return this.#heavyRunning > 0 || this.#queue.some(({ work }) => work.weight >= light);
  }

  /**
   * @param take gives undefined when the worker shall end, and counts it as ended in the same turn: what is submitted
   * next begins another
   */
  async #worker(take: (key: string | undefined) => Promise<Queued<S> | undefined>): Promise<void> {
    let session: S | undefined;
    let key: string | undefined;
    for (
      let queued = await take(undefined);
      queued !== undefined;
      queued = await take(session === undefined ? undefined : key)
    ) {
      if (session !== undefined && (queued.work.key !== key || session.isLost)) {
        await this.#end(session);
        session = undefined;
      }
      key = queued.work.key;
      const heavy = queued.work.weight >= light ? 1 : 0;
      this.#heavyRunning += heavy;
      session = await this.#carryOut(queued, session);
      this.#heavyRunning -= heavy;
    }
    if (session !== undefined) await this.#end(session);
  }

  /** @param key of the worker's session, if it has one */
  async #nextOrLinger(key: string | undefined): Promise<Queued<S> | undefined> {
    let next = this.#next(key);
    if (next === undefined && key !== undefined && !this.#signal.aborted) {
      await this.#linger(key);
      next = this.#next(key);
    }
    if (next === undefined) this.#workers--;
    return next;
  }

  #linger(key: string): Promise<void> {
    return new Promise(resolve => {
      const lingering = {
        key,
        wake: () => {
          clearTimeout(timer);
          this.#lingering.delete(lingering);
          resolve();
        },
      };
      const timer = setTimeout(lingering.wake, linger);
      this.#lingering.add(lingering);
    });
  }

  #nextLight(key: string | undefined): Queued<S> | undefined {
    const next = this.#hasHeavyWork() ? undefined : this.#next(key);
    if (next === undefined) this.#lightWorkers--;
    return next;
  }

  #next(key: string | undefined): Queued<S> | undefined {
    const largest = (list: readonly Queued<S>[]): Queued<S> | undefined =>
      list.reduce<Queued<S> | undefined>(
        (best, queued) => (best === undefined || queued.work.weight > best.work.weight ? queued : best),
        undefined,
      );
    const overall = largest(this.#queue);
    const here =
      overall !== undefined && overall.work.weight < worthNewSession
        ? largest(this.#queue.filter(queued => queued.work.key === key))
        : undefined;
    const next = here ?? overall;
    if (next !== undefined) this.#queue.splice(this.#queue.indexOf(next), 1);
    return next;
  }

  /** Gives the session that can be used on, if one is left. */
  async #carryOut(queued: Queued<S>, session: S | undefined): Promise<S | undefined> {
    let current = session;
    let deadline = Infinity;
    let lost: S | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        if (current === undefined) this.#sessions.add((current = await queued.work.open(lost)));
        // Interrupted while the session was being opened.
        this.#signal.throwIfAborted();
        await queued.work.run(current, attempt);
        queued.resolve();
        return current;
      } catch (error) {
        if (current !== undefined) {
          current.destroy();
          lost = current;
          this.#sessions.delete(current);
          current = undefined;
        }
        deadline = Math.min(deadline, performance.now() + patience);
        const isSpent = attempt >= attempts && performance.now() > deadline;
        if (this.#signal.aborted || isSpent || !isRetryable(error)) {
          queued.reject(this.#signal.aborted ? this.#signal.reason : error);
          return undefined;
        }
        await sleep(Math.min(longestPause, 250 * 2 ** attempt), undefined, { signal: this.#signal }).catch(
          () => undefined,
        );
      }
    }
  }

  async #end(session: S): Promise<void> {
    this.#sessions.delete(session);
    await session.close();
  }
}
