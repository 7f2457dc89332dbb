import type { Connection } from '../postgres/connection.js';

/** The names that definitions have bare: of most kinds of objects, of columns, and of functions' arguments. */
const namedSql = `
select exists (select from pg_attribute where attname = any ($1) and attrelid >= 16384)
  or exists (select from pg_class where relname = any ($1) and oid >= 16384)
  or exists (select from pg_type where typname = any ($1) and oid >= 16384)
  or exists (select from pg_proc where oid >= 16384 and (proname = any ($1) or proargnames && $1::text[]))
  or exists (select from pg_constraint where conname = any ($1) and oid >= 16384)
  or exists (select from pg_trigger where tgname = any ($1))
  or exists (select from pg_policy where polname = any ($1))
  or exists (select from pg_rewrite where rulename = any ($1))
  or exists (select from pg_namespace where nspname = any ($1))
  or exists (select from pg_extension where extname = any ($1))
  or exists (select from pg_publication where pubname = any ($1))
  or exists (select from pg_roles where rolname = any ($1))
  or exists (select from pg_tablespace where spcname = any ($1)) as named`;

/** Whether something in the database bears one of the words. */
export async function namesOneOf(connection: Connection, words: readonly string[]): Promise<boolean> {
  const { named } = await connection.row<{ named: boolean }>(namedSql, [words]);
  return named;
}
