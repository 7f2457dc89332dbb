import type { FoundDifferences, Lockfile } from './lockfile.js';

const depths = ['counts', 'sample', 'full'] as const;

/** Enough to see what it is; the lockfile lives in git. */
const most = 100;

type Table = FoundDifferences['tables'][number];

/**
 * The lockfile after a comparison. What an earlier one found goes when this one looked as deep, and otherwise stays
 * beside what this one found: equal counts say nothing of values.
 * @param found null: all that it looked at was equal
 */
export function recordComparison(
  lockfile: Lockfile,
  depth: FoundDifferences['depth'],
  found: FoundDifferences | null,
): Lockfile {
  const { differences: earlier, ...rest } = lockfile;
  const stays = earlier !== undefined && depths.indexOf(earlier.depth) > depths.indexOf(depth) ? earlier : undefined;
  const known = found === null || stays === undefined ? (found ?? stays) : together(stays, found);
  return Object.freeze(known === undefined ? rest : { ...rest, differences: bounded(known) });
}

/** Without the tables that are copied again. */
export function withoutCopiedAgain(lockfile: Lockfile, tables: readonly Table[]): Lockfile {
  const { differences, ...rest } = lockfile;
  if (differences === undefined || tables.length === 0) return lockfile;
  const again = new Set(tables.map(key));
  const left = differences.tables.filter(table => !again.has(key(table)));
  return Object.freeze(
    left.length === 0 && differences.others === 0 ? rest : { ...rest, differences: { ...differences, tables: left } },
  );
}

/** What a comparison found that nothing has put right since: a later one before a cutover looked at every row. */
export function knownDifferences(lockfile: Lockfile | null): FoundDifferences | null {
  const differences = lockfile?.differences;
  if (lockfile === null || differences === undefined) return null;
  const comparedSince = (database: string): boolean =>
    Object.values(lockfile.steps).some(
      step =>
        step.kind === 'verify' &&
        step.status === 'done' &&
        step.database === database &&
        step.record?.depth === 'full' &&
        (step.finished_at ?? '') > differences.found_at,
    );
  const tables = differences.tables.filter(({ database }) => !comparedSince(database));
  return tables.length === 0 && differences.others === 0 ? null : { ...differences, tables };
}

function together(earlier: FoundDifferences, found: FoundDifferences): FoundDifferences {
  const of = new Map([...earlier.tables, ...found.tables].map(table => [key(table), table]));
  return {
    ...earlier,
    found_at: found.found_at,
    tables: [...of.values()],
    others: Math.max(earlier.others, found.others),
  };
}

function bounded({ tables, others, ...rest }: FoundDifferences): FoundDifferences {
  return { ...rest, tables: tables.slice(0, most), others: others + Math.max(0, tables.length - most) };
}

function key({ database, schema, name }: Table): string {
  return JSON.stringify([database, schema, name]);
}
