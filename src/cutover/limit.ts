import { cut, type DatabaseSessions } from './sessions.js';

/** The limit of the write stop. When it passes, or pgm is told to end, every session is cut: nothing can hang. */
export class Limit {
  readonly #over = new AbortController();
  readonly #cut: () => void;
  readonly signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal, sessions: readonly DatabaseSessions[]) {
    this.signal = AbortSignal.any([signal, this.#over.signal]);
    this.#cut = () => cut(sessions);
    this.signal.addEventListener('abort', this.#cut, { once: true });
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  start(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#over.abort(new Error('time is up')), milliseconds);
  }

  lift(): void {
    clearTimeout(this.#timer);
    this.signal.removeEventListener('abort', this.#cut);
  }
}
