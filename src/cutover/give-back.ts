import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { isRetryable } from '../postgres/errors.js';
import { slotExists } from '../replication/slots.js';
import { enableSubscription, subscriptionExists } from '../replication/subscriptions.js';
import { dropBackLane } from './back-lane.js';
import { areBlocked, unblockDatabases, type BlockRecord } from './block.js';
import type { PausedBouncer } from './pgbouncer.js';
import { withSession } from './sessions.js';
import { changesSince } from './slipped-in.js';
import type { SwitchDatabase } from './side.js';
import type { Blocks, Switchover } from './job.js';
import { reopen } from './shut-ahead.js';

/** What it takes to undo a switch that did not come to its end. */
export type UndoJob = Pick<Switchover, 'from' | 'to' | 'databases' | 'options' | 'opens' | 'warn'>;

/** Milliseconds to wait for a server that is just being restarted. */
const patience = 20_000;

/**
 * Undoes what was done before the old side was shut, in sessions of its own, since those of the switch are cut. Its
 * writers go on already. Each part is tried, whatever the others do; what fails is left to the next apply.
 * @param sendBack sends clients back that hooks may have moved; null: no hook had begun
 * @returns `shut` when the old side turns out to be shut for good: nothing was undone then
 */
export async function giveBack(
  job: Switchover,
  { block, ahead }: Blocks,
  bouncer: PausedBouncer | null,
  sendBack: (() => Promise<void>) | null,
): Promise<'free' | 'shut'> {
  job.progress({ message: `freeing the ${job.from.role}` });
  const failed: string[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    await patiently(work).catch((error: unknown) =>
      failed.push(error instanceof Error ? error.message : String(error)),
    );
  };
  if (bouncer !== null) await attempt(() => bouncer.resume());
  if (job.options.freeze === 'locks' && block.length > 0) {
    // The commit that shuts it may have come through although its answer did not.
    const found: boolean[] = [];
    await attempt(async () =>
      found.push(await withSession(job.from, block[0]?.database ?? '', session => areBlocked(session, block))),
    );
    if (found.includes(true)) return 'shut';
  }
  // The other side turns them away as long as they are there.
  await sendBack?.();
  const staysShut = staysShutFor(job, ahead, sendBack !== null);
  await undoSwitch(job, { block, ahead, hooked: sendBack !== null }, attempt);
  if (failed.length === 0) await attempt(() => job.journal.givenBack(staysShut));
  if (failed.length > 0)
    job.warn(
      `not everything could be put back (${failed.join('; ')}); writes on ` +
        `the ${job.from.role} go on, and \`pgm apply\` does the rest`,
    );
  return 'free';
}

type Attempt = (work: () => Promise<unknown>) => Promise<void>;

const once: Attempt = async work => {
  await work();
};

export interface Undone extends Blocks {
  /** A hook had begun: clients may be on the other side still. */
  readonly hooked: boolean;
}

/**
 * What the side that was to take over is shut with after the switch is undone. Where a hook had begun it stays shut
 * until the next switch: a client that did not hear of the way back must not write there.
 */
export function staysShutFor(
  job: Pick<UndoJob, 'opens'>,
  ahead: Undone['ahead'],
  hooked: boolean,
): readonly BlockRecord[] | null {
  return hooked ? ahead : job.opens;
}

/**
 * The same after a crash, when a later run finds the old side free. @throws UserError when the other side has writes of
 * its own
 */
export async function undoSwitch(
  job: UndoJob,
  { block, ahead, hooked }: Undone,
  attempt: Attempt = once,
): Promise<void> {
  const [first] = job.databases;
  if (first === undefined) return;
  if (job.options.failback && hooked) {
    const own: string[] = [];
    for (const database of job.databases)
      await attempt(() =>
        withSession(job.to, database.name, async to => void own.push(...(await ownWrites(to, database)))),
      );
    if (own.length > 0) return attempt(() => Promise.reject(ownWritesKept(job, own)));
  }
  if (ahead !== null && job.opens === null && !hooked) await reopen(job, ahead, attempt);
  if (job.options.freeze === 'read_only' && block.length > 0)
    await attempt(() => withSession(job.from, first.name, session => unblockDatabases(session, block)));
  for (const database of job.databases) {
    await attempt(() =>
      withSession(job.to, database.name, async to => {
        for (const lane of database.lanes) if (await subscriptionExists(to, lane)) await enableSubscription(to, lane);
        if (job.options.failback)
          await withSession(job.from, database.name, from => dropBackLane(to, from, database.backLane));
      }),
    );
  }
}

/** Somebody passed the block, as superusers can: the lane back is the only place that tells what they wrote. */
function ownWritesKept({ from, to }: UndoJob, own: readonly string[]): UserError {
  return new UserError(
    `clients wrote on the ${to.role} after a switch hook had run (${own.join('; ')}), ` +
      `and the ${from.role} does not have it: the reverse lane is kept`,
    {
      kind: 'blocked',
      code: 'PGM627',
      hint: 'run `pgm plan`: it finishes the switch where they alone have written, or says what to decide',
    },
  );
}

async function ownWrites(to: Connection, { name, lanes, backLane }: SwitchDatabase): Promise<readonly string[]> {
  // While a lane there still applies, what is in the slot of the way back came by it.
  const { enabled } = await to.row<{ enabled: boolean }>(
    'select coalesce(bool_or(subenabled), false) as enabled from pg_subscription where subname = any($1)',
    [lanes],
  );
  if (enabled || !(await slotExists(to, backLane))) return [];
  const own = await changesSince(to, backLane, '0/0');
  return own === 0 ? [] : [`"${name}": ${own} row changes`];
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || performance.now() > deadline) throw error;
      await sleep(250);
    }
  }
}
