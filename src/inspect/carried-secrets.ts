/** Names of options that hold something secret, in whatever foreign-data wrapper. */
const secretNames = `'pass|pwd|secret|token|credential|api_?key|private_?key'`;

const hasSecret = (options: string): string =>
  `exists (select from unnest(${options}) o where split_part(o, '=', 1) ~* ${secretNames})`;

/**
 * JSON: what comes along with the definitions and has a password in it, by names alone. Of a user mapping the role may
 * not see the options [as pg_user_mappings decides]; pg_dump leaves them out then. A subscription's connection is for
 * superusers to read, and pg_dump brings none for others.
 */
export const carriedSecretsSql = `
select coalesce(json_agg(json_build_object('kind', s.kind, 'name', s.name, 'readable', s.readable)
  order by s.kind, s.name), '[]')
from (
  select 'user mapping' as kind, format('for %s on server %s', case when m.umuser = 0 then 'public'
    else quote_ident(m.usename) end, quote_ident(m.srvname)) as name,
    m.umoptions is not null or f.readable as readable, m.umoptions as options
  from pg_user_mappings m
  join pg_foreign_server v on v.oid = m.srvid
  cross join lateral (
    select r.rolsuper or m.umuser = 0 and pg_has_role(v.srvowner, 'usage') or m.umuser <> 0
      and m.usename = current_user and (pg_has_role(v.srvowner, 'usage') or has_server_privilege(v.oid, 'usage'))
      as readable
    from pg_roles r
    where r.rolname = current_user
  ) f
  union all
  select 'server', quote_ident(srvname), true, srvoptions
  from pg_foreign_server
  union all
  select 'foreign-data wrapper', quote_ident(fdwname), true, fdwoptions
  from pg_foreign_data_wrapper
) s
where not s.readable or ${hasSecret('s.options')}`;

/** JSON: names of subscriptions that the user made here and that have a password; for superusers. */
export const secretSubscriptionsSql = `
select coalesce(json_agg(x.name order by x.name), '[]')
from pg_roles r
cross join lateral xmltable('/table/row' passing query_to_xml(
  'select subname as name from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid ' ||
  'where d.datname = pg_catalog.current_database() and s.subname !~ ''^pgm_.*_[0-9]+_(r|[0-9]+)$'' ' ||
  'and s.subconninfo ~* ''passw''', false, false, '') columns name text) x
where r.rolname = current_user and r.rolsuper`;
