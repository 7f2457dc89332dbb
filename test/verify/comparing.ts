import { compareDatabase, type CompareInput, type TableToCompare } from '../../src/verify/compare.js';
import type { VerifiedDatabase, VerifiedTable } from '../../src/verify/report.js';
import { processEnvironment } from '../../src/postgres/environment.js';
import { resolveConninfo } from '../../src/postgres/resolve-conninfo.js';
import type { Conninfo } from '../../src/postgres/conninfo.js';
import { createDatabase, dropDatabases, sql, url, type LocalServer } from '../support/servers.js';

export function conninfo(server: LocalServer): Conninfo {
  return resolveConninfo(url(server), processEnvironment());
}

/** The tables of a database, leaves only, as the plan would hand them over. */
export async function tablesOf(server: LocalServer, database: string): Promise<TableToCompare[]> {
  return sql<TableToCompare & Record<string, unknown>>(server, database, tables);
}

const tables = `
  select n.nspname as schema, c.relname as name, pg_table_size(c.oid)::float8 as "dataBytes", c.reltuples::float8 as "rowEstimate"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by 1, 2`;

type Options = Partial<Omit<CompareInput, 'source' | 'target' | 'database'>>;

/** Compares a database with all the source's tables. */
export async function compare(
  source: LocalServer,
  target: LocalServer,
  database: string,
  options: Options = {},
  signal = new AbortController().signal,
): Promise<VerifiedDatabase> {
  return compareDatabase(
    {
      source: conninfo(source),
      target: conninfo(target),
      database,
      tables: options.tables ?? (await tablesOf(source, database)),
      depth: 'full',
      jobs: 2,
      values: false,
      ...options,
    },
    () => undefined,
    signal,
  );
}

/** Both servers get the database with the same script, the target a change of its own on top; dropped afterwards. */
export async function compareScripts(
  source: LocalServer,
  target: LocalServer,
  script: string,
  change: string,
  options: Options = {},
): Promise<VerifiedDatabase> {
  const database = `compared_${String(++compared)}`;
  await Promise.all([
    createDatabase(source, database, script),
    createDatabase(target, database, `${script};\n${change}`),
  ]);
  try {
    return await compare(source, target, database, options);
  } finally {
    await Promise.all([dropDatabases(source, database), dropDatabases(target, database)]);
  }
}

let compared = 0;

/** The tables that differ, with what is named of them, short enough to be written down in a test. */
export function differing(result: VerifiedDatabase): string[] {
  return result.tables
    .filter(table => !table.equal)
    .flatMap(table => [...rows(table), ...columns(table)])
    .sort();
}

function rows(table: VerifiedTable): string[] {
  if (table.method === 'missing')
    return [`${table.table} missing ${String(table.rows_source)}:${String(table.rows_target)}`];
  return table.differing_rows.map(row => {
    const key = table.method === 'rows' ? 'row' : Object.values(row.key).join(',');
    return `${table.table} ${key} ${row.difference}${row.columns.length === 0 ? '' : ` ${row.columns.join(',')}`}`;
  });
}

function columns(table: VerifiedTable): string[] {
  return (table.missing_columns ?? []).map(missing => `${table.table}.${missing.column} missing on ${missing.server}`);
}
