import type { Connection } from '../postgres/connection.js';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { publicationWay } from './rights.js';
import { createPublication, type Relation } from './statements.js';

/**
 * Makes a publication in the way that the role may, in the caller's transaction. Through aiven_extras it is owned by
 * the caller, who may comment and drop it, but not change its tables [1.1.18].
 */
export async function runCreatePublication(publisher: Connection, name: string, tables: readonly Relation[], comment: string): Promise<void> {
  if ((await publicationWay(publisher, tables)) === 'plain') {
    for (const statement of createPublication(name, tables, comment)) await publisher.execute(statement);
    return;
  }
  await publisher.rows("select aiven_extras.pg_create_publication($1::text, 'insert,update,delete,truncate', variadic $2::text[])", [name, tables.map(qualifiedName)]);
  await publisher.execute(`comment on publication ${quoteIdentifier(name)} is ${quoteLiteral(comment)}`);
}
