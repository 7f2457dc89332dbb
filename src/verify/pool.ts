import type { Sessions } from './sessions.js';
import type { Pair } from './sides.js';

/** So many pairs of sessions, opened when first needed, each used by one caller at a time. */
export class PairPool {
  readonly #sessions: Sessions;
  readonly #signal: AbortSignal;
  readonly #idle: Pair[] = [];
  readonly #waiting: ((pair: Pair) => void)[] = [];
  #unopened: number;

  constructor(sessions: Sessions, size: number, signal: AbortSignal) {
    this.#sessions = sessions;
    this.#signal = signal;
    this.#unopened = size;
  }

  /** Calls `use` with a pair as soon as one is free; first come, first served. */
  async run<T>(use: (pair: Pair) => Promise<T>): Promise<T> {
    const pair = await this.#take();
    try {
      this.#signal.throwIfAborted();
      return await use(pair);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(pair);
      else next(pair);
    }
  }

  async #take(): Promise<Pair> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#unopened > 0) {
      this.#unopened--;
      return this.#sessions.pair();
    }
    return new Promise(resolve => this.#waiting.push(resolve));
  }
}
