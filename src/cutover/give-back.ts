import { setTimeout as sleep } from 'node:timers/promises';
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
import type { Switchover } from './job.js';

/** What it takes to undo a switch that did not come to its end. */
export type UndoJob = Pick<Switchover, 'from' | 'to' | 'databases' | 'options' | 'warn'>;

/** Milliseconds to wait for a server that is just being restarted. */
const patience = 20_000;

/**
 * Undoes what was done before the old side was shut, in sessions of its own, since those of the switch are cut. Its
 * writers go on already. Each part is tried, whatever the others do; what fails is left to the next apply.
 * @returns `shut` when the old side turns out to be shut for good: nothing was undone then
 */
export async function giveBack(
  job: Switchover,
  block: readonly BlockRecord[],
  bouncer: PausedBouncer | null,
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
  await undoSwitch(job, block, attempt);
  if (failed.length === 0) await attempt(() => job.journal.givenBack());
  if (failed.length > 0)
    job.warn(
      `not everything could be put back (${failed.join('; ')}); writes on the ${job.from.role} go on, and \`pgm apply\` puts the rest right`,
    );
  return 'free';
}

type Attempt = (work: () => Promise<unknown>) => Promise<void>;

const once: Attempt = async work => {
  await work();
};

/** The same after a crash, when a later run finds the old side free. */
export async function undoSwitch(job: UndoJob, block: readonly BlockRecord[], attempt: Attempt = once): Promise<void> {
  const [first] = job.databases;
  if (first === undefined) return;
  if (job.options.freeze === 'read_only' && block.length > 0)
    await attempt(() => withSession(job.from, first.name, session => unblockDatabases(session, block)));
  for (const database of job.databases) {
    await attempt(() =>
      withSession(job.to, database.name, async to => {
        if (job.options.failback && job.options.hooks.switch.length > 0) await tellOwnWrites(job, to, database);
        for (const lane of database.lanes) if (await subscriptionExists(to, lane)) await enableSubscription(to, lane);
        if (job.options.failback)
          await withSession(job.from, database.name, from => dropBackLane(to, from, database.backLane));
      }),
    );
  }
}

/** A switch hook may have moved clients before it, or a later one, failed: what they wrote stays where it is. */
async function tellOwnWrites(job: UndoJob, to: Connection, { name, lanes, backLane }: SwitchDatabase): Promise<void> {
  // While a lane there still applies, what is in the slot of the way back came by it.
  const { enabled } = await to.row<{ enabled: boolean }>(
    'select coalesce(bool_or(subenabled), false) as enabled from pg_subscription where subname = any($1)',
    [lanes],
  );
  if (enabled || !(await slotExists(to, backLane))) return;
  const own = await changesSince(to, backLane, '0/0');
  if (own > 0)
    job.warn(
      `${name}: clients wrote on the ${job.to.role} already (${own} changes), after a switch hook had run; the ${job.from.role} does not have them, \`pgm verify\` names the rows`,
    );
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
