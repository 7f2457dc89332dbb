import type { Connection } from '../postgres/connection.js';
import { has } from '../postgres/since.js';

const statsSql = `
select s.subname as name,
       s.subenabled as enabled,
       st.pid is not null as running,
       coalesce((to_jsonb(x)->>'apply_error_count')::int, 0) as errors
from pg_subscription s
left join pg_stat_subscription st on st.subid = s.oid and st.relid is null
left join lateral (select * from pg_stat_subscription_stats where subid = s.oid) x on true
where s.subname = any($1)
  and s.subdbid = (select oid from pg_database where datname = current_database())`;

/** A subscription's oid is only for superusers before 14; its name has its database's oid in it. */
const statsSqlBefore15 = `
select s.subname as name, s.subenabled as enabled, st.pid is not null as running, 0 as errors
from pg_subscription s
left join pg_stat_subscription st on st.subname = s.subname and st.relid is null
where s.subname = any($1)
  and s.subdbid = (select oid from pg_database where datname = current_database())`;

interface StatsRow {
  readonly name: string;
  readonly enabled: boolean;
  readonly running: boolean;
  readonly errors: number;
}

/** How often each subscription failed to apply a change since its statistics began; always 0 before 15. */
export async function countApplyErrors(
  subscriber: Connection,
  subscriptions: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const rows = await readStats(subscriber, subscriptions);
  return Object.fromEntries(rows.map(({ name, errors }) => [name, errors]));
}

async function readStats(subscriber: Connection, subscriptions: readonly string[]): Promise<readonly StatsRow[]> {
  const { version } = await subscriber.row<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  return subscriber.rows<StatsRow>(has(version, 'applyErrors') ? statsSql : statsSqlBefore15, [subscriptions]);
}
