import type { Progress } from '../progress.js';
import { formatBytes, formatSeconds, plural } from '../quantities.js';
import type { Part, TableToCopy } from './parts.js';
import { StreamEstimate } from './stream-estimate.js';

/** Seconds over which the rate is averaged. */
const windowSeconds = 10;
/** Milliseconds between two reports. */
const reportEvery = 250;

/** Bytes, rows, rate and time left of one copy. What is done is told in tables' bytes, as the plan tells it. */
export class SpeedMeter {
  bytes = 0;
  rows = 0;
  #tables = 0;
  #reported = 0;
  #share = 0;
  readonly #total: number;
  readonly #tablesTotal: number;
  readonly #estimate: StreamEstimate;
  readonly #report: (progress: Progress) => void;
  readonly #began: number;
  readonly #now: () => number;
  readonly #samples: { at: number; bytes: number }[] = [];

  /** @param now milliseconds */
  constructor(
    tables: readonly TableToCopy[],
    report: (progress: Progress) => void,
    now = (): number => performance.now(),
  ) {
    this.#total = tables.reduce((bytes, table) => bytes + table.bytes, 0);
    this.#tablesTotal = tables.length;
    this.#estimate = new StreamEstimate(tables);
    this.#report = report;
    this.#now = now;
    this.#began = now();
    this.#samples.push({ at: this.#began, bytes: 0 });
  }

  addBytes(count: number): void {
    this.bytes += count;
    const now = this.#now();
    if (now - this.#reported >= reportEvery) this.#tell(now);
  }

  addRows(count: number): void {
    this.rows += count;
  }

  /** @param bytes as they went over the wire; null: not known */
  addPart(part: Part, bytes: number | null): void {
    this.#estimate.finish(part, bytes);
  }

  addTable(): void {
    this.#tables++;
  }

  end(): void {
    this.#tell(this.#now());
  }

  summary(): string {
    return (
      `${plural(this.#tables, 'table')}, ${plural(this.rows, 'row')}, ${formatBytes(this.bytes)} ` +
      `in ${formatSeconds((this.#now() - this.#began) / 1000)}`
    );
  }

  #tell(now: number): void {
    this.#reported = now;
    this.#samples.push({ at: now, bytes: this.bytes });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > windowSeconds * 1000)
      this.#samples.shift();
    const first = this.#samples[0];
    const seconds = first === undefined ? 0 : (now - first.at) / 1000;
    const rate = first === undefined || seconds === 0 ? 0 : (this.bytes - first.bytes) / seconds;
    const isAll = this.#tables === this.#tablesTotal;
    const left = isAll ? 0 : this.#estimate.left(this.bytes - this.#estimate.finished);
    // A corrected estimate must not make the bar go back.
    this.#share = isAll ? 1 : Math.max(this.#share, this.bytes / Math.max(1, this.bytes + left));
    this.#report({
      bytes: { done: Math.round(this.#total * this.#share), total: this.#total },
      rows: this.rows,
      items: { done: this.#tables, total: this.#tablesTotal, unit: 'tables' },
      rate,
      eta: rate > 0 ? left / rate : null,
    });
  }
}
