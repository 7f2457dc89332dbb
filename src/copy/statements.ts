import { qualifiedName, quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Part, TableToCopy } from './parts.js';

function columnList(table: TableToCopy): string {
  return table.columns.map(quoteIdentifier).join(', ');
}

function options(table: TableToCopy, freeze: boolean): string {
  const list = [...(table.binary ? ['format binary'] : []), ...(freeze ? ['freeze'] : [])];
  return list.length === 0 ? '' : ` with (${list.join(', ')})`;
}

/** `copy … to stdout` of a part; a range of pages is read by a TID range scan (14 and later). */
export function copyOut(part: Part): string {
  const { table } = part;
  if (part.parts === 1) {
    const columns = table.columns.length === 0 ? '' : ` (${columnList(table)})`;
    return `copy ${qualifiedName(table)}${columns} to stdout${options(table, false)}`;
  }
  const range = [
    `ctid >= '(${part.fromPage},0)'::tid`,
    ...(part.toPage === null ? [] : [`ctid < '(${part.toPage},0)'::tid`]),
  ];
  return (
    `copy (select ${columnList(table)} from only ${qualifiedName(table)} where ${range.join(' and ')}) to ` +
    `stdout${options(table, false)}`
  );
}

/**
 * `copy … from stdin` of a part. FREEZE needs a table that was truncated in the same transaction, so only whole tables
 * have it.
 */
export function copyIn(part: Part): string {
  const { table } = part;
  const columns = table.columns.length === 0 ? '' : ` (${columnList(table)})`;
  return `copy ${qualifiedName(table.into ?? table)}${columns} from stdin${options(table, freezes(part))}`;
}

/** Small tables gain nothing from FREEZE and pay for a new file; a partitioned table cannot be loaded with it. */
const freezeAbove = 256 * 1024;

export function freezes(part: Part): boolean {
  return part.table.into === undefined && part.table.fresh && part.parts === 1 && part.bytes > freezeAbove;
}

/** Records parts as finished; sent in the transaction that loaded them. */
export function recordParts(
  migration: string,
  lane: number,
  parts: readonly Part[],
  rows: readonly number[],
  bytes: readonly number[],
): string {
  const values = parts.map(
    ({ table, part, parts: count }, index) =>
      `(${[quoteLiteral(migration), lane, quoteLiteral(table.schema), quoteLiteral(table.name), part, count, rows[index] ?? 0, bytes[index] ?? 0, table.oid, part === 0 ? quoteLiteral(table.numbered) : 'null'].join(', ')})`,
  );
  return (
    'insert into pgm.part (migration, lane, schema, name, part, parts, rows, bytes, ' +
    `source_oid, source_columns) values\n${values.join(',\n')}`
  );
}
