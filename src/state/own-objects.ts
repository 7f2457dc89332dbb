import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';

/**
 * What makes a schema of pgm somebody else's: an owner that is neither this role nor a superuser, others who may make
 * objects in it or write into its tables, and anything at those tables that would run when they are read or written.
 * `$1` is the schema. Runners of several roles may share a database for the state: its owner is trusted there, and who
 * may write is the owner's to say. In a database without it there are no rows.
 */
const problemsSql = `
with own as (
  select n.oid, n.nspname, n.nspowner, n.nspacl
  from pg_catalog.pg_namespace n
  where n.nspname = $1
), trusted as (
  select r.oid
  from pg_catalog.pg_roles r
  where r.rolsuper or r.rolname = current_user
    or $1 = 'pgm_state' and r.oid = (select datdba from pg_catalog.pg_database
      where datname = pg_catalog.current_database())
), relations as (
  select c.*
  from pg_catalog.pg_class c
  join own on own.oid = c.relnamespace
  where c.relkind not in ('i', 'I')
)
select 'schema ' || nspname || ' belongs to ' || pg_catalog.pg_get_userbyid(nspowner) as problem
from own
where nspowner not in (select oid from trusted)
union all
select 'others may create in schema ' || nspname
from own
where exists (
  select from pg_catalog.aclexplode(nspacl) a
  where a.privilege_type = 'CREATE' and a.grantee not in (select oid from trusted))
union all
select relname || ' belongs to ' || pg_catalog.pg_get_userbyid(relowner)
from relations
where relowner not in (select oid from trusted)
union all
select relname || ' is no ordinary table'
from relations
where relkind <> 'r' or relispartition or exists (select from pg_catalog.pg_inherits i
  where relations.oid in (i.inhrelid, i.inhparent))
union all
select relname || ' has rules, triggers or row-level security'
from relations
where relhasrules or relrowsecurity or exists (select from pg_catalog.pg_trigger t where t.tgrelid = relations.oid)
union all
select relname || ' has defaults, checks or indexes that pgm did not make'
from relations
where exists (
    select from pg_catalog.pg_attrdef d
    where d.adrelid = relations.oid and pg_catalog.pg_get_expr(d.adbin, d.adrelid) not in ('now()', 'pg_catalog.now()'))
  or exists (select from pg_catalog.pg_constraint k where k.conrelid = relations.oid and k.contype not in ('p', 'n'))
  or exists (select from pg_catalog.pg_index i where i.indrelid = relations.oid and not i.indisprimary)
  or exists (
    select from pg_catalog.pg_attribute a
    where a.attrelid = relations.oid and a.attnum > 0 and not a.attisdropped and a.atttypid >= 16384)
union all
select 'others may write to ' || relname
from relations
where $1 = 'pgm' and exists (
  select from pg_catalog.aclexplode(relacl) a
  where a.privilege_type not in ('SELECT', 'MAINTAIN') and a.grantee not in (select oid from trusted))
union all
select 'function ' || p.proname || ' belongs to ' || pg_catalog.pg_get_userbyid(p.proowner)
from pg_catalog.pg_proc p
join own on own.oid = p.pronamespace
where p.proowner not in (select oid from trusted)
order by 1`;

/** Sentences on what is not pgm's in its schema; empty: nothing, or there is no such schema. One query. */
export async function ownObjectsProblems(
  connection: Connection,
  schema: 'pgm' | 'pgm_state',
): Promise<readonly string[]> {
  const rows = await connection.rows<{ problem: string }>(problemsSql, [schema]);
  return rows.map(({ problem }) => problem);
}

/** Before anything in the schema is read or written. @throws UserError (PGM317) where it is not pgm's own */
export async function assertOwnObjects(connection: Connection, schema: 'pgm' | 'pgm_state'): Promise<void> {
  const problems = await ownObjectsProblems(connection, schema);
  if (problems.length > 0) throw notOwn(schema, connection.database, problems);
}

export function notOwn(schema: string, database: string, problems: readonly string[]): UserError {
  return new UserError(
    `schema ${schema} of database "${database}" is not pgm's ` +
      `own: ${problems.join('; ')}. Nothing in it was read or written.`,
    {
      kind: 'blocked',
      code: 'PGM317',
      hint:
        'See who made it; then rename or drop it there as its owner: alter ' +
        `schema ${schema} rename to ${schema}_of_before;`,
    },
  );
}
