import { enableSubscription, subscriptionExists } from '../replication/subscriptions.js';
import { takeDownWith } from '../replication/take-down.js';
import { endApplications } from './block.js';
import type { Drained } from './drain.js';
import { dropFence } from './fence.js';
import { raiseRest, type Baseline } from './rest.js';
import type { DatabaseSessions } from './sessions.js';
import type { Switchover } from './job.js';
import { countSlippedIn } from './turn-lanes.js';

/**
 * After the old side is shut: what is left of the way there goes, the way back begins. Each part may be done already.
 */
export async function finishSwitch(
  job: Switchover,
  sessions: readonly DatabaseSessions[],
  known: { readonly drained: Drained; readonly values: Baseline },
): Promise<void> {
  const [first] = sessions;
  // Sessions that were just being opened when the others were ended.
  if (job.options.freeze !== 'none' && first !== undefined)
    await endApplications(
      first.from,
      job.databases.map(({ name }) => name),
    );
  await raiseRest(sessions, known.values);
  const late = await countSlippedIn(sessions, known.drained);
  if (late > 0) {
    job.warn(
      `${late} change${late === 1 ? ' was' : 's were'} written on the ${job.from.role} after the ` +
        `drain, by someone whom the block does not stop (a superuser?); the ${job.to.role} does not ` +
        `have ${late === 1 ? 'it' : 'them'}: \`pgm verify\` names the rows`,
    );
  }
  await closeLanes(job, sessions);
  await takeDownFence(job, sessions);
}

/** On the side that has the writes now; it lets everyone through already. */
export async function takeDownFence(
  job: Pick<Switchover, 'warn' | 'to'>,
  sessions: readonly Pick<DatabaseSessions, 'database' | 'to'>[],
): Promise<void> {
  for (const { database, to } of sessions) {
    await dropFence(to).catch((error: unknown) =>
      job.warn(
        `${database.name}: triggers "pgm_shut", which do nothing any more, could not all be dropped on ` +
          `the ${job.to.role}: ${error instanceof Error ? error.message : String(error)}`,
      ),
    );
  }
}

/** Subscriptions and slots of the way there must not hold back WAL, nor its publications stay behind. */
export async function closeLanes(
  job: Pick<Switchover, 'options'>,
  sessions: readonly Pick<DatabaseSessions, 'database' | 'from' | 'to'>[],
): Promise<void> {
  for (const { database, from, to } of sessions) {
    for (const lane of database.lanes) await takeDownWith(to, from, lane);
    if (job.options.failback && (await subscriptionExists(from, database.backLane)))
      await enableSubscription(from, database.backLane);
  }
}
