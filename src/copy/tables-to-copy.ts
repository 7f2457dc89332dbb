import type { Connection } from '../postgres/connection.js';
import type { TableToCopy } from './parts.js';

/** A table as the plan names it. */
export interface PlannedTable {
  readonly schema: string;
  readonly name: string;
  readonly binary: boolean;
  readonly fresh: boolean;
}

interface MeasuredRow {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly pages: number;
  readonly bytes: number;
  readonly kind: string;
}

/** Sizes are asked for after the snapshot was taken, so that the last range covers every row it sees. */
const measureSql = `
select n.nspname as schema,
       c.relname as name,
       c.relkind::text as kind,
       coalesce((
         select array_agg(a.attname::text order by a.attnum)
         from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       ), '{}') as columns,
       (case when am.amname = 'heap' then pg_relation_size(c.oid) / current_setting('block_size')::bigint else 0 end)::float8 as pages,
       (pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0))::float8 as bytes
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

/** Measures the planned tables in the snapshot's transaction: one query however many they are. */
export async function measureTables(source: Connection, planned: readonly PlannedTable[]): Promise<Measured> {
  const rows = new Map((await source.rows<MeasuredRow>(measureSql)).map(row => [JSON.stringify([row.schema, row.name]), row]));
  const tables: TableToCopy[] = [];
  const missing: PlannedTable[] = [];
  for (const table of planned) {
    const row = rows.get(JSON.stringify([table.schema, table.name]));
    if (row === undefined) missing.push(table);
    else tables.push({ schema: row.schema, name: row.name, columns: row.columns, pages: row.pages, bytes: row.bytes, binary: table.binary, fresh: table.fresh });
  }
  return { tables, missing };
}
