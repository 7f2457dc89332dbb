import type { ComparableTable } from './comparable.js';
import type { Comparison } from './comparison.js';
import { describeRows, shownRows } from './describe-rows.js';
import { batches, differencesIn, type DifferingBucket, type RowDifference } from './narrow.js';
import type { DifferingRow } from './report.js';
import { settle } from './settle.js';
import type { Pair } from './sides.js';
import { underSnapshots, type SnapshotPair } from './snapshots.js';
import type { Content } from './sums.js';

/** Batches that are looked through even if nothing in them differs really. */
const patience = 4;

/**
 * Finds the rows behind differing buckets, at most 100, without those that were only newer on the target.
 * @returns `too-many-newer` when a large transaction seems to have been applied between the two snapshots: newer ones will show less
 */
export async function differingRows(
  comparison: Comparison,
  pair: Pair,
  snapshots: SnapshotPair,
  table: ComparableTable,
  content: Content,
  {
    mask,
    buckets,
    mayGiveUp,
  }: { readonly mask: number; readonly buckets: readonly DifferingBucket[]; readonly mayGiveUp: boolean },
): Promise<DifferingRow[] | 'too-many-newer'> {
  const found: RowDifference[] = [];
  const all = batches(buckets);
  for (const [index, batch] of all.entries()) {
    comparison.signal.throwIfAborted();
    const suspects = await underSnapshots(pair, snapshots, () => differencesIn(pair, table, content, mask, batch));
    found.push(...(await settled(comparison, pair, table, content, suspects)));
    if (found.length >= shownRows) break;
    if (mayGiveUp && found.length === 0 && all.length - index > patience) return 'too-many-newer';
  }
  return described(comparison, pair, snapshots, table, content, found.slice(0, shownRows));
}

/** The suspects that differ really. */
export async function settled(
  comparison: Comparison,
  pair: Pair,
  table: ComparableTable,
  content: Content,
  suspects: readonly RowDifference[],
): Promise<RowDifference[]> {
  const { waitForTarget, signal } = comparison;
  if (waitForTarget === undefined) return [...suspects];
  const different = new Set(await settle(pair, table, content, suspects, waitForTarget, shownRows, signal));
  return suspects.filter(suspect => different.has(suspect));
}

/** As they are now while replication runs, else as they were in the snapshots. */
export async function described(
  comparison: Comparison,
  pair: Pair,
  snapshots: SnapshotPair,
  table: ComparableTable,
  content: Content,
  rows: readonly RowDifference[],
): Promise<DifferingRow[]> {
  const describe = (): Promise<DifferingRow[]> =>
    describeRows(pair, table, rows, { content, values: comparison.values, dialect: comparison.dialect });
  return comparison.waitForTarget === undefined ? underSnapshots(pair, snapshots, describe) : describe();
}
