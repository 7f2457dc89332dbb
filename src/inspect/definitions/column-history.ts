import type { Connection } from '../../postgres/connection.js';

/**
 * A table's columns by their numbers, which a new name keeps and another column of the same name has not, and its file,
 * which is another one as soon as the table was rewritten.
 */
export interface NumberedColumns {
  readonly filenode: string;
  /** By attnum; null: dropped. */
  readonly columns: Readonly<Record<string, string | null>>;
}

/** A table whose columns are numbered otherwise, or that has another file, than what was copied of it. */
export interface ColumnHistory {
  readonly oid: string;
  /** As it was when its rows were copied, or when it was followed last; null: not written down. */
  readonly copied: NumberedColumns | null;
  readonly now: NumberedColumns;
}

/** `relation`: alias of pg_class. One text on all majors: jsonb sorts its keys. */
export const numberedColumnsSql = (relation: string): string => `jsonb_build_object(
    'filenode', ${relation}.relfilenode::text,
    'columns', (
      select coalesce(jsonb_object_agg(a.attnum::text, case when not a.attisdropped then a.attname::text end), '{}')
      from pg_attribute a
      where a.attrelid = ${relation}.oid and a.attnum > 0))`;

/** An earlier pgm wrote no columns down. */
const knowsColumnsSql = `
select exists (
  select from pg_attribute
  where attrelid = to_regclass('pgm.part') and attname = 'source_columns' and not attisdropped) as known`;

const copiedHashesSql = `
select source_oid::text as oid, md5(source_columns::text) as hash
from pgm.part
where migration = $1 and part = 0 and source_oid is not null`;

const differingSql = `
select c.oid::text as oid, numbered.columns
from unnest($1::oid[], $2::text[]) as copied (oid, hash)
join pg_class c on c.oid = copied.oid
cross join lateral (select ${numberedColumnsSql('c')} as columns) numbered
where md5(numbered.columns::text) is distinct from copied.hash`;

const copiedColumnsSql = `
select source_oid::text as oid, source_columns as columns
from pgm.part
where migration = $1 and part = 0 and source_oid = any ($2::bigint[])`;

interface NumberedRow<Columns = NumberedColumns> {
  readonly oid: string;
  readonly columns: Columns;
}

/**
 * Tables that were altered or rewritten since they were copied; their details alone come here.
 * @returns null where nothing of it was written down
 */
export async function readColumnHistories(
  source: Connection,
  target: Connection,
  migration: string,
): Promise<readonly ColumnHistory[] | null> {
  const { known } = await target.row<{ known: boolean }>(knowsColumnsSql);
  if (!known) return null;
  const copied = await target.rows<{ oid: string; hash: string | null }>(copiedHashesSql, [migration]);
  const now = await source.rows<NumberedRow>(differingSql, [
    copied.map(({ oid }) => oid),
    copied.map(({ hash }) => hash),
  ]);
  if (now.length === 0) return [];
  const before = new Map(
    (
      await target.rows<NumberedRow<NumberedColumns | null>>(copiedColumnsSql, [migration, now.map(({ oid }) => oid)])
    ).map(row => [row.oid, row.columns]),
  );
  return now.map(({ oid, columns }) => ({ oid, copied: before.get(oid) ?? null, now: columns }));
}
