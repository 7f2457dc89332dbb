import { UserError } from '../errors.js';
import { advanceSlotToNow } from '../replication/slots.js';
import { disableSubscription } from '../replication/subscriptions.js';
import type { Drained } from './drain.js';
import { openWriters } from './open-writers.js';
import type { DatabaseSessions } from './sessions.js';
import { changesSince } from './slipped-in.js';
import type { Switchover } from './job.js';

/** The forward lane stops applying, the lane back begins after all that came forward: no change ever goes round. */
export async function turnLanes(
  job: Pick<Switchover, 'options'>,
  sessions: readonly DatabaseSessions[],
): Promise<void> {
  await Promise.all(
    sessions.map(async ({ database, to }) => {
      for (const lane of database.lanes) await disableSubscription(to, lane);
      if (job.options.failback) await advanceSlotToNow(to, database.backLane);
    }),
  );
}

/**
 * Where writers were not locked out: who has written and may yet commit, then, from the slot itself, whether a write
 * came after the drain. In this order: what commits in between is in the slot.
 * @throws UserError when there is either
 */
export async function assertNothingSlippedIn(sessions: readonly DatabaseSessions[], drained: Drained): Promise<void> {
  const open = await Promise.all(
    sessions.map(async ({ database, from }) =>
      (await openWriters(from, database.tables)).map(writer => `"${database.name}": ${writer}`),
    ),
  );
  const writers = open.flat();
  if (writers.length > 0) throw slippedIn(`a transaction that has written is still open: ${writers.join('; ')}`);
  const changes = await countSlippedIn(sessions, drained);
  if (changes > 0)
    throw slippedIn(
      `${changes} change${changes === 1 ? ' was' : 's were'} written after the drain: applications are not stopped`,
    );
}

function slippedIn(message: string): UserError {
  return new UserError(message, {
    kind: 'stopped',
    code: 'PGM622',
    hint:
      'stop the applications, or use `cutover.freeze: locks`, which stops ' +
      'every writer; writes go on where they were',
  });
}

export async function countSlippedIn(sessions: readonly DatabaseSessions[], drained: Drained): Promise<number> {
  const counts = await Promise.all(
    sessions.map(async ({ database, from }) => {
      let changes = 0;
      for (const lane of database.lanes) changes += await changesSince(from, lane, drained.get(database.name) ?? '0/0');
      return changes;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
