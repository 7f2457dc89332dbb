import { qualifiedName } from '../postgres/identifiers.js';
import { tableShapes, type TableName, type TableShape } from './catalog.js';
import type { Dialect } from './dialect.js';
import { identityExpression, rowExpression, type ComparedColumn } from './expressions.js';
import type { VerifiedTable } from './report.js';
import { onBoth, type Both, type Pair } from './sides.js';

export interface TableToCompare extends TableName {
  /** Bytes of heap and TOAST on the source. */
  readonly dataBytes: number;
  readonly rowEstimate: number;
}

/** How a table that both sides have is compared. */
export interface ComparableTable extends TableToCompare {
  readonly columns: readonly ComparedColumn[];
  /** Key columns; empty: rows are told apart by their hash only. */
  readonly key: readonly ComparedColumn[];
  /** A row can be looked up by the text of its key. */
  readonly canLookUp: boolean;
  /** Expression of a row's identity, int8. */
  readonly identity: string;
  /** Expression of a row's hash, int8. */
  readonly row: string;
  /** From-clause with the alias `t`. */
  readonly from: Both<string>;
  /** Blocks to divide into ctid ranges; null: not to be divided. */
  readonly blocks: Both<number> | null;
  readonly missingColumns: NonNullable<VerifiedTable['missing_columns']>;
}

/** A table that only one side has. */
export interface LonelyTable {
  readonly table: TableToCompare;
  readonly on: 'source' | 'target';
  readonly from: string;
}

export interface Prepared {
  readonly comparable: readonly ComparableTable[];
  readonly lonely: readonly LonelyTable[];
}

/** Reads the tables' definitions on both sides. A table that neither side has any more is left out. */
export async function prepareTables(
  pair: Pair,
  tables: readonly TableToCompare[],
  dialect: Dialect,
): Promise<Prepared> {
  const shapes = await onBoth(side => tableShapes(pair[side], tables));
  const comparable: ComparableTable[] = [];
  const lonely: LonelyTable[] = [];
  for (const [index, table] of tables.entries()) {
    const source = shapes.source[index];
    const target = shapes.target[index];
    if (source !== undefined && target !== undefined)
      comparable.push(comparableTable(table, { source, target }, dialect));
    else if (source !== undefined) lonely.push({ table, on: 'source', from: fromClause(table, source) });
    else if (target !== undefined) lonely.push({ table, on: 'target', from: fromClause(table, target) });
  }
  return { comparable, lonely };
}

/** Puts two definitions of one table together: columns by name in the source's order, the source's key. */
export function comparableTable(table: TableToCompare, shapes: Both<TableShape>, dialect: Dialect): ComparableTable {
  const { source, target } = shapes;
  const columns = source.columns.flatMap(column => {
    const other = target.columns.find(({ name }) => name === column.name);
    if (other === undefined) return [];
    return [{ ...column, onlyText: other.type !== column.type, plainInput: column.plainInput && other.plainInput }];
  });
  const found = source.key?.columns.map(name => columns.find(column => column.name === name)) ?? [];
  const key = found.includes(undefined) ? [] : found.filter(column => column !== undefined);
  const identity = key.length === 0 ? undefined : identityExpression(key, dialect);
  const row = rowExpression(columns, dialect, identity);
  return {
    ...table,
    columns,
    key,
    canLookUp:
      key.length > 0 &&
      source.key?.plainEquality === true &&
      dialect.textTravels &&
      !key.some(column => column.onlyText),
    identity: identity ?? row,
    row,
    from: { source: fromClause(table, source), target: fromClause(table, target) },
    blocks: source.blocks === null || target.blocks === null ? null : { source: source.blocks, target: target.blocks },
    missingColumns: [...missing(source, target, 'target'), ...missing(target, source, 'source')],
  };
}

function missing(
  from: TableShape,
  on: TableShape,
  server: 'source' | 'target',
): { server: 'source' | 'target'; column: string }[] {
  const there = new Set(on.columns.map(({ name }) => name));
  return from.columns.filter(({ name }) => !there.has(name)).map(({ name }) => ({ server, column: name }));
}

function fromClause(table: TableName, shape: TableShape): string {
  return `${shape.partitioned ? '' : 'only '}${qualifiedName(table)} as t`;
}
