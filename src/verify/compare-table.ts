import { changeCounters, wasChanged } from './change-counters.js';
import type { ComparableTable } from './comparable.js';
import type { Comparison } from './comparison.js';
import { described, differingRows, settled } from './differing-rows.js';
import { partsOf } from './jobs.js';
import { Buckets, bucketMask } from './narrow.js';
import type { DifferingRow, VerifiedTable } from './report.js';
import { compareSample } from './sample.js';
import { onBoth, type Pair } from './sides.js';
import { underSnapshots, type SnapshotPair } from './snapshots.js';
import { bucketTotals, totals, type Content, type Total } from './sums.js';

/** How often a table is compared under newer snapshots because too much of it was only newer on the target. */
const attempts = 3;

/** Both sides' totals of a table. */
interface Counted {
  readonly source: Total;
  readonly target: Total;
}

/**
 * Compares one large table, its parts on as many sessions as are free.
 * @param attempt from 2 on: under new snapshots
 */
export async function compareLargeTable(comparison: Comparison, table: ComparableTable, attempt = 1): Promise<VerifiedTable> {
  for (; ; attempt++) {
    const result = await comparison.snapshots.with(attempt === 1 ? 'any' : 'fresh', snapshots => compareUnder(comparison, snapshots, table, attempt));
    if (result !== 'too-many-newer') return result;
  }
}

async function compareUnder(comparison: Comparison, snapshots: SnapshotPair, table: ComparableTable, attempt: number): Promise<VerifiedTable | 'too-many-newer'> {
  const content = contentOf(comparison);
  if (!(await isBusy(comparison, table))) {
    const counted = await totalOfParts(comparison, snapshots, table, content, attempt);
    return comparison.pool.run(pair => finishTable(comparison, pair, snapshots, table, counted, attempt < attempts));
  }
  // Buckets at once save a second reading of a table that will show a difference.
  const mask = bucketMask(Math.max(table.rowEstimate, table.dataBytes / 200));
  const buckets = await bucketsOfParts(comparison, snapshots, table, content, mask, attempt);
  return comparison.pool.run(pair => finishBuckets(comparison, pair, snapshots, table, buckets, mask, attempt < attempts));
}

/** Its rows change while it is compared, as far as the source has counted that yet. */
async function isBusy({ waitForTarget, counters, pool }: Comparison, table: ComparableTable): Promise<boolean> {
  if (waitForTarget === undefined) return false;
  return wasChanged(table, counters, await pool.run(pair => changeCounters(pair.source)));
}

/** What is left to do when both sides' totals are known. To be called outside of a transaction. */
export async function finishTable(comparison: Comparison, pair: Pair, snapshots: SnapshotPair, table: ComparableTable, { source, target }: Counted, mayGiveUp: boolean): Promise<VerifiedTable | 'too-many-newer'> {
  const same = source.rows === target.rows && source.sum === target.sum;
  if (same || (comparison.depth === 'counts' && comparison.waitForTarget === undefined)) {
    return verified(comparison, pair, snapshots, table, { rowsSource: source.rows, rowsTarget: target.rows, rows: [], same });
  }
  const mask = bucketMask(Math.max(source.rows, target.rows));
  const buckets = new Buckets();
  if (mask === 0) buckets.add(new Map([[0, source]]), new Map([[0, target]]));
  else {
    const { source: here, target: there } = await underSnapshots(pair, snapshots, () => onBoth(side => bucketTotals(pair[side], side, table, contentOf(comparison), mask)));
    buckets.add(here, there);
  }
  return finishBuckets(comparison, pair, snapshots, table, buckets, mask, mayGiveUp);
}

async function finishBuckets(comparison: Comparison, pair: Pair, snapshots: SnapshotPair, table: ComparableTable, buckets: Buckets, mask: number, mayGiveUp: boolean): Promise<VerifiedTable | 'too-many-newer'> {
  const rows = await differingRows(comparison, pair, snapshots, table, contentOf(comparison), { mask, buckets: buckets.differing(), mayGiveUp });
  if (rows === 'too-many-newer') return rows;
  return verified(comparison, pair, snapshots, table, { rowsSource: buckets.rowsSource, rowsTarget: buckets.rowsTarget, rows, same: rows.length === 0 });
}

interface Outcome {
  readonly rowsSource: number;
  readonly rowsTarget: number;
  readonly rows: readonly DifferingRow[];
  readonly same: boolean;
}

async function verified(comparison: Comparison, pair: Pair, snapshots: SnapshotPair, table: ComparableTable, outcome: Outcome): Promise<VerifiedTable> {
  const sample = comparison.depth === 'sample' && table.key.length > 0 ? await sampled(comparison, pair, snapshots, table, outcome) : undefined;
  const rows = sample?.rows ?? outcome.rows;
  const equal = outcome.same && rows.length === 0 && table.missingColumns.length === 0;
  return {
    schema: table.schema,
    table: table.name,
    rows_source: outcome.rowsSource,
    rows_target: outcome.same ? outcome.rowsSource : outcome.rowsTarget,
    equal,
    method: contentOf(comparison) === 'counts' && sample === undefined ? 'counts' : table.key.length > 0 ? 'keys' : 'rows',
    differing_rows: rows,
    ...(table.missingColumns.length === 0 ? {} : { missing_columns: table.missingColumns }),
    ...(sample === undefined ? {} : { sampled_rows: sample.looked }),
  };
}

async function sampled(comparison: Comparison, pair: Pair, snapshots: SnapshotPair, table: ComparableTable, outcome: Outcome): Promise<{ readonly rows: readonly DifferingRow[]; readonly looked: number }> {
  const seed = Math.floor(Math.random() * 1_000_000);
  const sample = await underSnapshots(pair, snapshots, () => compareSample(pair, table, Math.max(outcome.rowsSource, outcome.rowsTarget), seed));
  const differences = await settled(comparison, pair, table, 'rows', sample.differences);
  const named = new Set(outcome.rows.map(row => JSON.stringify(row.key)));
  const more = await described(comparison, pair, snapshots, table, 'rows', differences.slice(0, 100));
  return { rows: [...outcome.rows, ...more.filter(row => !named.has(JSON.stringify(row.key)))].slice(0, 100), looked: sample.rows };
}

/** Full compares all that is in a row; sample and counts count rows, a sample is looked at afterwards. */
export function contentOf({ depth }: Comparison): Content {
  return depth === 'full' ? 'rows' : 'counts';
}

async function totalOfParts(comparison: Comparison, snapshots: SnapshotPair, table: ComparableTable, content: Content, attempt: number): Promise<Counted> {
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

async function bucketsOfParts(comparison: Comparison, snapshots: SnapshotPair, table: ComparableTable, content: Content, mask: number, attempt: number): Promise<Buckets> {
  const buckets = new Buckets();
  await eachPart(comparison, snapshots, table, attempt, async (pair, part) => {
    const { source, target } = await onBoth(side => bucketTotals(pair[side], side, table, content, mask, part));
    buckets.add(source, target);
  });
  return buckets;
}

async function eachPart(comparison: Comparison, snapshots: SnapshotPair, table: ComparableTable, attempt: number, use: (pair: Pair, part: ReturnType<typeof partsOf>[number]) => Promise<void>): Promise<void> {
  const parts = partsOf(table);
  await Promise.all(
    parts.map(part =>
      comparison.pool.run(async pair => {
        await underSnapshots(pair, snapshots, () => use(pair, part));
        if (attempt === 1) comparison.advance(table.dataBytes / parts.length);
      }),
    ),
  );
}
