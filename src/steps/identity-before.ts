import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Connection } from '../postgres/connection.js';

const prefix = 'index ';

/**
 * An identity index that is gone leaves a table whose changes have no old key: the same as NOTHING [documented, ALTER TABLE],
 * and NOTHING is what can be set again.
 */
const identitySql = `
select case c.relreplident
  when 'd' then 'default'
  when 'f' then 'full'
  when 'i' then coalesce((
    select '${prefix}' || x.relname::text
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    where i.indrelid = c.oid and i.indisreplident
  ), 'nothing')
  else 'nothing'
end as identity
from pg_class c
where c.oid = to_regclass($1)`;

/** @returns `default`, `nothing`, `full` or `index NAME`; null: there is no such table */
export async function readIdentity(session: Connection, table: string): Promise<string | null> {
  const [row] = await session.rows<{ identity: string }>(identitySql, [table]);
  return row?.identity ?? null;
}

/** As ALTER TABLE … REPLICA IDENTITY takes it; null: of a record that pgm does not write. */
export function identityClause(recorded: string | null): string | null {
  if (recorded === 'default' || recorded === 'nothing') return recorded;
  const name = recorded?.startsWith(prefix) === true ? recorded.slice(prefix.length) : '';
  return name === '' ? null : `using index ${quoteIdentifier(name)}`;
}
