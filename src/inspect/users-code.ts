import type { Connection } from '../postgres/connection.js';

/**
 * Functions that PostgreSQL may run while it merely plans a query over a table, with the rights of whoever asks: it
 * folds calls with constant arguments in index expressions and predicates, expressions of statistics, partition keys
 * and checks, whether the query needs them or not [15.18 and 18, seen]. Only those are trusted that the asking role
 * could not be harmed by: of a superuser, of the role itself, or in C, which only a superuser makes.
 */
export const usersCodeSql = `
  select o.relid, f.oid as function, o.classid, o.objid, d.refobjid
  from (
    select indrelid as relid, 'pg_class'::regclass as classid, indexrelid as objid
    from pg_index
    where indexprs is not null or indpred is not null
    union all
    select stxrelid, 'pg_statistic_ext'::regclass, oid
    from pg_statistic_ext
    union all
    select conrelid, 'pg_constraint'::regclass, oid
    from pg_constraint
    where contype = 'c' and conrelid <> 0
    union all
    select partrelid, 'pg_class'::regclass, partrelid
    from pg_partitioned_table
  ) o
  join pg_depend d on d.classid = o.classid and d.objid = o.objid
    and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass)
  left join pg_operator op on d.refclassid = 'pg_operator'::regclass and op.oid = d.refobjid
  join pg_proc f on f.oid = coalesce(op.oprcode::oid, d.refobjid)
  join pg_language l on l.oid = f.prolang
  join pg_roles owner on owner.oid = f.proowner
  where f.oid >= 16384
    and l.lanname not in ('c', 'internal')
    and not owner.rolsuper
    and owner.rolname <> current_user`;

/** For `execute`, beside other statements. Holds to the end of the transaction or the savepoint before it. */
const restrictSql = `
select set_config(name, 'view, foreign-table', true)
from pg_settings
where name = 'restrict_nonsystem_relation_kind'`;

/**
 * From here to the end of the open transaction a view or foreign table that took the place of a table while pgm was on
 * its way is not read: since 12.20, 13.16, 14.13, 15.8, 16.4.
 * @param before statements to send along
 */
export async function readTablesOnly(connection: Connection, before = ''): Promise<void> {
  await connection.execute(`${before}${restrictSql}`);
}
