import type { Connection } from '../postgres/connection.js';
import type { StandbyFacts, WriterFacts } from './facts.js';

const activitySql = `
select
  (select count(*)::int from pg_stat_replication) as "walSendersInUse",
  (select case when count(*) filter (where state is null) = 0
    then coalesce(json_agg(json_build_object('name', application_name,
      'streams', state = 'streaming', 'waitedFor', sync_priority > 0) order by application_name), '[]') end
    from pg_stat_replication) as standbys,
  (select count(*)::int from pg_stat_activity where backend_type = 'client backend' or (backend_type is null
    and datid is not null)) as "connectionsInUse",
  (select (2147483647 - 3000000 - max(age(datfrozenxid)))::float8 from pg_database) as "xidsLeft",
  (select coalesce(json_agg(w order by w."ageSeconds" desc), '[]') from (
    select 'transaction' as kind, pid, null::text as gid, usename as user, datname as database,
      greatest(extract(epoch from clock_timestamp() - xact_start), 0)::float8 as "ageSeconds",
      left(query, 200) as query
    from pg_stat_activity
    where backend_xid is not null and pid <> pg_backend_pid() and datid is not null and backend_type = 'client backend'
      and application_name not like 'pgm: %'
    union all
    select 'prepared', null, gid, owner, database, greatest(extract(epoch
      from clock_timestamp() - prepared), 0)::float8, null
    from pg_prepared_xacts
  ) w) as writers`;

export interface Activity {
  readonly walSendersInUse: number;
  readonly standbys: readonly StandbyFacts[] | null;
  readonly connectionsInUse: number;
  readonly xidsLeft: number;
  readonly writers: readonly WriterFacts[];
}

/**
 * Who is at work. pgm's own sessions are left out of the writers. Without pg_read_all_stats others' transactions are
 * not to be seen.
 */
export async function readActivity(connection: Connection): Promise<Activity> {
  return connection.row<Activity>(activitySql);
}
