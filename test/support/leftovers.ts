import { isRunning, sql, type LocalServer } from './servers.js';
import { waitUntil } from './wait.js';

const inCluster = `
  select 'slot ' || slot_name as leftover from pg_replication_slots
  union all
  select 'subscription ' || subname from pg_subscription
  union all
  select 'session ' || application_name from pg_stat_activity where application_name like 'pgm%'
  order by 1`;

const inDatabase = `
  select 'publication ' || pubname as leftover from pg_publication
  union all
  select 'schema ' || nspname from pg_namespace where nspname like 'pgm%'
  order by 1`;

/** What pgm makes and must have dropped in the end: slots, subscriptions, publications, its schema, its sessions. */
export async function leftovers(server: LocalServer): Promise<string[]> {
  const found = (await sql<{ leftover: string }>(server, 'postgres', inCluster)).map(row => row.leftover);
  const databases = await sql<{ datname: string }>(
    server,
    'postgres',
    'select datname from pg_database where datallowconn and not datistemplate order by 1',
  );
  for (const { datname } of databases) {
    const rows = await sql<{ leftover: string }>(server, datname, inDatabase);
    found.push(...rows.map(row => `${row.leftover} in ${datname}`));
  }
  return found;
}

/** As {@link leftovers}, once sessions that are just ending have had the time to. A stopped server has none. */
export async function lastLeftovers(server: LocalServer): Promise<string[]> {
  if (!isRunning(server)) return [];
  let left: string[] = [];
  await waitUntil('nothing is left', async () => (left = await leftovers(server)).length === 0, 3_000).catch(
    () => undefined,
  );
  return left;
}
