import type { Connection } from '../../postgres/connection.js';
import type { Need, Unmet } from './needs.js';

/**
 * Which of them the target does not meet. A built-in function keeps its oid over the versions, and where it was
 * replaced another one of its name takes as many arguments. Files are looked for where the server lets the role list
 * its folders.
 */
const unmetSql = `
with needs as (
  select what, name
  from json_to_recordset($1::json) as n (what text, name text)
), folders as (
  select (select setting from pg_config where name = 'PKGLIBDIR') as libraries,
    (select setting from pg_config where name = 'SHAREDIR') || '/tsearch_data' as dictionaries
  where has_function_privilege('pg_config()', 'execute') and has_table_privilege('pg_config', 'select')
    and has_function_privilege('pg_ls_dir(text,boolean,boolean)', 'execute')
      and pg_has_role(current_user, 'pg_read_server_files', 'member')
), files as (
  select pg_ls_dir(libraries, true, false) as name from folders
  union all
  select pg_ls_dir(dictionaries, true, false) from folders
), judged as (
  select n.what, n.name,
    case n.what
      when 'signature' then to_regprocedure(n.name) is not null
      when 'function' then to_regprocedure(n.name) is not null or exists (
          select from pg_proc f
          cross join lateral (
            select case when n.name like '%()' then 0 else array_length(string_to_array(n.name, ','), 1) end as args
          ) a
          where f.pronamespace = 'pg_catalog'::regnamespace
            and f.proname = trim(both '"' from regexp_replace(split_part(n.name, '(', 1), '^pg_catalog\\.', ''))
            and a.args between f.pronargs - f.pronargdefaults and f.pronargs
        )
      when 'operator' then to_regoperator(n.name) is not null or exists (
          select from pg_operator o
          where o.oprname = regexp_replace(split_part(n.name, '(', 1), '^pg_catalog\\.', '')
            and (o.oprleft = 0) = (n.name ~ '\\(NONE,') and o.oprright <> 0 and n.name !~ ',NONE\\)'
            and exists (
              select from pg_type t
              where t.oid in (o.oprleft, o.oprright) and t.typtype = 'p'
            )
        )
      when 'column' then exists (
          select from pg_attribute a
          join pg_class c on c.oid = a.attrelid
          join pg_namespace s on s.oid = c.relnamespace
          where s.nspname = split_part(n.name, '.', 1) and c.relname = split_part(n.name, '.', 2)
            and a.attname = split_part(n.name, '.', 3) and not a.attisdropped
        )
      when 'internal' then exists (
          select from pg_proc f
          join pg_language l on l.oid = f.prolang and l.lanname = 'internal'
          where f.prosrc = n.name
        )
      when 'collation' then exists (select from pg_collation c where c.collname = n.name)
      when 'locale' then lower(n.name) in ('c', 'posix') or exists (
          select from pg_collation c
          where replace(lower(c.collcollate), '-', '') = replace(lower(n.name), '-', '')
        )
      when 'icu' then exists (select from pg_collation c where c.collprovider = 'i')
      when 'compression' then exists (
          select from pg_settings s
          where s.name = 'default_toast_compression' and n.name = any (s.enumvals)
        )
      when 'row-type' then exists (
          select from pg_class c
          join pg_namespace s on s.oid = c.relnamespace
          where n.name = format('%s.%s(%s)', s.nspname, c.relname, (
              select string_agg(x.attname, ', ' order by x.attnum)
              from pg_attribute x
              where x.attrelid = c.oid and x.attnum > 0 and not x.attisdropped
            ))
        )
      when 'postfix-operator' then current_setting('server_version_num')::int < 140000
      when 'conversion' then current_setting('server_version_num')::int < 140000
      when 'setting' then case n.name
          when 'standard_conforming_strings = off' then current_setting('server_version_num')::int < 190000
          else current_setting(n.name, true) is not null
        end
      when 'library' then exists (
          select from files f
          where f.name in (regexp_replace(n.name, '^\\$libdir/', ''), regexp_replace(n.name, '^\\$libdir/',
            '') || '.so', regexp_replace(n.name, '^\\$libdir/', '') || '.dylib')
        )
      when 'dictionary-file' then exists (select from files f where f.name = n.name)
    end as met,
    n.what not in ('library', 'dictionary-file') or exists (select from files) and n.name !~ '^/' as known
  from needs n
)
select what, name, known
from judged
where not met`;

/** @param connection to the target's database, or where that is still to come, its maintenance database */
export async function readUnmet(connection: Connection, needs: readonly Need[]): Promise<readonly Unmet[]> {
  if (needs.length === 0) return [];
  const rows = await connection.rows<Pick<Unmet, 'what' | 'name' | 'known'>>(unmetSql, [
    JSON.stringify(needs.map(({ what, name }) => ({ what, name }))),
  ]);
  const known = new Map(rows.map(row => [`${row.what} ${row.name}`, row.known]));
  return needs.flatMap(need => {
    const is = known.get(`${need.what} ${need.name}`);
    return is === undefined ? [] : [{ ...need, known: is }];
  });
}
