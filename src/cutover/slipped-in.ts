import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';

/** Row changes of the pgoutput protocol: insert, update, delete, truncate. */
const changesSql = `
select count(*)::int as changes
from pg_logical_slot_peek_binary_changes($1, null, null, 'proto_version', '1', 'publication_names', $1)
where get_byte(data, 0) in (73, 85, 68, 84)`;

/**
 * Where writers were not locked out, the slot itself tells whether a write came after the drain.
 * @throws UserError when one did
 */
export async function assertNothingSlippedIn(publisher: Connection, slots: readonly string[]): Promise<void> {
  for (const slot of slots) {
    const changes = await peek(publisher, slot);
    if (changes > 0) {
      throw new UserError(`${changes} changes were written on the source after the drain: applications are not stopped`, {
        kind: 'stopped',
        code: 'PGM622',
        hint: 'stop the applications, or use `cutover.freeze: locks`, which stops every writer',
      });
    }
  }
}

/** The walsender lets go of the slot a moment after its subscription was disabled. */
async function peek(publisher: Connection, slot: string): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      return (await publisher.row<{ changes: number }>(changesSql, [slot])).changes;
    } catch (error) {
      if (errorCode(error) !== sqlstate.objectInUse || tries > 200) throw error;
      await sleep(25);
    }
  }
}
