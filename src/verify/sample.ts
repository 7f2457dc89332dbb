import type { ComparableTable } from './comparable.js';
import { differences, type RowDifference } from './narrow.js';
import { findRows } from './rows.js';
import type { Pair, Side } from './sides.js';

/** Rows of a sample: a hundredth of the table, within these bounds. */
const share = 0.01;
const fewest = 1000;
const most = 100_000;

/** Keys looked up in one statement. */
const chunk = 1000;

export interface Sampled {
  readonly rows: number;
  readonly differences: readonly RowDifference[];
}

/**
 * Takes blocks of rows from each side by chance and looks each row up on the other side by its key.
 * To be called in transactions under a pair of snapshots.
 * @param rows how many the table has
 * @param seed of the choice of blocks
 */
export async function compareSample(pair: Pair, table: ComparableTable, rows: number, seed: number): Promise<Sampled> {
  const found = new Map<string, RowDifference>();
  let sampled = 0;
  for (const side of ['source', 'target'] as const) {
    const sample = await findRows(pair[side], side, table, 'rows', { kind: 'sample', ...sampleSize(rows), seed });
    sampled += sample.size;
    for (const own of slices(sample, chunk)) {
      const other = await findRows(pair[opposite(side)], opposite(side), table, 'rows', { kind: 'wanted', rows: [...own.values()] });
      for (const difference of side === 'source' ? differences(own, other) : differences(other, own)) found.set(difference.identity, difference);
    }
  }
  return { rows: sampled, differences: [...found.values()] };
}

function opposite(side: Side): Side {
  return side === 'source' ? 'target' : 'source';
}

function sampleSize(rows: number): { readonly percent: number; readonly limit: number } {
  const wanted = Math.min(most, Math.max(fewest, rows * share));
  // Somewhat more than wanted, since blocks are chosen and not rows.
  return { percent: rows <= fewest ? 100 : Math.min(100, (120 * wanted) / rows), limit: most };
}

function* slices<K, V>(map: ReadonlyMap<K, V>, size: number): Generator<Map<K, V>> {
  const entries = [...map];
  for (let at = 0; at < entries.length; at += size) yield new Map(entries.slice(at, at + size));
}
