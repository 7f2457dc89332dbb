import type { Connection } from '../postgres/connection.js';
import type { ComparableTable } from './comparable.js';
import type { Side } from './sides.js';

/** Rows, and the sum of their hashes. A sum, since XOR would let two equal rows cancel out. */
export interface Total {
  readonly rows: number;
  readonly sum: bigint;
}

/**
 * Part `index` of `of` equal parts of a table's blocks. The parts of the two sides do not correspond, but their sums
 * add up.
 */
export interface Part {
  readonly index: number;
  readonly of: number;
}

export const wholeTable: Part = { index: 0, of: 1 };

export type Content = 'rows' | 'counts';

/** Totals of many tables in one statement, in their order. */
export async function totals(
  connection: Connection,
  side: Side,
  tables: readonly ComparableTable[],
  content: Content,
  part = wholeTable,
): Promise<Total[]> {
  const statement = tables.map((table, index) => total(index, side, table, content, part)).join('\nunion all\n');
  const rows = await connection.rows<{ item: number; rows: string; sum: string }>(statement);
  const found = new Map(rows.map(row => [row.item, { rows: Number(row.rows), sum: BigInt(row.sum) }]));
  return tables.map((_, index) => found.get(index) ?? { rows: 0, sum: 0n });
}

function total(index: number, side: Side, table: ComparableTable, content: Content, part: Part): string {
  return `
    select ${index} as item, count(*)::text as rows,
      ${content === 'counts' ? "'0'" : `coalesce(sum(${table.row}), 0)::text`} as sum
    from ${table.from[side]}
    where ${blocksOf(table, side, part)}`;
}

/** Rows by the low bits of their identity. `mask` says which bits; 0: all rows are in bucket 0. */
export interface BucketChoice {
  readonly mask: number;
  readonly buckets: readonly number[];
}

/**
 * Totals by bucket of `mask`.
 * @param within only rows of these coarser buckets
 */
export async function bucketTotals(
  connection: Connection,
  side: Side,
  table: ComparableTable,
  content: Content,
  mask: number,
  { part = wholeTable, within }: { readonly part?: Part; readonly within?: BucketChoice } = {},
): Promise<Map<number, Total>> {
  const rows = await connection.rows<{ bucket: number; rows: string; sum: string }>(
    `
    select (t.identity & ${mask})::int4 as bucket, count(*)::text as rows, sum(t.hash)::text as sum
    from (
      select ${table.identity} as identity, ${content === 'counts' ? '0::int8' : table.row} as hash
      from ${table.from[side]}
      where ${within === undefined ? blocksOf(table, side, part) : inBuckets(table, within)}
      offset 0
    ) as t
    group by 1`,
    within === undefined ? [] : [within.buckets],
  );
  return new Map(rows.map(row => [row.bucket, { rows: Number(row.rows), sum: BigInt(row.sum) }]));
}

/** Condition on the buckets that are the statement's first parameter. */
export function inBuckets(table: ComparableTable, { mask }: BucketChoice): string {
  return `(${table.identity} & ${mask}) in (select unnest($1::int8[]))`;
}

function blocksOf(table: ComparableTable, side: Side, { index, of }: Part): string {
  if (of === 1 || table.blocks === null) return 'true';
  const start = (part: number): number => Math.floor((table.blocks?.[side] ?? 0) * (part / of));
  const from = `t.ctid >= '(${start(index)},0)'`;
  return index === of - 1 ? from : `${from} and t.ctid < '(${start(index + 1)},0)'`;
}
