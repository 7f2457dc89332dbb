import type { ComparableTable } from './comparable.js';
import { findRows, type FoundRow, type WantedRow } from './rows.js';
import { onBoth, type Pair } from './sides.js';
import type { Content, Total } from './sums.js';

/** Rows that are read from each side at a time while looking for those that differ. */
const batchRows = 10_000;

/** Rows that a bucket should have. */
const bucketRows = 64;
const maxBuckets = 65_536;

/** A bucket whose totals differ, with the rows of the fuller side. */
export interface DifferingBucket {
  readonly bucket: number;
  readonly rows: number;
}

/** Mask for buckets of a good size to look into; 0: the table is one bucket. */
export function fineMask(rows: number): number {
  if (rows <= batchRows) return 0;
  return Math.min(maxBuckets, 2 ** Math.ceil(Math.log2(rows / bucketRows))) - 1;
}

/** Mask for a first division: so few buckets that their totals stay in the processor's cache, which halves the time. */
export function coarseMask(rows: number): number {
  return Math.min(fineMask(rows), 1023);
}

/** Adds up the totals of a table's parts by bucket and knows which buckets differ. */
export class Buckets {
  readonly #differences = new Map<number, { source: number; target: number; sum: bigint }>();
  rowsSource = 0;
  rowsTarget = 0;

  add(source: ReadonlyMap<number, Total>, target: ReadonlyMap<number, Total>): void {
    for (const [bucket, total] of source) {
      this.#at(bucket).source += total.rows;
      this.#at(bucket).sum += total.sum;
      this.rowsSource += total.rows;
    }
    for (const [bucket, total] of target) {
      this.#at(bucket).target += total.rows;
      this.#at(bucket).sum -= total.sum;
      this.rowsTarget += total.rows;
    }
  }

  differing(): DifferingBucket[] {
    return [...this.#differences]
      .filter(([, { source, target, sum }]) => source !== target || sum !== 0n)
      .map(([bucket, { source, target }]) => ({ bucket, rows: Math.max(source, target) }))
      .sort((a, b) => a.bucket - b.bucket);
  }

  #at(bucket: number): { source: number; target: number; sum: bigint } {
    let entry = this.#differences.get(bucket);
    if (entry === undefined) this.#differences.set(bucket, (entry = { source: 0, target: 0, sum: 0n }));
    return entry;
  }
}

/** Divides buckets into batches of about {@link batchRows} rows, which bounds memory. */
export function batches(buckets: readonly DifferingBucket[]): DifferingBucket[][] {
  const result: DifferingBucket[][] = [];
  let rows = Infinity;
  for (const bucket of buckets) {
    if (rows + bucket.rows > batchRows) {
      result.push([]);
      rows = 0;
    }
    result.at(-1)?.push(bucket);
    rows += bucket.rows;
  }
  return result;
}

/** A row that one side shows differently from the other. */
export interface RowDifference extends WantedRow {
  readonly difference: 'only-source' | 'only-target' | 'values';
}

/** The rows that differ in some buckets, in the order of their keys. */
export async function differencesIn(
  pair: Pair,
  table: ComparableTable,
  content: Content,
  mask: number,
  batch: readonly DifferingBucket[],
): Promise<RowDifference[]> {
  const buckets = batch.map(({ bucket }) => bucket);
  const { source, target } = await onBoth(side =>
    findRows(pair[side], side, table, content, { kind: 'buckets', mask, buckets }),
  );
  return differences(source, target);
}

export function differences(
  source: ReadonlyMap<string, FoundRow>,
  target: ReadonlyMap<string, FoundRow>,
): RowDifference[] {
  const found: RowDifference[] = [];
  for (const [identity, row] of source) {
    const other = target.get(identity);
    if (other?.value !== row.value) found.push({ identity, key: row.key, difference: kindOfDifference(row, other) });
  }
  for (const [identity, row] of target) {
    if (!source.has(identity)) found.push({ identity, key: row.key, difference: 'only-target' });
  }
  return found.sort((a, b) => compareKeys(a.key, b.key) || naturalOrder.compare(a.identity, b.identity));
}

/** Where a side has a row more often than the other, it is the surplus that differs. */
export function kindOfDifference(
  source: FoundRow | undefined,
  target: FoundRow | undefined,
): RowDifference['difference'] {
  const [here, there] = [source, target].map(row => Number(row?.value.split(' ')[0] ?? 0));
  if (here === there) return 'values';
  return Number(here) > Number(there) ? 'only-source' : 'only-target';
}

const naturalOrder = new Intl.Collator('en', { numeric: true });

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (const [index, text] of a.entries()) {
    const order = naturalOrder.compare(text, b[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}
