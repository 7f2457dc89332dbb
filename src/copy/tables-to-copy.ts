import { numberedColumnsSql } from '../inspect/definitions/column-history.js';
import { tablesPlannedWithCode } from '../inspect/planned-code.js';
import { relationKey } from '../postgres/relation-key.js';
import type { Connection } from '../postgres/connection.js';
import type { TableToCopy } from './parts.js';

/** A table as the plan names it. */
export interface PlannedTable {
  readonly schema: string;
  readonly name: string;
  readonly binary: boolean;
  readonly fresh: boolean;
  /** The partitioned table that finds a row's partition on the target. */
  readonly into?: { readonly schema: string; readonly name: string };
}

interface MeasuredRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly numbered: string;
  readonly pages: number;
  readonly bytes: number;
  readonly stream: number | null;
  readonly kind: string;
}

/**
 * Sizes are asked for after the snapshot was taken, so that the last range covers every row it sees. `stream` is what a
 * row costs in binary COPY (2 bytes, and 4 before each value) by the average widths of ANALYZE; small tables do
 * without.
 */
const measureSql = `
select c.oid::text as oid,
       n.nspname as schema,
       c.relname as name,
       c.relkind::text as kind,
       coalesce((
         select array_agg(a.attname::text order by a.attnum)
         from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       ), '{}') as columns,
       ${numberedColumnsSql('c')}::text as numbered,
       (case when am.amname = 'heap' then pg_relation_size(c.oid) / current_setting('block_size')::bigint
         else 0 end)::float8 as pages,
       (pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0))::float8 as bytes,
       case when c.relpages >= 512 and c.reltuples > 0 then (
         select c.reltuples * (2 + sum(4 + s.avg_width * (1 - s.null_frac)))
         from pg_stats s
         where s.schemaname = n.nspname and s.tablename = c.relname and not s.inherited
       ) end::float8 as stream
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_am am on am.oid = c.relam
where c.relkind = 'r'
  and c.relpersistence in ('p', 'u')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pgm')`;

export interface Measured {
  readonly tables: readonly TableToCopy[];
  /** Planned tables that are no longer there. */
  readonly missing: readonly PlannedTable[];
}

/** Measures the planned tables in the snapshot's transaction: two queries however many they are. */
export async function measureTables(source: Connection, planned: readonly PlannedTable[]): Promise<Measured> {
  const rows = new Map((await source.rows<MeasuredRow>(measureSql)).map(row => [relationKey(row), row]));
  const calling = await tablesPlannedWithCode(source);
  const tables: TableToCopy[] = [];
  const missing: PlannedTable[] = [];
  for (const table of planned) {
    const row = rows.get(relationKey(table));
    if (row === undefined) missing.push(table);
    else
      tables.push({
        oid: row.oid,
        schema: row.schema,
        name: row.name,
        columns: row.columns,
        numbered: row.numbered,
        pages: row.pages,
        bytes: row.bytes,
        streamBytes: row.stream,
        binary: table.binary,
        unplanned: calling.has(relationKey(table)),
        fresh: table.fresh,
        ...(table.into === undefined ? {} : { into: table.into }),
      });
  }
  return { tables, missing };
}
