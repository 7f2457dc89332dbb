import type { Connection } from '../postgres/connection.js';
import { qualifiedName, qualifiedNameInText, quoteLiteral } from '../postgres/identifiers.js';
import type { Relation } from '../replication/statements.js';
import { assertOwnObjects } from '../state/own-objects.js';
import { dropSchemaIfEmpty } from '../state/own-schema.js';

/**
 * The block of a database does not stop superusers. A trigger on each table does: it fires for every session but those
 * that replicate. Its function lies in schema pgm.
 */
const functionSql = (body: string): string =>
  'create or replace function pgm.shut() returns trigger language plpgsql ' +
  `set search_path = pg_catalog, pg_temp as ${quoteLiteral(body)}`;

/** An event trigger of the user's may write when pgm drops its publication: pgm's own sessions pass. */
const refuse = (words: string): string =>
  `begin if current_setting('application_name') like 'pgm: %' then return null; end if; raise ` +
  `exception using errcode = '25006', message = ${quoteLiteral(words)}; end`;
const pass = 'begin return null; end';

/** What a writer is told who comes too late. */
export function handedOver(to: 'source' | 'target', database: string): string {
  return `writes to "${database}" are on the ${to} server now: pgm handed them over`;
}

/** What one is told who comes too early. */
export function notYetHandedOver(from: 'source' | 'target', database: string): string {
  return `writes to "${database}" are on the ${from} server: pgm has not handed them over yet`;
}

/** The tables, and the partitioned ones above them: a statement's triggers are those of the table that it names. */
const fencedSql = `
with recursive up as (
  select to_regclass(name)::oid as oid
  from unnest($1::text[]) as name
  where to_regclass(name) is not null
  union
  select i.inhparent
  from up
  join pg_inherits i on i.inhrelid = up.oid
  join pg_class c on c.oid = i.inhparent and c.relkind = 'p'
)
select n.nspname as schema, c.relname as name
from up
join pg_class c on c.oid = up.oid
join pg_namespace n on n.oid = c.relnamespace
where not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'pgm_shut')
order by 1, 2`;

/** Tables in one statement text. */
const together = 200;

/**
 * Refuses every write to the tables from the moment that the session's transaction commits.
 * @param session in a transaction, which may hold the tables locked
 * @param words what a writer is told
 */
export async function raiseFence(session: Connection, tables: readonly Relation[], words: string): Promise<void> {
  await makeFunction(session, words);
  const fenced = await session.rows<Relation>(fencedSql, [tables.map(qualifiedNameInText)]);
  for (let at = 0; at < fenced.length; at += together) {
    const part = fenced.slice(at, at + together);
    await session.execute(part.map(triggerSql).join('; '));
  }
}

/** Never over a function of somebody else's: it would stay theirs, and run with the rights of whoever writes. */
async function makeFunction(session: Connection, words: string): Promise<void> {
  const { present } = await session.row<{ present: boolean }>("select to_regnamespace('pgm') is not null as present");
  if (present) await assertOwnObjects(session, 'pgm');
  await session.execute(`${present ? '' : 'create schema pgm; '}${functionSql(refuse(words))}`);
}

/** Milliseconds for the lock on one table: autovacuum gives way to whoever waits for a second. */
const tableLock = 3_000;

/**
 * The same where the tables are in use and must not be locked all at once: each in a transaction of its own. What is
 * there already stays; tables of the list that the database does not have are left out.
 * @param session not in a transaction
 */
export async function raiseFenceAlone(session: Connection, tables: readonly Relation[], words: string): Promise<void> {
  await makeFunction(session, words);
  const fenced = await session.rows<Relation>(fencedSql, [tables.map(qualifiedNameInText)]);
  await session.execute(`set lock_timeout = ${tableLock}`);
  try {
    for (const table of fenced) await session.execute(triggerSql(table));
  } finally {
    await session.execute("set lock_timeout = '10s'");
  }
}

const triggerSql = (table: Relation): string =>
  'create trigger pgm_shut before insert or update or delete or truncate ' +
  `on ${qualifiedName(table)} for each statement execute function pgm.shut()`;

/** Lets writers through at once; what is left of it is taken down by {@link dropFence}. */
export async function openFence(session: Connection): Promise<void> {
  // One answer to wait for, since writes stand still.
  await session.execute(
    `do $open$ begin if to_regproc('pgm.shut') is not null then ${functionSql(pass)}; end if; end $open$`,
  );
}

const triggersSql = `
select n.nspname as schema, c.relname as name
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where t.tgfoid = to_regproc('pgm.shut')
  and not t.tgisinternal
  and pg_has_role(c.relowner, 'usage')
order by 1, 2`;

/** Takes triggers, function and, where nothing else is in it, the schema away. */
export async function dropFence(session: Connection): Promise<void> {
  if (!(await hasFence(session))) return;
  const fenced = await session.rows<Relation>(triggersSql);
  // One table at a time: none is locked for longer than its own moment.
  for (const table of fenced) await session.execute(`drop trigger if exists pgm_shut on ${qualifiedName(table)}`);
  // The right TRIGGER makes a trigger, but only the table's owner drops it; the function's owner does, with the
  // function. In one transaction with the schema: a run that is killed in between leaves none that nobody knows of.
  try {
    await session.execute('begin; drop function if exists pgm.shut() cascade');
    await dropSchemaIfEmpty(session);
    await session.execute('commit');
  } catch (error) {
    await session.execute('rollback').catch(() => undefined);
    throw error;
  }
}

async function hasFence(session: Connection): Promise<boolean> {
  const { present } = await session.row<{ present: boolean }>("select to_regproc('pgm.shut') is not null as present");
  return present;
}
