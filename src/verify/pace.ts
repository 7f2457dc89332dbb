import { setTimeout as sleep } from 'node:timers/promises';

/** Keeps what is read within so many bytes a second, over all sessions. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #signal: AbortSignal;
  /** performance.now() from which the next may begin. */
  #free = 0;

  constructor(bytesPerSecond: number, signal: AbortSignal) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#signal = signal;
  }

  /** Bytes that one statement should read at the most, so that a server rests twice a second. */
  get portion(): number {
    return Math.max(64 << 10, this.#bytesPerSecond / 2);
  }

  /** Waits until so many bytes may be read. */
  async take(bytes: number): Promise<void> {
    const now = performance.now();
    const begin = Math.max(now, this.#free);
    this.#free = begin + (bytes / this.#bytesPerSecond) * 1000;
    if (begin > now) await sleep(begin - now, undefined, { signal: this.#signal });
  }
}
