import type { Way } from '../inspect/rights.js';
import type { Connection } from '../postgres/connection.js';
import { createPublication, createPublicationByExtras, dropPublication, type Relation } from './statements.js';

/** Statements that make a publication in the way that the role may. */
export function publicationStatements(
  way: Way,
  name: string,
  tables: readonly Relation[],
  comment: string,
): readonly string[] {
  return way === 'plain' ? createPublication(name, tables, comment) : createPublicationByExtras(name, tables, comment);
}

/** In the caller's transaction. */
export async function runCreatePublication(
  publisher: Connection,
  way: Way,
  name: string,
  tables: readonly Relation[],
  comment: string,
): Promise<void> {
  for (const statement of publicationStatements(way, name, tables, comment)) await publisher.execute(statement);
}

const existsSql = 'select 1 as one from pg_publication where pubname = $1';

/** In the session's own database. */
export async function dropPublicationIfExists(publisher: Connection, name: string): Promise<void> {
  if ((await publisher.rows(existsSql, [name])).length > 0) await publisher.execute(dropPublication(name));
}
