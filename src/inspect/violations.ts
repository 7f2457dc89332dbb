import type { Connection } from '../postgres/connection.js';
import type { ViolatedConstraint } from './facts.js';
import { foreignSchemas } from './tables.js';
import { readTablesOnly, usersCodeSql } from './users-code.js';

/** Milliseconds for all constraints of a database together: a plan is a matter of seconds. */
const budget = 500;
/** Pages (32 MB at 8 kB): a table that is larger is not read through for it. */
const mostPages = 4096;

/**
 * Foreign keys and checks that rows of the source violate. PostgreSQL lets them in where triggers were off
 * (session_replication_role, DISABLE TRIGGER) or a function of a check was changed, and tells nobody; the target finds
 * out when the rows have been copied. One query with a query within it for each constraint, smallest table first, until
 * the budget is spent. pgm's role may be a superuser's and must not run code of users, so that only what is made of
 * PostgreSQL's own is asked: of a check all functions are built in and immutable (a built-in one such as query_to_xml
 * would run anything) and all types built in (a domain has checks, an enum may have casts of its own); of a key the
 * columns' types; and planning the query runs nothing either. The rest comes back as not looked at. Of 18: a PERIOD key
 * holds by ranges, not by equal values, and what is NOT ENFORCED is refused nowhere. A constraint on a partition of the
 * *referenced* table is part of another.
 */
const violationsSql = `
with code as materialized (${usersCodeSql}
), constraints as materialized (
  select *
  from pg_constraint c
  where contype in ('f', 'c') and conrelid <> 0
    and to_jsonb(c) ->> 'conperiod' is distinct from 'true' and to_jsonb(c) ->> 'conenforced' is distinct from 'false'
), asked as materialized (
  select k.oid, n.nspname as schema, c.relname as table, k.conname as name, k.contype, k.convalidated,
    greatest(pg_relation_size(c.oid) / current_setting('block_size')::int, 0) as pages,
    case
      when exists (select from code where code.relid in (k.conrelid, k.confrelid))
        or k.confrelid <> 0 and exists (select from code join pg_partition_tree(k.confrelid) part
          on part.relid = code.relid) then false
      when k.contype = 'c' then not exists (
          select from regexp_matches(k.conbin::text, ':(\\w*(?:type|typeid|typid|funcid|fnoid|opno|relid))s? (\\d+)',
            'g') as found(m)
          where m[2]::bigint >= 16384)
        and not exists (
          select from regexp_matches(k.conbin::text, ':(?:\\w*funcid|\\w*fnoid) (\\d+)', 'g') as found(m)
          join pg_proc f on f.oid = m[1]::oid
          where f.provolatile <> 'i')
        and not exists (
          select from regexp_matches(k.conbin::text, ':opno (\\d+)', 'g') as found(m)
          join pg_operator op on op.oid = m[1]::oid
          join pg_proc f on f.oid = op.oprcode
          where f.provolatile <> 'i')
        and not exists (
          select from pg_depend d
          where d.classid = 'pg_constraint'::regclass and d.objid = k.oid
            and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass))
      else not exists (select from unnest(k.conpfeqop) operator where operator >= 16384)
        and not exists (
          select from pg_attribute a
          join pg_type t on t.oid = a.atttypid
          where (a.attrelid = k.conrelid and a.attnum = any (k.conkey) or a.attrelid = k.confrelid
            and a.attnum = any (k.confkey))
            and case t.typtype when 'd' then t.typbasetype else t.oid end >= 16384)
    end as plain,
    case k.contype
      when 'c' then format('select * from only %I.%I c where not (%s)', n.nspname, c.relname, pg_get_expr(k.conbin,
        k.conrelid))
      else format('select * from only %I.%I c where %s', n.nspname, c.relname, f.condition)
    end as query
  from constraints k
  join pg_class c on c.oid = k.conrelid and c.relkind = 'r' and c.relpersistence <> 't'
  join pg_namespace n on n.oid = c.relnamespace
  left join constraints parent on parent.oid = k.conparentid
  left join lateral (
    select format(
        case k.confmatchtype when 'f' then '(%1$s) and ((%2$s) or not exists (select from %3$s p where %4$s))'
          else '%5$s and not exists (select from %3$s p where %4$s)' end,
        string_agg(format('c.%I is not null', a.attname), ' or '),
        string_agg(format('c.%I is null', a.attname), ' or '),
        (select format(case r.relkind when 'r' then 'only %I.%I' else '%I.%I' end, rn.nspname, r.relname)
          from pg_class r join pg_namespace rn on rn.oid = r.relnamespace where r.oid = k.confrelid),
        string_agg(format('p.%I = c.%I', b.attname, a.attname), ' and '),
        string_agg(format('c.%I is not null', a.attname), ' and ')
      ) as condition
    from unnest(k.conkey, k.confkey) as pair(own, other)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.own
    join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.other
  ) f on k.contype = 'f'
  where n.nspname <> all ($1) and n.nspname !~ '^pg_(toast|temp)'
    and parent.conrelid is distinct from k.conrelid
    and c.relpages <= $2
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
      and d.deptype = 'e')
    and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and not row_security_active(c.oid)
    and (k.contype = 'c' or exists (
      select from pg_class r
      where r.oid = k.confrelid and has_schema_privilege(r.relnamespace, 'usage')
        and has_table_privilege(r.oid, 'select') and not row_security_active(r.oid)
    ))
    and not exists (
      select from pg_locks l
      where l.locktype = 'relation' and l.relation in (k.conrelid, k.confrelid) and l.mode = 'AccessExclusiveLock'
        and l.granted
    )
), looked as materialized (
  select a.*,
    case when plain and pages <= $2 and clock_timestamp() < statement_timestamp() + $3 * interval '1 ms'
      then query_to_xml('select 1 from (' || query || ' limit 1) found', false, true, '')::text <> ''
    end as violated
  from (select * from asked order by pages, oid) a
)
select schema, "table", name, case contype when 'f' then 'foreign-key'
  else 'check' end as kind, convalidated as validated, plain as looked, query as "rowsQuery"
from looked
where violated or not plain
order by schema, "table", name`;

/** Two queries, or three. A check that raises an error when it is asked tells nothing. */
export async function readViolations(connection: Connection): Promise<readonly ViolatedConstraint[]> {
  await readTablesOnly(connection, 'savepoint violations; ');
  try {
    return await connection.rows<ViolatedConstraint>(violationsSql, [foreignSchemas, mostPages, budget]);
  } catch {
    await connection.execute('rollback to savepoint violations');
    return [];
  }
}
