import { copyLargeObjects } from '../copy/large-objects.js';
import { UserError } from '../errors.js';
import type { Progress } from '../apply/events.js';
import { advanceSlotToNow, dropSlotIfExists } from '../replication/slots.js';
import { disableSubscription, dropSubscriptionIfExists, enableSubscription } from '../replication/subscriptions.js';
import { changedSequences, readSequences, setSequences, type SequenceValue } from '../replication/sequences.js';
import { waitLagBelow } from '../replication/wait-lag.js';
import type { CutoverOptions, PgBouncerSwitch } from '../spec/spec.js';
import { dropBackLane, prepareBackLane } from './back-lane.js';
import { blockDatabase, endApplications, readBlock, unblockDatabase, type BlockRecord } from './block.js';
import { drain, makeDurable } from './drain.js';
import { lockTables } from './freeze.js';
import { runHook } from './hooks.js';
import { PausedBouncer } from './pgbouncer.js';
import { withSessions, type DatabaseSessions } from './sessions.js';
import type { Side, SwitchDatabase } from './side.js';
import { assertNothingSlippedIn } from './slipped-in.js';
import { Stopwatch } from './stopwatch.js';

export interface Switchover {
  readonly event: 'cutover' | 'failback';
  readonly from: Side;
  readonly to: Side;
  readonly databases: readonly SwitchDatabase[];
  readonly options: CutoverOptions;
  readonly pgbouncer: PgBouncerSwitch | null;
  /** Bytes of lag that are small enough to begin. */
  readonly maxLag: number;
  /** COMMENT of the objects that are made. */
  readonly comment: string;
  /** Folder of the spec: hooks run in it. */
  readonly folder: string;
  /** The side that takes over was blocked by an earlier switch: opened in the write stop. */
  readonly opens: readonly BlockRecord[];
  /** Compares what fits into the write stop; null: not asked for. Gives nothing, or throws when the sides differ. */
  readonly compare: ((sessions: readonly DatabaseSessions[], signal: AbortSignal) => Promise<void>) | null;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly warn: (message: string) => void;
  /** Called when the other side is ahead and the old side is about to be shut: kept before that is done. */
  readonly beforeBlock: (block: readonly BlockRecord[]) => Promise<void>;
}

export interface Switched {
  /** Milliseconds from the lock request to the moment that clients can write on the side that took over. */
  readonly writeStopMs: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly block: readonly BlockRecord[];
}

/** Milliseconds of one try to lock; a queue of writers lasts no longer behind someone else's long transaction. */
const lockTry = 200;
const lagPatience = 120_000;

/**
 * Hands the writes of all databases from one server to the other. Until `block` any failure, and a killed pgm, leaves
 * the old side as writable as before: its tables are only locked by sessions that end with pgm.
 */
export async function switchOver(job: Switchover): Promise<Switched> {
  return withSessions(job.from, job.to, job.databases, async sessions => {
    const baseline = await prepare(job, sessions);
    const watch = new Stopwatch();
    const undo: (() => Promise<unknown>)[] = [];
    const deadline = AbortSignal.any([job.signal, AbortSignal.timeout(job.options.timeout)]);
    const bouncer = job.pgbouncer === null ? null : await PausedBouncer.connect(job.pgbouncer, job.databases.map(({ name }) => name));
    try {
      await stopWrites(job, sessions, watch, bouncer, undo, deadline);
      await drain(sessions, job.options.timeout, deadline);
      watch.mark('drain');
      await makeDurable(sessions);
      watch.mark('durable');
      await bringRest(sessions, baseline, deadline);
      watch.mark('sequences');
      if (job.compare !== null) {
        await job.compare(sessions, deadline);
        watch.mark('verify');
      }
      await turnLanes(job, sessions, undo);
      watch.mark('lanes');
      await openOtherSide(job, undo);
      if (job.opens.length > 0) watch.mark('open');
      await runHooks(job, bouncer, watch, deadline);
      const writeStopMs = watch.total;
      const block = await blockOldSide(job, sessions);
      await release(sessions);
      watch.mark('block');
      await bouncer?.close();
      await closeForward(job, sessions);
      return { writeStopMs, parts: watch.parts, block };
    } catch (error) {
      await giveBack(job, sessions, undo, bouncer);
      throw timedOut(error, job, watch);
    }
  });
}

/** All that can be done while writes go on. Gives the sequences as they were set. */
async function prepare(job: Switchover, sessions: readonly DatabaseSessions[]): Promise<ReadonlyMap<string, readonly SequenceValue[]>> {
  const baseline = new Map<string, readonly SequenceValue[]>();
  for (const { database, from, to } of sessions) {
    job.progress({ message: `preparing ${database.name}` });
    const values = await readSequences(from);
    await setSequences(to, values);
    baseline.set(database.name, values);
    if (database.largeObjects) await copyLargeObjects(from, to, job.signal, () => undefined);
    if (job.options.failback) {
      await prepareBackLane(to, from, {
        name: database.backLane,
        tables: database.replicated,
        conninfo: job.to.dial(database.name),
        comment: job.comment,
        publisherVersion: job.to.versionNum,
        subscriberVersion: job.from.versionNum,
      });
    }
  }
  for (const { database, from } of sessions) await waitLagBelow(from, database.lanes, job.maxLag, lagPatience, job.signal, job.progress);
  return baseline;
}

async function stopWrites(job: Switchover, sessions: readonly DatabaseSessions[], watch: Stopwatch, bouncer: PausedBouncer | null, undo: (() => Promise<unknown>)[], signal: AbortSignal): Promise<void> {
  job.progress({ message: 'stopping writes' });
  const began = performance.now();
  if (bouncer !== null) {
    undo.push(() => bouncer.resume());
    await bouncer.pause();
  }
  switch (job.options.freeze) {
    case 'locks': {
      const times = await Promise.all(
        sessions.map(({ database, lock }) =>
          lockTables(lock, database.tables, { tryFor: lockTry, timeout: job.options.timeout, signal, onRetry: blocker => job.progress({ waiting_for: blocker }) }),
        ),
      );
      watch.start(bouncer === null ? Math.min(...times) : began);
      break;
    }
    case 'read_only': {
      for (const { database, from } of sessions) {
        const record = await readBlock(from, database.name);
        undo.push(() => unblockDatabase(from, record));
        await blockDatabase(from, record);
        await endApplications(from, database.name);
      }
      watch.start(began);
      break;
    }
    case 'none':
      watch.start(began);
  }
  watch.mark('lock');
}

/** What replication does not carry: sequences that moved since, large objects that changed. */
async function bringRest(sessions: readonly DatabaseSessions[], baseline: ReadonlyMap<string, readonly SequenceValue[]>, signal: AbortSignal): Promise<void> {
  await Promise.all(
    sessions.map(async ({ database, from, to }) => {
      await setSequences(to, changedSequences(baseline.get(database.name) ?? [], await readSequences(from)));
      if (database.largeObjects) await copyLargeObjects(from, to, signal, () => undefined);
    }),
  );
}

/** The forward lane stops applying, the lane back begins after all that came forward: no change ever goes round. */
async function turnLanes(job: Switchover, sessions: readonly DatabaseSessions[], undo: (() => Promise<unknown>)[]): Promise<void> {
  await Promise.all(
    sessions.map(async ({ database, from, to }) => {
      for (const lane of database.lanes) {
        undo.push(() => enableSubscription(to, lane));
        await disableSubscription(to, lane);
      }
      if (job.options.freeze !== 'locks') await assertNothingSlippedIn(from, database.lanes);
      if (job.options.failback) await advanceSlotToNow(to, database.backLane);
    }),
  );
}

async function openOtherSide(job: Switchover, undo: (() => Promise<unknown>)[]): Promise<void> {
  if (job.opens.length === 0) return;
  await withSessions(job.to, job.to, job.databases.slice(0, 1), async ([session]) => {
    if (session === undefined) return;
    for (const record of job.opens) await unblockDatabase(session.to, record);
  });
  undo.push(() =>
    withSessions(job.to, job.to, job.databases.slice(0, 1), async ([session]) => {
      for (const record of job.opens) if (session !== undefined) await blockDatabase(session.to, record);
    }),
  );
}

async function runHooks(job: Switchover, bouncer: PausedBouncer | null, watch: Stopwatch, signal: AbortSignal): Promise<void> {
  const databases = job.databases.map(({ name }) => name);
  for (const argv of job.options.hooks.switch) {
    job.progress({ message: `running ${argv[0] ?? ''}` });
    await runHook({ argv, to: job.to.conninfo, databases, event: job.event, folder: job.folder, timeout: job.options.timeout, signal });
  }
  if (bouncer !== null) {
    await bouncer.reload();
    await bouncer.resume();
  }
  watch.mark('hooks');
}

/** From here on the old side stays shut when pgm ends. */
async function blockOldSide(job: Switchover, sessions: readonly DatabaseSessions[]): Promise<readonly BlockRecord[]> {
  if (job.options.freeze === 'none') return [];
  const records = await Promise.all(sessions.map(({ database, from }) => readBlock(from, database.name)));
  await job.beforeBlock(records);
  for (const [index, { database, from }] of sessions.entries()) {
    const record = records[index];
    if (record === undefined) continue;
    await blockDatabase(from, record);
    if ((await endApplications(from, database.name)) === null) job.warn(`${database.name}: no right to end the applications' sessions on the old server; they can still write there`);
  }
  return records;
}

async function release(sessions: readonly DatabaseSessions[]): Promise<void> {
  await Promise.all(sessions.map(({ lock }) => lock.execute('rollback')));
}

/** The forward lane has done its work: its slot must not hold back WAL. Its publication serves a later way forward. */
async function closeForward(job: Switchover, sessions: readonly DatabaseSessions[]): Promise<void> {
  for (const { database, from, to } of sessions) {
    for (const lane of database.lanes) {
      await dropSubscriptionIfExists(to, lane);
      await dropSlotIfExists(from, lane);
    }
    if (job.options.failback) await enableSubscription(from, database.backLane);
  }
}

/** Undoes in reverse what was done in the write stop; the source's writers go on. Each is tried, whatever the others do. */
async function giveBack(job: Switchover, sessions: readonly DatabaseSessions[], undo: (() => Promise<unknown>)[], bouncer: PausedBouncer | null): Promise<void> {
  job.progress({ message: 'freeing the source' });
  const failed: string[] = [];
  await Promise.all(sessions.map(({ lock }) => lock.execute('rollback').catch(() => lock.destroy())));
  for (const step of undo.reverse()) await step().catch((error: unknown) => failed.push(error instanceof Error ? error.message : String(error)));
  if (job.options.failback) {
    for (const { database, from, to } of sessions) await dropBackLane(to, from, database.backLane).catch((error: unknown) => failed.push(String(error)));
  }
  await bouncer?.close();
  if (failed.length > 0) job.warn(`not everything could be put back: ${failed.join('; ')}; run \`pgm apply\` again`);
}

function timedOut(error: unknown, job: Switchover, watch: Stopwatch): unknown {
  if (job.signal.aborted) return job.signal.reason;
  const isTimeout = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  if (!isTimeout) return error;
  const done = Object.keys(watch.parts).join(', ');
  return new UserError(`the write stop passed its limit of ${Math.round(job.options.timeout / 1000)} s (done: ${done || 'nothing'}); writes go on where they were`, {
    kind: 'stopped',
    code: 'PGM621',
    hint: 'see `pgm status`, try `pgm cutover --rehearse`, or raise cutover.timeout',
    cause: error,
  });
}
