import type { Part, TableToCopy } from './parts.js';

interface TableShare {
  /** Expected bytes of parts that are not finished. */
  expectedLeft: number;
  /** Expected and real bytes of finished parts. */
  expected: number;
  real: number;
}

/**
 * How many bytes are still to go over the wire. A stream's bytes differ from the table's size (text is larger, padding
 * and dead rows are not sent): expected from the server's statistics, and corrected by the parts that are finished:
 * those of the same table, else those of all tables whose bytes were expected in the same way.
 */
export class StreamEstimate {
  readonly #tables = new Map<TableToCopy, TableShare>();
  readonly #withStatistics = { expected: 0, real: 0 };
  readonly #without = { expected: 0, real: 0 };

  constructor(tables: readonly TableToCopy[]) {
    for (const table of tables) this.#tables.set(table, { expectedLeft: expectedBytes(table), expected: 0, real: 0 });
  }

  /** @param real null: not known */
  finish({ table, parts }: Part, real: number | null): void {
    const share = this.#tables.get(table);
    if (share === undefined) return;
    const expected = expectedBytes(table) / parts;
    share.expectedLeft = Math.max(0, share.expectedLeft - expected);
    if (real === null) return;
    for (const sums of [share, this.#alike(table)]) {
      sums.expected += expected;
      sums.real += real;
    }
  }

  /** @param underWay bytes that came of parts that are not finished */
  left(underWay: number): number {
    let left = -underWay;
    for (const [table, share] of this.#tables)
      left += share.expectedLeft * (ratio(share) ?? ratio(this.#alike(table)) ?? 1);
    return Math.max(0, left);
  }

  /** Bytes that came with finished parts. */
  get finished(): number {
    return this.#withStatistics.real + this.#without.real;
  }

  #alike(table: TableToCopy): { expected: number; real: number } {
    return table.streamBytes === null ? this.#without : this.#withStatistics;
  }
}

function expectedBytes(table: TableToCopy): number {
  return table.streamBytes ?? table.bytes;
}

function ratio({ real, expected }: { readonly real: number; readonly expected: number }): number | undefined {
  return expected > 0 ? real / expected : undefined;
}
