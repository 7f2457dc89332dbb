import { UserError } from '../errors.js';
import { errorCode } from '../postgres/errors.js';
import { withKeeper } from '../postgres/keeper.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { readSequences, raiseSequences } from '../replication/sequences.js';
import { slotExists } from '../replication/slots.js';
import { appliedUpTo, enableSubscription, subscriptionExists } from '../replication/subscriptions.js';
import { blockDatabases, endApplications, type BlockRecord } from './block.js';
import { drain } from './drain.js';
import { handedOver, raiseFenceAlone } from './fence.js';
import { closeLanes, takeDownFence } from './finish.js';
import { PausedBouncer } from './pgbouncer.js';
import { sendClients, type HookJob } from './hooks.js';
import { withSession, withSessions, type DatabaseSessions } from './sessions.js';
import { changesSince } from './slipped-in.js';
import type { Switchover } from './job.js';
import { endReadOnlySessions, openAhead } from './shut-ahead.js';
import { turnLanes } from './turn-lanes.js';

export interface SettleJob extends Pick<
  Switchover,
  'from' | 'to' | 'databases' | 'options' | 'opens' | 'pgbouncer' | 'signal' | 'warn'
> {
  /** Shuts the old side where that was not done yet. */
  readonly shut: () => Promise<void>;
}

/**
 * Finishes a switch that was cut off after the old side was shut. Each part may be done already. Writers that waited
 * for the locks may have gone on for a moment after pgm was gone: what they wrote is brought along.
 * @throws UserError when both sides were written to, and one would have to lose
 */
export async function finishLater(job: SettleJob): Promise<void> {
  await withSessions(job.from, job.to, job.databases, job.options.timeout, async sessions => {
    const [first] = sessions;
    if (first === undefined) return;
    await job.shut();
    if (job.options.freeze !== 'none')
      await endApplications(
        first.from,
        job.databases.map(({ name }) => name),
      );
    for (const session of sessions) await bringLate(job, session);
    await endReadOnlySessions(job, sessions, null, await openAhead(sessions, job.opens));
    await resumeBouncer(job);
    if (job.options.freeze !== 'none') {
      for (const { database, from } of sessions)
        await raiseFenceAlone(from, database.tables, handedOver(job.to.role, database.name)).catch(() =>
          job.warn(`${database.name}: superusers can still write on the ${job.from.role}`),
        );
    }
    await closeLanes(job, sessions);
    await takeDownFence(job, sessions);
  });
}

/** A hook had moved clients when the switch was cut off: the old side is shut, and the hooks run to their end. */
export async function shutLater(job: HookJob, block: readonly BlockRecord[], signal: AbortSignal): Promise<void> {
  const [first] = job.databases;
  if (first === undefined) return;
  await withSession(job.from, first.name, session => blockDatabases(session, block));
  await withKeeper(keeper => sendClients(keeper, job, signal));
}

async function bringLate(job: SettleJob, session: DatabaseSessions): Promise<void> {
  const { database, from, to } = session;
  const lanes: string[] = [];
  let late = 0;
  for (const lane of database.lanes) {
    // Half closed: its end was proven before that.
    if (!(await slotExists(from, lane)) || !(await subscriptionExists(to, lane))) continue;
    lanes.push(lane);
    late += await changesSince(from, lane, await appliedUpTo(to, lane)).catch(unlessNoRight);
  }
  if (late > 0) {
    const own =
      job.options.failback && (await slotExists(to, database.backLane))
        ? await changesSince(to, database.backLane, '0/0')
        : 0;
    if (own > 0) {
      throw new UserError(
        `"${database.name}" was written to on both sides when the switch was interrupted: ${late} ` +
          `changes on the ${job.from.role}, ${own} on the ${job.to.role}`,
        {
          kind: 'blocked',
          code: 'PGM627',
          hint:
            `\`pgm verify\` names the rows; copy those of the ${job.from.role} over by hand, delete ` +
            'there what it inserted (the reverse lane would meet those rows again), then drop the replication ' +
            `slot ${lanes.join(', ')} there and run \`pgm apply\` again`,
        },
      );
    }
    const one = [{ ...session, database: { ...database, lanes } }];
    for (const lane of lanes) await enableSubscription(to, lane);
    await drain(one, job.options.timeout, job.signal);
    await turnLanes(job, one);
  }
  await raiseSequences(to, await readSequences(from, database.leftOutSequences));
}

/** Only superusers see how far an origin is; then the block itself must do as proof. */
function unlessNoRight(error: unknown): number {
  if (errorCode(error) === sqlstate.insufficientPrivilege) return 0;
  throw error;
}

async function resumeBouncer(job: SettleJob): Promise<void> {
  if (job.pgbouncer === null) return;
  const bouncer = await PausedBouncer.connect(
    job.pgbouncer,
    job.databases.map(({ name }) => name),
  );
  try {
    await bouncer.reload();
    await bouncer.resume();
  } finally {
    await bouncer.close();
  }
}
