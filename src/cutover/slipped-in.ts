import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';

/**
 * Row changes of the pgoutput protocol (insert, update, delete, truncate) in transactions whose commit (67) lies behind
 * a position. What was applied but not yet confirmed is still in the slot: it is not counted.
 */
const changesSql = `
with peeked as (
  select xid, lsn, get_byte(data, 0) as kind
  from pg_logical_slot_peek_binary_changes($1::name, null, null, 'proto_version', '1', 'publication_names', $1::text)
)
select count(*)::int as changes
from peeked
where kind in (73, 85, 68, 84)
  and xid::text in (select xid::text from peeked where kind = 67 and lsn > $2::pg_lsn)`;

/**
 * How many changes were committed after `lsn` that the slot still has to send. An unused slot and its publication have
 * one name.
 */
export async function changesSince(publisher: Connection, slot: string, lsn: string): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      const [row] = await publisher.rows<{ changes: number }>(changesSql, [slot, lsn]);
      return row?.changes ?? 0;
    } catch (error) {
      // The walsender lets go of the slot a moment after its subscription was disabled.
      if (errorCode(error) !== sqlstate.objectInUse || tries > 400) throw error;
      await sleep(25);
    }
  }
}
