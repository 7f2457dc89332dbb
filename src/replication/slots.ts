import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { dropSlot } from './statements.js';

const existsSql = 'select active_pid from pg_replication_slots where slot_name = $1';

export async function slotExists(publisher: Connection, slot: string): Promise<boolean> {
  return (await publisher.rows(existsSql, [slot])).length > 0;
}

/** Drops the slot if it is there; ends the walsender that still uses it. Waits up to 10 s for it to let go. */
export async function dropSlotIfExists(publisher: Connection, slot: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const [row] = await publisher.rows<{ active_pid: number | null }>(existsSql, [slot]);
    if (row === undefined) return;
    try {
      if (row.active_pid !== null) await publisher.rows('select pg_terminate_backend($1)', [row.active_pid]);
      await publisher.execute(dropSlot(slot));
      return;
    } catch (error) {
      const code = errorCode(error);
      if (code === sqlstate.undefinedObject) return;
      if (code !== sqlstate.objectInUse || performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

/**
 * A logical slot without a snapshot, through an ordinary session.
 * @param failover a standby can keep it; only from 17 on
 */
export async function createSlot(publisher: Connection, slot: string, failover: boolean): Promise<void> {
  await publisher.rows(
    `select pg_create_logical_replication_slot($1, 'pgoutput'${failover ? ', failover => true' : ''})`,
    [slot],
  );
}

/** Moves an unused slot past everything written so far: what came before will not be sent. */
export async function advanceSlotToNow(publisher: Connection, slot: string): Promise<void> {
  await publisher.rows('select pg_replication_slot_advance($1, pg_current_wal_flush_lsn())', [slot]);
}
