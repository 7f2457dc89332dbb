import type { MigrationReport, ReportComparison } from '../apply/report.js';
import type { ReportPhaseName } from '../steps/step-traits.js';
import type { ObjectCounts } from '../inspect/object-counts.js';
import { formatCount, plural } from '../quantities.js';

export const phaseTitles: Readonly<Record<ReportPhaseName, string>> = {
  prepare: 'Prepare the servers',
  define: 'Definitions',
  copy: 'Copy the rows',
  indexes: 'Indexes and keys',
  follow: 'Catch up',
  finish: 'Views and statistics',
  compare: 'Compare',
  cutover: 'Cut over',
  failback: 'Roll back',
  close: 'Close',
};

/** Where the migration stands, in a few words. */
export function stateOf({ reached, stopped, method }: MigrationReport): string {
  if (stopped) return 'Stopped';
  switch (reached) {
    case 'ready':
      return method === 'dump' ? 'Done' : 'Done, closed';
    case 'cutover':
      return 'Cut over';
    case 'synced':
      return 'Synced';
    case 'prepared':
      return 'Prepared';
    case null:
      return 'Begun';
  }
}

/** What the comparisons came to. */
export function verdictOf({ equal, comparisons, method }: MigrationReport): string {
  if (equal === null)
    return method === 'dump' ? 'Not compared yet: a dump is compared by pgm verify' : 'Not compared yet';
  const differing = comparisons.reduce((sum, comparison) => sum + comparison.differing, 0);
  if (!equal) return `${plural(differing, 'table')} differ`;
  const notAgain = comparisons.reduce((sum, comparison) => sum + comparison.not_compared, 0);
  const equalWords = comparisons.every(({ depth }) => depth === 'full')
    ? 'All compared rows are equal'
    : 'What was compared is equal';
  return notAgain === 0
    ? equalWords
    : `${equalWords}; ${plural(notAgain, 'table')} that changed ${notAgain === 1 ? 'was' : 'were'} not ` +
        'compared again in the write stop';
}

/** Good is only what was compared to the end. */
export function toneOf({ equal, comparisons }: MigrationReport): 'good' | 'warn' | 'bad' {
  if (equal === false) return 'bad';
  return equal === null || comparisons.some(comparison => comparison.not_compared > 0) ? 'warn' : 'good';
}

/** Of a comparison that found no difference: what was equal is what was looked at. */
export function equalWords({ depth, not_compared }: ReportComparison): string {
  const what = { full: 'equal', sample: 'samples equal', counts: 'same row counts' }[depth];
  return not_compared === 0 ? what : `${what}, but for ${formatCount(not_compared)}`;
}

export const momentWords: Readonly<Record<ReportComparison['moment'], string>> = {
  'before-cutover': 'before writes were stopped',
  'in-write-stop': 'while writes were stopped, what had changed since',
  'by-verify': 'by pgm verify',
};

/** `each row by key ranges (38), whole rows (2)` */
export function howCompared({ depth, methods, moment, tables, not_compared }: ReportComparison): string {
  if (moment === 'in-write-stop' && tables === 0 && not_compared === 0) return 'no table had changed';
  const ways = Object.entries(methods).map(([way, tables]) => `${wayWords[way] ?? way} (${formatCount(tables)})`);
  const what = { full: 'every row', sample: 'samples of rows', counts: 'row counts' }[depth];
  return ways.length === 0 || depth === 'counts' ? what : `${what}: ${ways.join(', ')}`;
}

const wayWords: Readonly<Record<string, string>> = {
  keys: 'hashed by key ranges',
  rows: 'hashed whole',
  counts: 'counted',
  missing: 'missing on one side',
};

export const objectWords: Readonly<Record<keyof ObjectCounts, string>> = {
  schemas: 'Schemas',
  tables: 'Tables and partitions',
  partitioned_tables: 'Partitioned tables',
  foreign_tables: 'Foreign tables',
  views: 'Views',
  materialized_views: 'Materialized views',
  indexes: 'Indexes',
  sequences: 'Sequences',
  constraints: 'Keys and constraints',
  triggers: 'Triggers',
  policies: 'Policies',
  functions: 'Functions and procedures',
  types: 'Types and domains',
  extensions: 'Extensions',
  large_objects: 'Large objects',
};

/** Of all databases of which both sides are known, kinds that there are any of. */
export function objectTotals({ databases }: Pick<MigrationReport, 'databases'>): readonly {
  readonly kind: string;
  readonly source: number;
  readonly target: number;
}[] {
  const known = databases.flatMap(({ objects: { source, target } }) =>
    source === null || target === null ? [] : [{ source, target }],
  );
  return (Object.keys(objectWords) as (keyof ObjectCounts)[]).flatMap(key => {
    const source = known.reduce((sum, counts) => sum + counts.source[key], 0);
    const target = known.reduce((sum, counts) => sum + counts.target[key], 0);
    return source === 0 && target === 0 ? [] : [{ kind: objectWords[key], source, target }];
  });
}

/** The comparison that speaks of a database, the latest of them. */
export function comparisonOf({ comparisons }: MigrationReport, database: string): ReportComparison | undefined {
  return comparisons.findLast(comparison => comparison.database === database);
}
