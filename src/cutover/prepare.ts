import { advanceSlotToNow } from '../replication/slots.js';
import { changedSequences, readSequencesAgain, setSequences, type SequenceValue } from '../replication/sequences.js';
import { waitLagBelow } from '../replication/wait-lag.js';
import { prepareBackLane } from './back-lane.js';
import { assertMayBlock, endApplications, readBlock, type BlockRecord } from './block.js';
import { assertCarried } from './carried.js';
import { assertPaired, type NamesSeen } from './paired.js';
import { proveLanes } from './prove-lanes.js';
import { bringRestFirst, type Baseline } from './rest.js';
import type { DatabaseSessions } from './sessions.js';
import { readAhead } from './shut-ahead.js';
import type { Blocks, Switchover } from './job.js';

/** Milliseconds to wait for the lanes to come near. */
const lagPatience = 120_000;

export interface Prepared {
  /** Sequences as they were set on the other side, by database. */
  readonly baseline: Baseline;
  /** What the block will replace; empty where nothing will be blocked. */
  readonly block: readonly BlockRecord[];
  /** What opening the side that takes over will put back; null: it is open. */
  readonly ahead: readonly BlockRecord[] | null;
  readonly names: NamesSeen;
}

/**
 * All that can be done while writes go on.
 * @param ready when nothing is known any more that would stand in the way, before the last and short part
 */
export async function prepareSwitch(
  job: Switchover,
  sessions: readonly DatabaseSessions[],
  ready: (blocks: Blocks) => Promise<void>,
): Promise<Prepared> {
  const block: BlockRecord[] = [];
  const [first] = sessions;
  if (job.options.freeze !== 'none' && first !== undefined) {
    await assertMayBlock(
      first.from,
      job.databases.map(({ name }) => name),
    );
    for (const { name } of job.databases) block.push(await readBlock(first.from, name, job.from.dialsAs));
  }
  const baseline = new Map<string, readonly SequenceValue[]>();
  for (const session of sessions) {
    const { database, from, to } = session;
    job.progress({ message: `preparing ${database.name}` });
    baseline.set(database.name, await bringRestFirst(session, job.signal));
    if (job.options.failback) {
      const lane = {
        name: database.backLane,
        tables: database.replicated,
        conninfo: job.to.dial(database.name),
        comment: job.comment,
        ways: database.back,
        failover: database.back.failover,
        publisherVersion: job.to.versionNum,
        subscriberVersion: job.from.versionNum,
      };
      await prepareBackLane(to, from, lane, whom => job.progress({ waiting_for: whom }));
    }
  }
  await proveLanes(job, sessions);
  await assertCarried(sessions, { from: job.from.role, to: job.to.role }, 'writes were not stopped');
  const names = await assertPaired(sessions, { from: job.from.role, migration: job.migration });
  await job.assertDefinitions?.('writes were not stopped');
  const ahead = await readAhead(job, sessions);
  await ready({ block, ahead });
  for (const { database, from } of sessions)
    await waitLagBelow(from, database.lanes, job.maxLag, lagPatience, job.signal, job.progress);
  // What has come meanwhile need not be gone through in the write stop.
  if (job.options.failback) for (const { database, to } of sessions) await advanceSlotToNow(to, database.backLane);
  await bringSequencesCloser(sessions, baseline);
  // Ends nobody: a session's first look at other sessions takes milliseconds that the write stop need not pay.
  if (job.options.freeze !== 'none' && first !== undefined) await endApplications(first.from, []);
  return { baseline, block, ahead, names };
}

/** With the very statements of the write stop, so that few sequences and no catalogue are left to be read in it. */
async function bringSequencesCloser(
  sessions: readonly DatabaseSessions[],
  baseline: Map<string, readonly SequenceValue[]>,
): Promise<void> {
  for (const { database, from, to } of sessions) {
    const before = baseline.get(database.name) ?? [];
    const now = await readSequencesAgain(from, before);
    await setSequences(to, changedSequences(before, now));
    baseline.set(database.name, now);
  }
}
