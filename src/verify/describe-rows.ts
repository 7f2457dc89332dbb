import type { ComparableTable } from './comparable.js';
import { hashOfText, textOf } from './expressions.js';
import type { Dialect } from './dialect.js';
import type { RowDifference } from './narrow.js';
import type { DifferingRow } from './report.js';
import { restricted, type WantedRow } from './rows.js';
import { onBoth, type Pair, type Side } from './sides.js';
import type { Content } from './sums.js';

/** Differing rows that a report shows of a table. */
export const shownRows = 100;

/** Characters of a value that a report shows. */
const shownCharacters = 1000;

export interface Described {
  readonly content: Content;
  /** Show values too, not only keys. */
  readonly values: boolean;
  readonly dialect: Dialect;
}

interface ColumnsOfRow {
  readonly identity: string;
  readonly hashes: readonly (string | null)[];
  readonly values: readonly (string | null)[];
}

/** Reads the rows once more, column by column, for a report that names what differs. */
export async function describeRows(
  pair: Pair,
  table: ComparableTable,
  rows: readonly RowDifference[],
  { content, values, dialect }: Described,
): Promise<DifferingRow[]> {
  const bothHave = rows.some(row => row.difference === 'values');
  const wanted = rows.length > 0 && content === 'rows' && (values || bothHave);
  const none: ReadonlyMap<string, ColumnsOfRow> = new Map();
  const { source, target } = wanted
    ? await onBoth(side => columnsOf(pair, side, table, rows, values, dialect))
    : { source: none, target: none };
  return rows.map(row => {
    const here = source.get(row.identity);
    const there = target.get(row.identity);
    const differing = table.columns
      .map((column, index) => ({ column, index }))
      .filter(({ index }) => here?.hashes[index] !== there?.hashes[index]);
    const shown = row.difference === 'values' ? differing : table.columns.map((column, index) => ({ column, index }));
    return {
      key:
        table.key.length === 0
          ? { row_hash: row.identity }
          : Object.fromEntries(table.key.map((column, index) => [column.name, row.key[index] ?? null])),
      difference: row.difference,
      columns: row.difference === 'values' ? differing.map(({ column }) => column.name) : [],
      ...(values && wanted
        ? {
            values: Object.fromEntries(
              shown.map(({ column, index }) => [
                column.name,
                { source: here?.values[index] ?? null, target: there?.values[index] ?? null },
              ]),
            ),
          }
        : {}),
    };
  });
}

async function columnsOf(
  pair: Pair,
  side: Side,
  table: ComparableTable,
  rows: readonly WantedRow[],
  values: boolean,
  dialect: Dialect,
): Promise<Map<string, ColumnsOfRow>> {
  const { from, parameters } = restricted(table, side, { kind: 'wanted', rows });
  const hashes = table.columns.map(column => `${hashOfText(textOf(column), dialect)}::text`);
  const texts = values ? table.columns.map(column => `left(${textOf(column)}, ${shownCharacters}) collate "C"`) : [];
  const found = await pair[side].rows<ColumnsOfRow>(
    `
    select ${table.identity}::text as identity, array[${hashes.join(', ')}]::text[] as hashes,
      array[${texts.join(', ')}]::text[] as values
    from ${from}`,
    parameters,
  );
  return new Map(found.map(row => [row.identity, row]));
}
