import { usersCodeSql } from '../inspect/users-code.js';
import type { Connection } from '../postgres/connection.js';
import { StatementError } from '../postgres/errors.js';
import { qualifiedName, quoteIdentifier, qualifiedNameInText } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Cell, ReplicatedTable, RowChange } from './pgoutput.js';

/** A change that the subscriber refuses, with the server's own words. */
export interface RefusedChange {
  readonly change: Exclude<RowChange, { kind: 'truncate' }>;
  readonly error: StatementError;
}

/** `applies`: all went through now. `unknown`: it could not be tried to the end. */
export type Trial = RefusedChange | 'applies' | 'unknown';

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
  or exists (select from pg_trigger t join wanted on wanted.oid = t.tgrelid where not t.tgisinternal and t.tgenabled in ('A', 'R'))
  or exists (
    select from pg_attrdef a
    join wanted on wanted.oid = a.adrelid
    join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = a.oid
    where d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass))
  or exists (
    select from pg_attribute a
    join wanted on wanted.oid = a.attrelid
    join pg_type t on t.oid = a.atttypid
    where a.attnum > 0 and not a.attisdropped and t.oid >= 16384 and (t.typtype in ('d', 'c') or t.typelem <> 0 or t.typtype in ('r', 'm')))
) as found`;

/** A worker at its own try holds locks on these rows for a moment. */
const lockTries = 5;

/**
 * Does on the subscriber what its apply worker does, and takes it back: the server itself says which row it refuses and
 * why, which PostgreSQL tells nobody else than its log.
 * @param subscriber a session of its own: its settings are changed
 */
export async function tryChanges(subscriber: Connection, changes: readonly RowChange[]): Promise<Trial> {
  // Without it triggers and foreign keys would act, as they do not in an apply worker.
  const asWorker = await subscriber
    .execute(
      "set session_replication_role = replica; set search_path = ''; set lock_timeout = '2s'; set statement_timeout = '30s'",
    )
    .then(
      () => true,
      () => false,
    );
  if (!asWorker) return 'unknown';
  if (await runsUsersCode(subscriber, changes)) return 'unknown';
  for (let tries = 1; ; tries++) {
    const trial = await tryOnce(subscriber, changes);
    if (typeof trial === 'string' || trial.error.code !== sqlstate.lockNotAvailable) return trial;
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
  if (version < 160000) return false;
  const names = changes.flatMap(change => (change.kind === 'truncate' ? [] : [qualifiedNameInText(change.table)]));
  return (await subscriber.row<{ found: boolean }>(usersCodeInTablesSql, [names])).found;
}

async function tryOnce(subscriber: Connection, changes: readonly RowChange[]): Promise<Trial> {
  await subscriber.execute('begin');
  try {
    for (const change of changes) {
      // It would lock whole tables, and the rows after it depend on it.
      if (change.kind === 'truncate') return 'unknown';
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
          : `insert into ${qualifiedName(table)} (${columns}) overriding system value values (${cells.map(({ cell }) => parameter(cell)).join(', ')})`;
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
