import { quoteLiteral } from '../postgres/identifiers.js';

/**
 * What ends a prepared transaction is its transaction manager's to say: what it has promised is lost by a rollback, and
 * what it has given up comes by a commit. Typed as it stands it shows the transaction.
 */
export function endPrepared(gid: string): string {
  const quoted = quoteLiteral(gid).trim();
  return (
    `select * from pg_prepared_xacts where gid = ${quoted};   -- ask whoever coordinates it, then in its database: ` +
    `commit prepared ${quoted}; or rollback prepared ${quoted}; which loses its rows`
  );
}
