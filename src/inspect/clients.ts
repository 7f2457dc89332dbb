import type { Connection } from '../postgres/connection.js';
import type { ClientFacts } from './facts.js';

/**
 * Without pg_read_all_stats pg_stat_activity shows role, database and application_name of others, and nothing of where
 * they come from (backend_type is null then). A session that idles in no transaction holds an advisory lock for as long
 * as it lives: pg_locks does not tell the two kinds of them apart.
 */
const clientsSql = `
with sessions as (
  select a.pid, a.usename::text as role, a.datname::text as database, host(a.client_addr) as address,
    case when a.backend_type is null then 'unknown'
      when a.client_addr is null then 'socket'
      when s.ssl then 'tls'
      when g.encrypted then 'gss'
      else 'plain' end as transport,
    s.client_dn is not null as certificate, a.application_name as application, a.query, a.xact_start
  from pg_stat_activity a
  left join pg_stat_ssl s on s.pid = a.pid
  left join pg_stat_gssapi g on g.pid = a.pid
  where (a.backend_type = 'client backend' or a.backend_type is null)
    and a.datname is not null
    and a.usename is not null
    and a.pid <> pg_backend_pid()
    and a.application_name !~ '^pgm[:_]'
)
select
  (select coalesce(json_agg(g), '[]') from (
    select role, database, address, transport, certificate, count(*)::int as sessions,
      coalesce((array_agg(distinct application) filter (where application <> ''))[1:3], '{}') as applications
    from sessions
    group by role, database, address, transport, certificate
    order by count(*) desc, role, database, address
    limit 500
  ) g) as groups,
  (select count(*)::int from sessions) as total,
  pg_has_role('pg_read_all_stats', 'usage') as "seesOthers",
  host(inet_server_addr()) as "serverAddress",
  (select coalesce(json_agg(l), '[]') from (
    select role, database, count(*)::int as sessions
    from sessions
    where query ~* '^\\s*listen\\s'
    group by role, database
    order by role, database
    limit 20
  ) l) as listening,
  (select coalesce(json_agg(l), '[]') from (
    select s.role, s.database, count(*)::int as locks
    from pg_locks l
    join sessions s on s.pid = l.pid
    where l.locktype = 'advisory' and l.granted and s.xact_start is null and s.transport <> 'unknown'
    group by s.role, s.database
    order by s.role, s.database
    limit 20
  ) l) as "advisoryLocks",
  (select count(*)::int from pg_locks where not fastpath) as "locksHeld"`;

/** In one query, whatever the number of sessions. */
export async function readClients(connection: Connection): Promise<ClientFacts> {
  return connection.row<ClientFacts>(clientsSql);
}
