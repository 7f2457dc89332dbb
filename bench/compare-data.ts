import pg from 'pg';
import type { BenchServer } from './servers.js';

const tablesSql = `
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name,
  (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r'
  and n.nspname !~ '^pg_'
  and n.nspname <> 'information_schema'
order by pg_table_size(c.oid) desc, 1`;

export interface ComparedData {
  /** Seconds. */
  readonly wall: number;
  readonly rows: number;
  /** Tables whose row counts or checksums differ. */
  readonly different: readonly string[];
}

/**
 * What `pgcopydb compare data` does since 0.12 (Debian 12 has 0.10, which does not): so many workers, 4 by default
 * (--table-jobs), take the tables by size, open a session to either server for each, and send both the same query; the
 * checksum is the md5 of the sum of hashtext over the row's text, and of the count. Its reading of the catalogue and
 * its pauses of 10 ms between two looks at a result are left out, to its favour.
 */
export async function compareData(
  source: BenchServer,
  target: BenchServer,
  database: string,
  jobs: number,
): Promise<ComparedData> {
  const began = performance.now();
  const queue = (await source.sql(database, tablesSql)).rows as { name: string; columns: string }[];
  const different: string[] = [];
  let rows = 0;
  const worker = async (): Promise<void> => {
    for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
      const { name, columns } = table;
      const query =
        `select count(1) as cnt, md5(format('%s-%s', sum(hashtext((${columns})::text)::bigint), ` +
        `count(1)))::uuid as chksum from only ${name}`;
      const [here, there] = await Promise.all([source, target].map(server => checksum(server, database, query)));
      rows += here?.count ?? 0;
      if (here?.count !== there?.count || here?.checksum !== there?.checksum) different.push(name);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return { wall: (performance.now() - began) / 1000, rows, different };
}

async function checksum(
  server: BenchServer,
  database: string,
  query: string,
): Promise<{ readonly count: number; readonly checksum: string }> {
  const client = new pg.Client({ connectionString: server.url(database) });
  await client.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ cnt: string; chksum: string }>(query);
    await client.query('commit');
    return { count: Number(rows[0]?.cnt), checksum: rows[0]?.chksum ?? '' };
  } finally {
    await client.end();
  }
}
