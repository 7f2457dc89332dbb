/** Times the parts of the write stop, in milliseconds. */
export class Stopwatch {
  readonly parts: Record<string, number> = {};
  #began = 0;
  #last = 0;

  /** @param at performance.now() of the moment that writes stopped */
  start(at = performance.now()): void {
    this.#began = at;
    this.#last = at;
  }

  /** Ends a part: all since the last mark. */
  mark(part: string): void {
    const now = performance.now();
    this.parts[part] = round((this.parts[part] ?? 0) + now - this.#last);
    this.#last = now;
  }

  /** Milliseconds since the start. */
  get total(): number {
    return round(this.#last - this.#began);
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
