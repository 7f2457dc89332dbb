import { prepareTables, type ComparableTable, type LonelyTable, type TableToCompare } from './comparable.js';
import { compareLargeTable, contentOf, finishTable } from './compare-table.js';
import type { Comparison } from './comparison.js';
import type { Job } from './jobs.js';
import type { VerifiedTable } from './report.js';
import { onBoth, type Pair } from './sides.js';
import { underSnapshots } from './snapshots.js';
import { totals } from './sums.js';

/** Compares the tables of a job; those that neither side has any more are left out. */
export async function compareJob(comparison: Comparison, job: Job): Promise<VerifiedTable[]> {
  return job.kind === 'small'
    ? compareSmallTables(comparison, job.tables, job.bytes)
    : compareOne(comparison, job.table);
}

async function compareOne(comparison: Comparison, table: TableToCompare): Promise<VerifiedTable[]> {
  const { comparable, lonely } = await comparison.pool.run(async pair => {
    const prepared = await prepareTables(pair, [table], comparison.dialect);
    return { comparable: prepared.comparable, lonely: await countLonely(pair, prepared.lonely) };
  });
  const compared = await Promise.all(comparable.map(found => compareLargeTable(comparison, found)));
  return [...compared, ...lonely];
}

/** Many tables in one statement; most of them are equal and need nothing else. */
async function compareSmallTables(
  comparison: Comparison,
  tables: readonly TableToCompare[],
  bytes: number,
): Promise<VerifiedTable[]> {
  const results: VerifiedTable[] = [];
  const again: ComparableTable[] = [];
  await comparison.snapshots.with('any', snapshots =>
    comparison.pool.run(async pair => {
      const { comparable, lonely } = await prepareTables(pair, tables, comparison.dialect);
      results.push(...(await countLonely(pair, lonely)));
      if (comparable.length === 0) return;
      await comparison.pace?.take(bytes);
      const { source, target } = await underSnapshots(pair, snapshots, () =>
        onBoth(side => totals(pair[side], side, comparable, contentOf(comparison))),
      );
      for (const [index, table] of comparable.entries()) {
        const here = source[index];
        const there = target[index];
        if (here === undefined || there === undefined) continue;
        const result = await finishTable(comparison, pair, snapshots, table, { source: here, target: there }, true);
        if (result === 'too-many-newer') again.push(table);
        else results.push(result);
      }
    }),
  );
  for (const table of again) results.push(await compareLargeTable(comparison, table, 2));
  comparison.advance(bytes);
  return results;
}

async function countLonely(pair: Pair, tables: readonly LonelyTable[]): Promise<VerifiedTable[]> {
  const results: VerifiedTable[] = [];
  for (const { table, on, from } of tables) {
    const { rows } = await pair[on].row<{ rows: string }>(`select count(*)::text as rows from ${from}`);
    results.push({
      schema: table.schema,
      table: table.name,
      rows_source: on === 'source' ? Number(rows) : 0,
      rows_target: on === 'target' ? Number(rows) : 0,
      equal: false,
      method: 'missing',
      differing_rows: [],
    });
  }
  return results;
}
