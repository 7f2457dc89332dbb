import type { TableToCompare } from './comparable.js';
import type { Part } from './sums.js';

/** Small tables that are summed up in one statement, or a large one alone. */
export type Job =
  | { readonly kind: 'small'; readonly tables: readonly TableToCompare[]; readonly bytes: number }
  | { readonly kind: 'large'; readonly table: TableToCompare; readonly bytes: number };

/** Bytes up to which a table is a small one, and bytes and tables of one statement over small ones. */
const smallTable = 4 << 20;
const statementBytes = 16 << 20;
const statementTables = 100;

/**
 * Bytes of a part of a large table: how often progress is told, and how long others may wait at the end for the last of
 * them.
 */
const partBytes = 64 << 20;

/**
 * All tables as jobs, the largest first so that none is left over at the end.
 * @param portion bytes of one statement over small tables at the most
 */
export function jobsOf(tables: readonly TableToCompare[], portion: number = statementBytes): Job[] {
  const isLarge = ({ dataBytes }: TableToCompare): boolean => dataBytes > Math.min(smallTable, portion);
  const large = tables.filter(isLarge).map((table): Job => ({ kind: 'large', table, bytes: table.dataBytes }));
  const small: { kind: 'small'; tables: TableToCompare[]; bytes: number }[] = [];
  for (const table of tables) {
    if (isLarge(table)) continue;
    let last = small.at(-1);
    if (
      last === undefined ||
      last.tables.length >= statementTables ||
      last.bytes + table.dataBytes > Math.min(statementBytes, portion)
    )
      small.push((last = { kind: 'small', tables: [], bytes: 0 }));
    last.tables.push(table);
    last.bytes += table.dataBytes;
  }
  return [...large, ...small].sort((a, b) => b.bytes - a.bytes);
}

/**
 * @param blocks null: the table cannot be divided
 * @param portion bytes of one part at the most
 */
export function partsOf(
  table: { readonly dataBytes: number; readonly blocks: unknown },
  portion: number = partBytes,
): Part[] {
  const of = table.blocks === null ? 1 : Math.max(1, Math.round(table.dataBytes / Math.min(partBytes, portion)));
  return Array.from({ length: of }, (_, index) => ({ index, of }));
}
