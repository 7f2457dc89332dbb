import { usersCodeSql } from '../inspect/users-code.js';
import type { Connection } from '../postgres/connection.js';
import { StatementError } from '../postgres/errors.js';
import { qualifiedName, qualifiedNameInText, quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Cell, ReplicatedTable, RowChange } from './pgoutput.js';
import { has } from '../postgres/since.js';

/** A change that the subscriber refuses, with the server's own words. */
export interface RefusedChange {
  readonly change: Exclude<RowChange, { kind: 'truncate' }>;
  readonly error: StatementError;
}

/**
 * A TRUNCATE that foreign keys of the subscriber forbid: a worker truncates without CASCADE, whatever the publisher
 * said.
 */
export interface RefusedTruncate {
  readonly truncated: readonly ReplicatedTable[];
  readonly references: readonly Reference[];
}

export interface Reference {
  readonly schema: string;
  readonly name: string;
  readonly constraint: string;
  readonly definition: string;
  readonly referencedSchema: string;
  readonly referencedName: string;
}

/** A change whose row the worker refuses to look for: the table has no key that the publisher sends. */
export interface RefusedIdentity {
  readonly change: RefusedChange['change'];
  /** null: the subscriber's table has neither replica identity nor primary key. */
  readonly identity: readonly string[] | null;
}

/** `applies`: all went through now. `unknown`: it could not be tried to the end. */
export type Trial = RefusedChange | RefusedTruncate | RefusedIdentity | 'applies' | 'unknown';

/**
 * What a change would run besides PostgreSQL's own code: triggers that fire for a replica too, functions in checks,
 * index expressions, generated columns and defaults, checks of domains.
 */
const usersCodeInTablesSql = `
with code as materialized (${usersCodeSql}
), wanted as (
  select unnest($1::text[])::regclass::oid as oid
)
select (
  exists (select from code join wanted on wanted.oid = code.relid)
  or exists (select from pg_trigger t join wanted on wanted.oid = t.tgrelid where not t.tgisinternal
    and t.tgenabled in ('A', 'R'))
  or exists (
    select from pg_attrdef a
    join wanted on wanted.oid = a.adrelid
    join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = a.oid
    where d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass))
  or exists (
    select from pg_attribute a
    join wanted on wanted.oid = a.attrelid
    join pg_type t on t.oid = a.atttypid
    where a.attnum > 0 and not a.attisdropped and t.oid >= 16384 and (t.typtype in ('d', 'c') or t.typelem <> 0
      or t.typtype in ('r', 'm')))
) as found`;

/** Tables that refer to truncated ones and are not truncated with them (12 to 19: heap_truncate_check_FKs). */
const referencesSql = `
with truncated as (
  select to_regclass(name)::oid as oid
  from unnest($1::text[]) as name
), trees as (
  select oid from truncated
  union
  select tree.relid from truncated cross join lateral pg_partition_tree(truncated.oid) tree
)
select n.nspname::text as schema,
       c.relname::text as name,
       k.conname::text as constraint,
       pg_get_constraintdef(k.oid) as definition,
       rn.nspname::text as "referencedSchema",
       r.relname::text as "referencedName"
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class r on r.oid = k.confrelid
join pg_namespace rn on rn.oid = r.relnamespace
where k.contype = 'f'
  and k.conparentid = 0
  and k.confrelid in (select oid from trees)
  and k.conrelid not in (select oid from trees)
order by 1, 2, 3`;

/**
 * By which columns a worker finds a row: the replica identity's index, else the primary key; with neither it asks the
 * publisher for whole rows (12 to 19: logicalrep_rel_mark_updatable). A partitioned table is judged by the partition
 * that the row is in.
 */
const identitySql = `
select c.relkind = 'p' as any,
       (select array_agg(a.attname::text order by a.attnum)
        from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
        where i.indrelid = c.oid
          and i.indisvalid
          and i.indexrelid = coalesce(
            (select x.indexrelid from pg_index x where x.indrelid = c.oid and x.indisreplident
              and c.relreplident = 'i'),
            (select x.indexrelid from pg_index x where x.indrelid = c.oid and x.indisprimary))) as columns
from pg_class c
where c.oid = to_regclass($1)`;

/**
 * Settings that the worker takes from its owner and its database and that decide how it reads values and what it may
 * do; it sets search_path and session_replication_role itself, and writes also where default_transaction_read_only is
 * on (seen with 18). The nearest comes last.
 */
const workerSettingsSql = `
select split_part(setting, '=', 1) as name,
       substr(setting, strpos(setting, '=') + 1) as value
from pg_db_role_setting s
cross join lateral unnest(s.setconfig) as setting
where s.setrole in (0, (select subowner from pg_subscription where subname = $1 and subdbid = (select oid
  from pg_database where datname = current_database())))
  and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and split_part(setting, '=', 1) in ('lc_monetary', 'xmloption', 'datestyle', 'DateStyle', 'role')
order by split_part(setting, '=', 1) = 'role', s.setrole <> 0, s.setdatabase <> 0`;

/** A worker at its own try holds locks on these rows for a moment. */
const lockTries = 5;

/**
 * Does on the subscriber what its apply worker does, and takes it back: the server itself says which row it refuses and
 * why, which PostgreSQL tells nobody else than its log.
 * @param subscriber a session of its own: its settings are changed
 * @param lane the subscription: its worker has the settings of its owner and of the database
 */
export async function tryChanges(subscriber: Connection, lane: string, changes: readonly RowChange[]): Promise<Trial> {
  // Without it triggers and foreign keys would act, as they do not in an apply worker.
  const asWorker = await subscriber
    .execute(
      "set session_replication_role = replica; set search_path = ''; set " +
        "lock_timeout = '2s'; set statement_timeout = '30s'",
    )
    .then(
      () => true,
      () => false,
    );
  if (!asWorker) return 'unknown';
  const settings = await subscriber.rows<{ name: string; value: string }>(workerSettingsSql, [lane]).catch(() => []);
  for (const { name, value } of settings)
    await subscriber.execute(`set ${quoteIdentifier(name)} = ${quoteLiteral(value)}`).catch(() => undefined);
  if (await runsUsersCode(subscriber, changes)) return 'unknown';
  for (let tries = 1; ; tries++) {
    const trial = await tryOnce(subscriber, changes);
    if (typeof trial === 'string' || !('error' in trial) || trial.error.code !== sqlstate.lockNotAvailable)
      return trial;
    if (tries === lockTries) return 'unknown';
  }
}

/**
 * From 16 on an apply worker takes the rights of each table's owner. This session cannot: a function called in it would
 * have pgm's rights, so that what runs code of users is not tried. Before 16 the worker's rights are pgm's own.
 */
async function runsUsersCode(subscriber: Connection, changes: readonly RowChange[]): Promise<boolean> {
  const { version } = await subscriber.row<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  if (!has(version, 'appliesAsOwner')) return false;
  const names = changes.flatMap(change => (change.kind === 'truncate' ? [] : [qualifiedNameInText(change.table)]));
  return (await subscriber.row<{ found: boolean }>(usersCodeInTablesSql, [names])).found;
}

async function tryOnce(subscriber: Connection, changes: readonly RowChange[]): Promise<Trial> {
  await subscriber.execute('begin');
  try {
    const identities = new Map<ReplicatedTable, readonly string[] | null | 'any'>();
    for (const change of changes) {
      if (change.kind === 'truncate') {
        const references = await subscriber.rows<Reference>(referencesSql, [change.tables.map(qualifiedNameInText)]);
        if (references.length > 0) return { truncated: change.tables, references };
        // It would lock whole tables, and the rows after it depend on it.
        return 'unknown';
      }
      const identity = change.kind === 'insert' ? null : await missingIdentity(subscriber, change, identities);
      if (identity !== null) return identity;
      const statement = statementOf(change);
      if (statement === null) continue;
      try {
        await subscriber.rows(statement.sql, statement.values);
      } catch (error) {
        if (!(error instanceof StatementError) || subscriber.isLost) throw error;
        return { change, error };
      }
    }
    return 'applies';
  } finally {
    await subscriber.execute('rollback').catch(() => undefined);
  }
}

/** The worker's own rule: a statement would find the row by whatever columns it names. */
async function missingIdentity(
  subscriber: Connection,
  change: RefusedChange['change'],
  known: Map<ReplicatedTable, readonly string[] | null | 'any'>,
): Promise<RefusedIdentity | null> {
  const { table } = change;
  let identity = known.get(table);
  if (identity === undefined) {
    const [row] = await subscriber.rows<{ any: boolean; columns: readonly string[] | null }>(identitySql, [
      qualifiedNameInText(table),
    ]);
    identity = row === undefined || row.any ? 'any' : row.columns;
    known.set(table, identity);
  }
  if (identity === 'any') return null;
  const sent = table.columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const isFull = sent.length === table.columns.length;
  if (identity === null) return isFull ? null : { change, identity };
  return identity.every(name => sent.includes(name)) ? null : { change, identity };
}

interface Statement {
  readonly sql: string;
  readonly values: readonly string[];
}

/** null: the change has nothing that could be refused, as an update of nothing. */
function statementOf(change: RefusedChange['change']): Statement | null {
  const { table } = change;
  const values: string[] = [];
  const parameter = (cell: Cell): string => (cell.kind === 'text' ? `$${values.push(cell.text)}` : 'null');
  switch (change.kind) {
    case 'insert': {
      const cells = present(table, change.row);
      const columns = cells.map(({ name }) => quoteIdentifier(name)).join(', ');
      const sql =
        cells.length === 0
          ? `insert into ${qualifiedName(table)} default values`
          : `insert into ${qualifiedName(table)} (${columns}) overriding system value values ` +
            `(${cells.map(({ cell }) => parameter(cell)).join(', ')})`;
      return { sql, values };
    }
    case 'update': {
      const assignments = present(table, change.row).map(
        ({ name, cell }) => `${quoteIdentifier(name)} = ${parameter(cell)}`,
      );
      const where = condition(identityOf(change), parameter);
      return assignments.length === 0 || where === ''
        ? null
        : { sql: `update ${qualifiedName(table)} set ${assignments.join(', ')} where ${where}`, values };
    }
    case 'delete': {
      const where = condition(identityOf(change), parameter);
      return where === '' ? null : { sql: `delete from ${qualifiedName(table)} where ${where}`, values };
    }
  }
}

export interface NamedCell {
  readonly name: string;
  readonly cell: Cell;
}

function present(table: ReplicatedTable, row: readonly Cell[]): readonly NamedCell[] {
  return row.flatMap((cell, index) => {
    const name = table.columns[index]?.name;
    return name === undefined || cell.kind === 'unchanged' ? [] : [{ name, cell }];
  });
}

/** The columns by which a row is known: its replica identity, or all of them where that is FULL. */
export function identityOf(change: RefusedChange['change']): readonly NamedCell[] {
  const { table } = change;
  const row =
    change.kind === 'insert' ? change.row : change.kind === 'delete' ? change.old.row : (change.old?.row ?? change.row);
  const keys = table.columns.filter(column => column.isKey).map(({ name }) => name);
  return present(table, row).filter(({ name }) => keys.length === 0 || keys.includes(name));
}

function condition(cells: readonly NamedCell[], parameter: (cell: Cell) => string): string {
  return cells
    .map(({ name, cell }) =>
      cell.kind === 'null' ? `${quoteIdentifier(name)} is null` : `${quoteIdentifier(name)} = ${parameter(cell)}`,
    )
    .join(' and ');
}
