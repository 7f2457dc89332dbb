import type { BenchServer } from './servers.js';

const tablesSql =
  `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join ` +
  `pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname not in ` +
  `('pg_catalog', 'information_schema', 'pgm') order by 1`;

/** Rows and a sum of hashes of every table of a database, computed in the server. */
async function fingerprint(server: BenchServer, database: string): Promise<string> {
  const names = ((await server.sql(database, tablesSql)).rows as { name: string }[]).map(({ name }) => name);
  const prints: string[] = [];
  for (let at = 0; at < names.length; at += 500) {
    const selects = names
      .slice(at, at + 500)
      .map(
        name =>
          `select '${name.replaceAll("'", "''")}' as name, count(*)::text as rows, ` +
          `coalesce(sum(hash_record_extended(x, 0)), 0)::text as hash from ${name} x`,
      );
    const { rows } = await server.sql(database, selects.join(' union all '));
    prints.push(
      ...(rows as { name: string; rows: string; hash: string }[]).map(row => `${row.name} ${row.rows} ${row.hash}`),
    );
  }
  return prints.sort().join('\n');
}

/** Compares without any code of pgm. */
export async function sidesEqual(
  source: BenchServer,
  target: BenchServer,
  databases: readonly string[],
): Promise<boolean> {
  for (const database of databases) {
    const [ours, theirs] = await Promise.all([fingerprint(source, database), fingerprint(target, database)]);
    if (ours !== theirs) return false;
  }
  return true;
}
