import type { Progress } from '../apply/events.js';
import { formatBytes, formatSeconds, plural } from '../quantities.js';

/** Seconds over which the rate is averaged. */
const windowSeconds = 10;
/** Milliseconds between two reports. */
const reportEvery = 250;

/**
 * Bytes, rows, rate and time left of one copy. The stream's bytes differ from the tables' size (text is larger, padding
 * is not sent), so the share that is done is measured in tables' bytes through the ratio seen so far.
 */
export class SpeedMeter {
  bytes = 0;
  rows = 0;
  #tables = 0;
  #reported = 0;
  readonly #total: number;
  readonly #tablesTotal: number;
  readonly #report: (progress: Progress) => void;
  readonly #began = performance.now();
  readonly #samples: { at: number; bytes: number }[] = [];

  constructor(total: number, tables: number, report: (progress: Progress) => void) {
    this.#total = total;
    this.#tablesTotal = tables;
    this.#report = report;
  }

  addBytes(count: number): void {
    this.bytes += count;
    const now = performance.now();
    if (now - this.#reported >= reportEvery) this.#tell(now);
  }

  addRows(count: number): void {
    this.rows += count;
  }

  addTable(): void {
    this.#tables++;
  }

  end(): void {
    this.#tell(performance.now());
  }

  summary(): string {
    return `${plural(this.#tables, 'table')}, ${plural(this.rows, 'row')}, ${formatBytes(this.bytes)} in ${formatSeconds((performance.now() - this.#began) / 1000)}`;
  }

  #tell(now: number): void {
    this.#reported = now;
    this.#samples.push({ at: now, bytes: this.bytes });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > windowSeconds * 1000) this.#samples.shift();
    const first = this.#samples[0];
    const seconds = first === undefined ? 0 : (now - first.at) / 1000;
    const rate = first === undefined || seconds === 0 ? 0 : (this.bytes - first.bytes) / seconds;
    const done = Math.min(this.bytes, this.#total);
    this.#report({
      bytes: { done: this.#tables === this.#tablesTotal ? this.#total : done, total: this.#total },
      rows: this.rows,
      items: { done: this.#tables, total: this.#tablesTotal, unit: 'tables' },
      rate,
      eta: rate > 0 ? (this.#total - done) / rate : null,
    });
  }
}
