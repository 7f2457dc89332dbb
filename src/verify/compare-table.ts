import { changeCounters, wasChanged } from './change-counters.js';
import type { ComparableTable } from './comparable.js';
import type { Comparison } from './comparison.js';
import { described, differingRows, settled } from './differing-rows.js';
import { batches, Buckets, coarseMask, fineMask, type DifferingBucket } from './narrow.js';
import { bucketsOfParts, totalOfParts } from './read-parts.js';
import type { DifferingRow, VerifiedTable } from './report.js';
import { compareSample } from './sample.js';
import { onBoth, type Both, type Pair } from './sides.js';
import { underSnapshots, type SnapshotPair } from './snapshots.js';
import { bucketTotals, type Content, type Total } from './sums.js';

/** How often a table is compared under newer snapshots because too much of it was only newer on the target. */
const attempts = 3;

/**
 * Compares one large table, its parts on as many sessions as are free.
 * @param attempt from 2 on: under new snapshots
 */
export async function compareLargeTable(
  comparison: Comparison,
  table: ComparableTable,
  attempt = 1,
): Promise<VerifiedTable> {
  for (; ; attempt++) {
    const result = await comparison.snapshots.with(attempt === 1 ? 'any' : 'fresh', snapshots =>
      compareUnder(comparison, snapshots, table, attempt),
    );
    if (result !== 'too-many-newer') return result;
  }
}

async function compareUnder(
  comparison: Comparison,
  snapshots: SnapshotPair,
  table: ComparableTable,
  attempt: number,
): Promise<VerifiedTable | 'too-many-newer'> {
  const content = contentOf(comparison);
  if (!(await isBusy(comparison, table))) {
    const counted = await totalOfParts(comparison, snapshots, table, content, attempt);
    return comparison.pool.run(pair => finishTable(comparison, pair, snapshots, table, counted, attempt < attempts));
  }
  // Buckets at once save a second reading of a table that will show a difference.
  const mask = coarseMask(Math.max(table.rowEstimate, table.dataBytes / 200));
  const buckets = await bucketsOfParts(comparison, snapshots, table, content, mask, attempt);
  return comparison.pool.run(pair =>
    finishBuckets(comparison, pair, snapshots, table, buckets, mask, attempt < attempts),
  );
}

/** Its rows change while it is compared, as far as the source has counted that yet. */
async function isBusy({ waitForTarget, counters, pool }: Comparison, table: ComparableTable): Promise<boolean> {
  if (waitForTarget === undefined) return false;
  return wasChanged(table, counters, await pool.run(pair => changeCounters(pair.source)));
}

/** What is left to do when both sides' totals are known. To be called outside of a transaction. */
export async function finishTable(
  comparison: Comparison,
  pair: Pair,
  snapshots: SnapshotPair,
  table: ComparableTable,
  { source, target }: Both<Total>,
  mayGiveUp: boolean,
): Promise<VerifiedTable | 'too-many-newer'> {
  const same = source.rows === target.rows && source.sum === target.sum;
  if (same || (comparison.depth === 'counts' && comparison.waitForTarget === undefined)) {
    return verified(comparison, pair, snapshots, table, {
      rowsSource: source.rows,
      rowsTarget: target.rows,
      rows: [],
      same,
    });
  }
  const mask = coarseMask(Math.max(source.rows, target.rows));
  const buckets = new Buckets();
  if (mask === 0) buckets.add(new Map([[0, source]]), new Map([[0, target]]));
  else {
    const { source: here, target: there } = await underSnapshots(pair, snapshots, () =>
      onBoth(side => bucketTotals(pair[side], side, table, contentOf(comparison), mask)),
    );
    buckets.add(here, there);
  }
  return finishBuckets(comparison, pair, snapshots, table, buckets, mask, mayGiveUp);
}

async function finishBuckets(
  comparison: Comparison,
  pair: Pair,
  snapshots: SnapshotPair,
  table: ComparableTable,
  buckets: Buckets,
  mask: number,
  mayGiveUp: boolean,
): Promise<VerifiedTable | 'too-many-newer'> {
  const differing = await refined(
    comparison,
    pair,
    snapshots,
    table,
    { mask, buckets: buckets.differing() },
    Math.max(buckets.rowsSource, buckets.rowsTarget),
  );
  const rows = await differingRows(comparison, pair, snapshots, table, contentOf(comparison), {
    ...differing,
    mayGiveUp,
  });
  if (rows === 'too-many-newer') return rows;
  return verified(comparison, pair, snapshots, table, {
    rowsSource: buckets.rowsSource,
    rowsTarget: buckets.rowsTarget,
    rows,
    same: rows.length === 0,
  });
}

interface Differing {
  readonly mask: number;
  readonly buckets: readonly DifferingBucket[];
}

/** Divides differing buckets further when that saves more reading than it costs. */
async function refined(
  comparison: Comparison,
  pair: Pair,
  snapshots: SnapshotPair,
  table: ComparableTable,
  differing: Differing,
  rows: number,
): Promise<Differing> {
  const mask = fineMask(rows);
  if (mask <= differing.mask || batches(differing.buckets).length <= 2) return differing;
  const within = { mask: differing.mask, buckets: differing.buckets.map(({ bucket }) => bucket) };
  const finer = new Buckets();
  const { source, target } = await underSnapshots(pair, snapshots, () =>
    onBoth(side => bucketTotals(pair[side], side, table, contentOf(comparison), mask, { within })),
  );
  finer.add(source, target);
  return { mask, buckets: finer.differing() };
}

interface Outcome {
  readonly rowsSource: number;
  readonly rowsTarget: number;
  readonly rows: readonly DifferingRow[];
  readonly same: boolean;
}

async function verified(
  comparison: Comparison,
  pair: Pair,
  snapshots: SnapshotPair,
  table: ComparableTable,
  outcome: Outcome,
): Promise<VerifiedTable> {
  const sample =
    comparison.depth === 'sample' && table.key.length > 0
      ? await sampled(comparison, pair, snapshots, table, outcome)
      : undefined;
  const rows = sample?.rows ?? outcome.rows;
  const equal = outcome.same && rows.length === 0 && table.missingColumns.length === 0;
  return {
    schema: table.schema,
    table: table.name,
    rows_source: outcome.rowsSource,
    rows_target: outcome.same ? outcome.rowsSource : outcome.rowsTarget,
    equal,
    method:
      contentOf(comparison) === 'counts' && sample === undefined ? 'counts' : table.key.length > 0 ? 'keys' : 'rows',
    differing_rows: rows,
    ...(table.missingColumns.length === 0 ? {} : { missing_columns: table.missingColumns }),
    ...(sample === undefined ? {} : { sampled_rows: sample.looked }),
  };
}

async function sampled(
  comparison: Comparison,
  pair: Pair,
  snapshots: SnapshotPair,
  table: ComparableTable,
  outcome: Outcome,
): Promise<{ readonly rows: readonly DifferingRow[]; readonly looked: number }> {
  const seed = Math.floor(Math.random() * 1_000_000);
  const sample = await underSnapshots(pair, snapshots, () =>
    compareSample(pair, table, Math.max(outcome.rowsSource, outcome.rowsTarget), seed),
  );
  const differences = await settled(comparison, pair, table, 'rows', sample.differences);
  const named = new Set(outcome.rows.map(row => JSON.stringify(row.key)));
  const more = await described(comparison, pair, snapshots, table, 'rows', differences.slice(0, 100));
  return {
    rows: [...outcome.rows, ...more.filter(row => !named.has(JSON.stringify(row.key)))].slice(0, 100),
    looked: sample.rows,
  };
}

/** Full compares all that is in a row; sample and counts count rows, a sample is looked at afterwards. */
export function contentOf({ depth }: Comparison): Content {
  return depth === 'full' ? 'rows' : 'counts';
}
