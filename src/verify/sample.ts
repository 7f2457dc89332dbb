import type { ComparableTable } from './comparable.js';
import { differences, type RowDifference } from './narrow.js';
import { findRows } from './rows.js';
import type { Pair, Side } from './sides.js';

/** Rows of a sample: a hundredth of the table, within these bounds. */
const share = 0.01;
const fewest = 1000;
const most = 100_000;

/** Rows taken and looked up at a time. */
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
    const { statements, percent } = sampleSize(rows);
    for (let statement = 0; statement < statements; statement++) {
      const own = await findRows(pair[side], side, table, 'rows', {
        kind: 'sample',
        percent,
        seed: seed + statement,
        limit: chunk * 2,
      });
      sampled += own.size;
      const other = await findRows(pair[opposite(side)], opposite(side), table, 'rows', {
        kind: 'wanted',
        rows: [...own.values()],
      });
      for (const difference of side === 'source' ? differences(own, other) : differences(other, own))
        found.set(difference.identity, difference);
    }
  }
  return { rows: sampled, differences: [...found.values()] };
}

function opposite(side: Side): Side {
  return side === 'source' ? 'target' : 'source';
}

/** One statement for every {@link chunk} rows, so that memory stays the same for any table. */
function sampleSize(rows: number): { readonly statements: number; readonly percent: number } {
  if (rows <= fewest) return { statements: 1, percent: 100 };
  // Somewhat more than wanted, since blocks are chosen and not rows.
  const wanted = 1.2 * Math.min(most, Math.max(fewest, rows * share));
  const statements = Math.ceil(wanted / chunk);
  return { statements, percent: Math.min(100, (100 * wanted) / statements / rows) };
}
