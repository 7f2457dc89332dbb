/**
 * SQL for who holds a lock `l` of pg_locks: his session `a` of pg_stat_activity, or his prepared transaction `p` of
 * pg_prepared_xacts, with how long it lasts.
 */
export const holderWords = `case when p.gid is null
         then format('pid %s (%s@%s, %s s): %s', l.pid, a.usename, a.application_name, round(extract(epoch from now() - a.xact_start)), left(a.query, 80))
         else format('prepared transaction "%s" (%s s)', p.gid, round(extract(epoch from now() - p.prepared)))
       end`;
