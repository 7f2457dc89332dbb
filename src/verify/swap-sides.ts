import type { DifferingRow, VerifiedDatabase, VerifiedTable } from './report.js';

const otherDifference = { 'only-source': 'only-target', 'only-target': 'only-source', values: 'values' } as const;
const otherServer = { source: 'target', target: 'source' } as const;

/** A comparison made with the target in the lead, told in the report's words: source is the spec's source again. */
export function swapSides(database: VerifiedDatabase): VerifiedDatabase {
  return {
    ...database,
    tables: database.tables.map(swapTable),
    sequences: database.sequences.map(sequence => ({ ...sequence, source: sequence.target, target: sequence.source })),
  };
}

function swapTable(table: VerifiedTable): VerifiedTable {
  const { missing_columns: missing } = table;
  return {
    ...table,
    rows_source: table.rows_target,
    rows_target: table.rows_source,
    differing_rows: table.differing_rows.map(swapRow),
    ...(missing === undefined
      ? {}
      : { missing_columns: missing.map(({ server, column }) => ({ server: otherServer[server], column })) }),
  };
}

function swapRow(row: DifferingRow): DifferingRow {
  const { values } = row;
  const swapped =
    values === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(values).map(([column, { source, target }]) => [column, { source: target, target: source }]),
        );
  return { ...row, difference: otherDifference[row.difference], ...(swapped === undefined ? {} : { values: swapped }) };
}
