import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';

/** The stored hashes, which PostgreSQL takes as they are. null: they may not be read. */
export async function readPasswordHashes(
  connection: Connection,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, string> | null> {
  try {
    const rows = await connection.rows<{ name: string; hash: string }>(
      'select rolname as name, rolpassword as hash from pg_authid where rolpassword is not null and rolname = any($1)',
      [wanted],
    );
    return new Map(rows.map(row => [row.name, row.hash]));
  } catch (error) {
    if (errorCode(error) === sqlstate.insufficientPrivilege) return null;
    throw error;
  }
}
