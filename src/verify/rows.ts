import type { Connection } from '../postgres/connection.js';
import type { ComparableTable } from './comparable.js';
import { keyText, reference } from './expressions.js';
import type { Side } from './sides.js';
import { inBuckets, type BucketChoice, type Content } from './sums.js';

/** What one side shows for an identity: usually one row. */
export interface FoundRow {
  readonly identity: string;
  /** Number of rows and sum of their hashes; equal values mean equal rows. */
  readonly value: string;
  /** Changes with every new version of the row. */
  readonly version: string;
  /** Text of the key columns; empty for a table without a key. */
  readonly key: readonly string[];
}

/** Where to look. */
export type Which =
  | ({ readonly kind: 'buckets' } & BucketChoice)
  | { readonly kind: 'wanted'; readonly rows: readonly WantedRow[] }
  | { readonly kind: 'sample'; readonly percent: number; readonly seed: number; readonly limit: number };

export interface WantedRow {
  readonly identity: string;
  readonly key: readonly string[];
}

/** The rows of some buckets, those that are wanted by name, or some by chance; by identity. */
export async function findRows(
  connection: Connection,
  side: Side,
  table: ComparableTable,
  content: Content,
  which: Which,
): Promise<Map<string, FoundRow>> {
  const { from, parameters } = restricted(table, side, which);
  const rows = await connection.rows<FoundRow>(
    `
    select t.identity::text as identity, count(*)::text || ' ' || sum(t.hash)::text as value, min(t.version) as version,
      coalesce(min(t.key), '{}') as key
    from (
      select
        ${table.identity} as identity,
        ${content === 'counts' ? '0::int8' : table.row} as hash,
        ${table.key.length === 0 ? "''" : "t.tableoid::text || ' ' || t.xmin::text || ' ' || t.ctid::text"} as version,
        array[${table.key.map(column => `(${keyText(column)}) collate "C"`).join(', ')}]::text[] as key
      from ${from}
    ) as t
    group by t.identity`,
    parameters,
  );
  return new Map(rows.map(row => [row.identity, { ...row, version: `${row.version} ${row.value}` }]));
}

/** From-clause and where-clause for the rows in question, and the parameters in them. */
export function restricted(
  table: ComparableTable,
  side: Side,
  which: Which,
): { readonly from: string; readonly parameters: readonly unknown[] } {
  if (which.kind === 'sample')
    return {
      from: `${table.from[side]} tablesample system (${which.percent}) repeatable (${which.seed}) limit ${which.limit}`,
      parameters: [],
    };
  if (which.kind === 'buckets') {
    if (which.mask === 0) return { from: table.from[side], parameters: [] };
    return { from: `${table.from[side]} where ${inBuckets(table, which)}`, parameters: [which.buckets] };
  }
  if (!table.canLookUp)
    return {
      from: `${table.from[side]} where ${table.identity} in (select unnest($1::int8[]))`,
      parameters: [which.rows.map(row => row.identity)],
    };
  const texts = table.key.map((_, index) => which.rows.map(row => row.key[index] ?? null));
  return { from: `${table.from[side]} join ${wantedKeys(table)}`, parameters: texts };
}

/** Keys given as one array of texts a column, joined so that the planner may use the key's index. */
function wantedKeys(table: ComparableTable): string {
  const names = table.key.map((_, index) => `k${index + 1}`);
  const values = table.key.map(
    ({ plainInput, castType }, index) => `given.k${index + 1}${plainInput ? `::${castType}` : ''} as k${index + 1}`,
  );
  const arrays = table.key.map((_, index) => `$${index + 1}::text[]`);
  const equal = table.key.map((column, index) =>
    column.plainInput
      ? `${reference(column)} = wanted.k${index + 1}`
      : `(${keyText(column)}) collate "C" = wanted.k${index + 1} collate "C"`,
  );
  return `(
        select ${values.join(', ')}
        from unnest(${arrays.join(', ')}) as given(${names.join(', ')})
      ) as wanted on ${equal.join(' and ')}`;
}
