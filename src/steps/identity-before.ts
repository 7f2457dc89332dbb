import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Connection } from '../postgres/connection.js';
import type { ReplicaIdentity } from '../state/lockfile.js';

/**
 * An identity index that is gone leaves a table whose changes have no old key: the same as NOTHING [documented, ALTER
 * TABLE], and NOTHING is what can be set again.
 */
const identitySql = `
select c.relreplident as letter, (
  select x.relname::text
  from pg_index i
  join pg_class x on x.oid = i.indexrelid
  where i.indrelid = c.oid and i.indisreplident
) as index
from pg_class c
where c.oid = to_regclass($1)`;

/** @returns null: there is no such table */
export async function readIdentity(session: Connection, table: string): Promise<ReplicaIdentity | null> {
  const [row] = await session.rows<{ letter: string; index: string | null }>(identitySql, [table]);
  if (row === undefined) return null;
  if (row.letter === 'd') return { kind: 'default' };
  if (row.letter === 'f') return { kind: 'full' };
  return row.letter === 'i' && row.index !== null ? { kind: 'index', name: row.index } : { kind: 'nothing' };
}

/** As ALTER TABLE … REPLICA IDENTITY takes it. */
export function identityClause(identity: ReplicaIdentity): string {
  return identity.kind === 'index' ? `using index ${quoteIdentifier(identity.name)}` : identity.kind;
}
