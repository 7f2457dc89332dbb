import type { Connection } from '../postgres/connection.js';
import { errorCode, reportError } from '../postgres/errors.js';
import { sendPrivately, type PrivateStatement } from '../postgres/private-statement.js';
import { sqlstate } from '../postgres/sqlstate.js';

/**
 * A setting that this major or its modules do not know, a value that it refuses or no longer has (0A000:
 * standard_conforming_strings = off from 19 on), a right that the user lacks.
 */
export const refusedByThisServer: ReadonlySet<string> = new Set([
  sqlstate.undefinedObject,
  sqlstate.invalidParameterValue,
  sqlstate.featureNotSupported,
  sqlstate.insufficientPrivilege,
]);

/**
 * Sends a statement within the caller's transaction, which goes on when the server refuses it. The refusal, or null.
 * @param refusals SQLSTATEs that are taken for one; any other error is thrown
 */
export async function attempt(
  connection: Connection,
  statement: string | PrivateStatement,
  refusals: ReadonlySet<string>,
): Promise<string | null> {
  await connection.execute('savepoint attempt');
  try {
    if (typeof statement === 'string') await connection.execute(statement);
    else await sendPrivately(connection, statement);
    await connection.execute('release savepoint attempt');
    return null;
  } catch (error) {
    if (!refusals.has(errorCode(error) ?? '')) throw error;
    await connection.execute('rollback to savepoint attempt; release savepoint attempt');
    return reportError(error).message;
  }
}
