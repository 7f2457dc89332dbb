import type { ComparableTable } from './comparable.js';
import type { Comparison } from './comparison.js';
import { partsOf } from './jobs.js';
import { Buckets } from './narrow.js';
import { onBoth, type Both, type Pair } from './sides.js';
import { underSnapshots, type SnapshotPair } from './snapshots.js';
import { bucketTotals, totals, type Content, type Part, type Total } from './sums.js';

/**
 * Both sides' totals of a table, its parts read by as many sessions as are free. @param attempt progress is told of the
 * first only
 */
export async function totalOfParts(
  comparison: Comparison,
  snapshots: SnapshotPair,
  table: ComparableTable,
  content: Content,
  attempt: number,
): Promise<Both<Total>> {
  let source: Total = { rows: 0, sum: 0n };
  let target = source;
  await eachPart(comparison, snapshots, table, attempt, async (pair, part) => {
    const both = await onBoth(side => totals(pair[side], side, [table], content, part));
    source = plus(source, both.source[0]);
    target = plus(target, both.target[0]);
  });
  return { source, target };
}

function plus(a: Total, b: Total | undefined): Total {
  return b === undefined ? a : { rows: a.rows + b.rows, sum: a.sum + b.sum };
}

/** As {@link totalOfParts}, by buckets of the mask. */
export async function bucketsOfParts(
  comparison: Comparison,
  snapshots: SnapshotPair,
  table: ComparableTable,
  content: Content,
  mask: number,
  attempt: number,
): Promise<Buckets> {
  const buckets = new Buckets();
  await eachPart(comparison, snapshots, table, attempt, async (pair, part) => {
    const { source, target } = await onBoth(side => bucketTotals(pair[side], side, table, content, mask, { part }));
    buckets.add(source, target);
  });
  return buckets;
}

async function eachPart(
  comparison: Comparison,
  snapshots: SnapshotPair,
  table: ComparableTable,
  attempt: number,
  use: (pair: Pair, part: Part) => Promise<void>,
): Promise<void> {
  const parts = partsOf(table, comparison.pace?.portion);
  await Promise.all(
    parts.map(part =>
      comparison.pool.run(async pair => {
        await comparison.pace?.take(table.dataBytes / parts.length);
        await underSnapshots(pair, snapshots, () => use(pair, part));
        if (attempt === 1) comparison.advance(table.dataBytes / parts.length);
      }),
    ),
  );
}
