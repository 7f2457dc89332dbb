import type { Connection } from '../postgres/connection.js';

export interface FinishedPart {
  readonly lane: number;
  readonly schema: string;
  readonly name: string;
  /** Of the table on the source, in the snapshot that it was read in; null: written before that was kept. */
  readonly sourceOid: string | null;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Through to_jsonb a column that an earlier pgm did not make is null, instead of an error. */
const readPartsSql = `
select lane, schema, name, to_jsonb(p) ->> 'source_oid' as "sourceOid", part, parts, rows::float8 as rows,
  bytes::float8 as bytes
from pgm.part p
where migration = $1
order by schema, name, part`;

export function readParts(connection: Connection, migration: string): Promise<FinishedPart[]> {
  return connection.rows<FinishedPart>(readPartsSql, [migration]);
}

const knowsOidsSql = `
select count(*) = 2 as known
from pg_attribute
where attrelid = 'pgm.part'::regclass and attname in ('source_oid', 'source_columns')`;

/** The record of a copy that an earlier pgm began gets room for the oids of the source's tables, and their columns. */
export async function keepSourceOids(connection: Connection): Promise<void> {
  const { known } = await connection.row<{ known: boolean }>(knowsOidsSql);
  if (!known)
    await connection.execute(
      'alter table pgm.part add column if not exists source_oid bigint, add column if not exists source_columns jsonb',
    );
}

interface Relation {
  readonly schema: string;
  readonly name: string;
}

const forgetPartsSql = `
delete from pgm.part
using unnest($2::text[], $3::text[]) as t(s, n)
where migration = $1 and schema = t.s and name = t.n`;

/** Nothing is known to be copied of these any more; in the caller's transaction. */
export async function forgetParts(
  connection: Connection,
  migration: string,
  tables: readonly Relation[],
): Promise<void> {
  await connection.rows(forgetPartsSql, [
    migration,
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ]);
}

const movePartsSql = `
update pgm.part
set lane = $2
from unnest($3::text[], $4::text[]) as t(s, n)
where migration = $1 and schema = t.s and name = t.n`;

/** These tables travel by another lane from now on. */
export async function moveParts(
  connection: Connection,
  migration: string,
  lane: number,
  tables: readonly Relation[],
): Promise<void> {
  await connection.rows(movePartsSql, [
    migration,
    lane,
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ]);
}

/** In two steps, since names may go round. No schema is called ''. */
const unnamePartsSql = `
update pgm.part
set schema = '', name = source_oid::text
where migration = $1 and source_oid = any ($2::bigint[])`;

const namePartsSql = `
update pgm.part p
set schema = t.s, name = t.n
from unnest($2::text[], $3::text[], $4::text[]) as t(oid, s, n)
where p.migration = $1 and p.schema = '' and p.name = t.oid`;

/** In the transaction that renames the tables. */
export async function renameParts(
  connection: Connection,
  migration: string,
  tables: readonly { readonly oid: string; readonly to: Relation }[],
): Promise<void> {
  const oids = tables.map(({ oid }) => oid);
  await connection.rows(unnamePartsSql, [migration, oids]);
  await connection.rows(namePartsSql, [
    migration,
    oids,
    tables.map(({ to }) => to.schema),
    tables.map(({ to }) => to.name),
  ]);
}

/** Columns of a source table by their numbers, as far as they are the target's from now on; null: no more. */
export interface NotedColumns {
  readonly oid: string;
  readonly columns: Readonly<Record<string, string | null>>;
}

/** No column has this number: with it a table is known to be copied again. */
export const copiedAgainMark = '0';

const noteColumnsSql = `
update pgm.part
set source_columns = jsonb_set(source_columns, '{columns}', (source_columns -> 'columns') || noted.columns)
from unnest($2::bigint[], $3::jsonb[]) as noted (oid, columns)
where migration = $1 and source_oid = noted.oid and source_columns is not null`;

/** What was noted of each table, by its oid; later notes of a column count. */
export function columnsByTable(noted: readonly NotedColumns[]): ReadonlyMap<string, Record<string, string | null>> {
  const byTable = new Map<string, Record<string, string | null>>();
  for (const { oid, columns } of noted) byTable.set(oid, { ...byTable.get(oid), ...columns });
  return byTable;
}

/** In the transaction that alters the tables. */
export async function noteColumns(
  connection: Connection,
  migration: string,
  noted: readonly NotedColumns[],
): Promise<void> {
  const byTable = columnsByTable(noted);
  if (byTable.size === 0) return;
  await connection.rows(noteColumnsSql, [
    migration,
    [...byTable.keys()],
    [...byTable.values()].map(columns => JSON.stringify(columns)),
  ]);
}

const setColumnsSql = `
update pgm.part
set source_columns = noted.columns
from unnest($2::bigint[], $3::jsonb[]) as noted (oid, columns)
where migration = $1 and source_oid = noted.oid`;

/** What the target has of these tables is what the source has now. */
export async function setColumns(
  connection: Connection,
  migration: string,
  tables: readonly { readonly oid: string; readonly columns: unknown }[],
): Promise<void> {
  if (tables.length === 0) return;
  await connection.rows(setColumnsSql, [
    migration,
    tables.map(({ oid }) => oid),
    tables.map(({ columns }) => JSON.stringify(columns)),
  ]);
}

const insertPartsSql = `
insert into pgm.part (migration, lane, schema, name, part, parts, rows, bytes, source_oid, source_columns)
select $1, 1, t.schema, t.name, 0, 1, 0, 0, t.oid, t.columns
from unnest($2::bigint[], $3::text[], $4::text[], $5::jsonb[]) as t (oid, schema, name, columns)`;

/** Tables that came the other way, and are on both sides. */
export async function insertParts(
  connection: Connection,
  migration: string,
  tables: readonly (Relation & { readonly oid: string; readonly columns: unknown })[],
): Promise<void> {
  if (tables.length === 0) return;
  await connection.rows(insertPartsSql, [
    migration,
    tables.map(({ oid }) => oid),
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
    tables.map(({ columns }) => JSON.stringify(columns ?? null)),
  ]);
}
