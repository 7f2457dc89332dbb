import { UserError } from '../errors.js';
import { errorCode } from '../postgres/errors.js';
import { Keeper } from '../postgres/keeper.js';
import { whoIsAtWork, type AtWork } from './arrivals.js';
import { blockDatabases, endApplications, type BlockRecord } from './block.js';
import { unblockCommands } from './block-statements.js';
import { assertCarried } from './carried.js';
import { DeadMan, type LastWill } from './dead-man.js';
import { drain, makeDurable, type Drained } from './drain.js';
import { handedOver, raiseFence, raiseFenceAlone } from './fence.js';
import { finishSwitch } from './finish.js';
import { assertReachable, assertStillLocked, lockAll, lockTry } from './freeze.js';
import { giveBack } from './give-back.js';
import { hasHooks, runAfterHooks, runHooks, sendClients, turnClientsBack } from './hooks.js';
import type { Blocks, Switched, Switchover } from './job.js';
import { Limit } from './limit.js';
import { aroundTries, PausedBouncer } from './pgbouncer.js';
import { assertStillPaired } from './paired.js';
import { prepareSwitch, type Prepared } from './prepare.js';
import { bringRest, type Baseline } from './rest.js';
import { cut, endLost, withSessions, type DatabaseSessions } from './sessions.js';
import { endReadOnlySessions, openAhead, shutAhead } from './shut-ahead.js';
import { Stopwatch } from './stopwatch.js';
import { assertNothingSlippedIn, turnLanes } from './turn-lanes.js';

/**
 * Hands the writes of all databases from one server to the other. Until the old side is shut, in one commit, any
 * failure, and a killed pgm, leaves it as writable as before: its tables are only locked by sessions that end with pgm.
 * The other side is shut from before the first hook until after that commit: never do both take writes. After it
 * nothing is undone; what is left to do can be done again by a later run.
 */
export async function switchOver(job: Switchover): Promise<Switched> {
  return withSessions(job.from, job.to, job.databases, job.options.timeout, async sessions => {
    const watch = new Stopwatch();
    const limit = new Limit(job.signal, sessions);
    let passed = false;
    // Early: it takes time to start, and the write stop has none.
    const { hooks } = job.options;
    const keeper = hasHooks(hooks) ? Keeper.start() : null;
    let hooked = false;
    const begun = { before: false };
    let atWork: readonly AtWork[] = [];
    let bouncer: PausedBouncer | null = null;
    let blocks: Blocks = { block: [], ahead: job.opens };
    const deadMan = job.pgbouncer !== null || job.options.freeze === 'read_only' ? DeadMan.start(job.migration) : null;
    try {
      bouncer =
        job.pgbouncer === null
          ? null
          : await PausedBouncer.connect(
              job.pgbouncer,
              job.databases.map(({ name }) => name),
            );
      const prepared = await prepareSwitch(job, sessions, async known => {
        blocks = known;
        atWork = await whoIsAtWork(job, sessions[0]?.from);
        await job.journal.stopping(blocks);
        if (keeper === null || hooks.before.length === 0) return;
        begun.before = true;
        await runHooks(keeper, job, { phase: 'before', undone: false, rehearse: false, signal: limit.signal });
      });
      const { block, ahead } = blocks;
      const shutSince = await shutAhead(job, sessions, ahead);
      await deadMan?.will(lastWills(job, block, bouncer));
      await stopWrites(job, sessions, block, watch, bouncer, limit);
      const { drained, values } = await bringAll(job, sessions, prepared, watch, limit);
      if (keeper !== null && hooks.switch.length > 0) {
        await job.journal.hooking(blocks);
        hooked = true;
        await sendClients(keeper, job, limit.signal);
        watch.mark('hooks');
      }
      await Promise.all([
        job.options.freeze === 'locks' ? assertStillLocked(sessions) : assertNothingSlippedIn(sessions, drained),
        assertReachable(sessions, job.to.role),
        // A deploy of the last second: whoever alters a table that is locked waits, and the rest of it shows here.
        job.assertDefinitions?.('writes go on where they were'),
      ]);
      limit.signal.throwIfAborted();
      // From this commit, or record, on nothing is undone. Shut before open: never do both sides take writes.
      if (job.options.freeze === 'locks') await blockOldSide(job, sessions, block);
      else await job.journal.switched({ writeStopMs: watch.total, parts: watch.parts, block }, blocks);
      passed = true;
      limit.lift();
      await deadMan?.will(bouncer === null ? [] : [bouncer.lastWill(true)]);
      const opened = await openAhead(sessions, ahead);
      watch.mark('block');
      await bouncer?.reload();
      await bouncer?.resume();
      if (bouncer !== null) watch.mark('resume');
      if (job.options.freeze === 'locks') {
        await endWaiting(job, sessions);
        // Until then a client waits for a lock and does not know that it has to go elsewhere.
        watch.mark('sessions');
      }
      const stop = { writeStopMs: watch.total, parts: watch.parts, block };
      await job.journal.switched(stop, blocks);
      await endReadOnlySessions(job, sessions, shutSince, opened);
      await release(job, sessions);
      // Beside what is left to do: those whom it wakes wait for nothing of that.
      const goOn = keeper === null ? null : runAfterHooks(keeper, job, { undone: false, signal: job.signal });
      try {
        await finishSwitch(job, sessions, { drained, values });
      } finally {
        await goOn;
      }
      return { ...stop, atWork };
    } catch (error) {
      limit.lift();
      cut(sessions);
      await endLost(job.from, job.to, sessions);
      if (passed) throw unfinished(error, job);
      const sendBack = keeper !== null && hooked ? (): Promise<void> => turnClientsBack(keeper, job) : null;
      if ((await giveBack(job, blocks, bouncer, sendBack)) === 'shut') throw unfinished(error, job);
      if (keeper !== null && begun.before)
        await runAfterHooks(keeper, job, { undone: true, signal: new AbortController().signal });
      throw timedOut(error, job, limit, watch);
    } finally {
      limit.lift();
      await keeper?.close();
      await deadMan?.dismiss();
      await bouncer?.close();
    }
  });
}

/** Neither may stay as it is when pgm is killed before the old side is shut. */
function lastWills(job: Switchover, block: readonly BlockRecord[], bouncer: PausedBouncer | null): readonly LastWill[] {
  const open =
    job.options.freeze !== 'read_only'
      ? []
      : [{ conninfo: job.from.conninfo, database: job.from.conninfo.database, statements: unblockCommands(block) }];
  return [...open, ...(bouncer === null ? [] : [bouncer.lastWill(false)])];
}

async function stopWrites(
  job: Switchover,
  sessions: readonly DatabaseSessions[],
  block: readonly BlockRecord[],
  watch: Stopwatch,
  bouncer: PausedBouncer | null,
  limit: Limit,
): Promise<void> {
  job.progress({ message: 'stopping writes' });
  const { timeout, freeze } = job.options;
  if (freeze === 'locks') {
    const onRetry = (blocker: string): void => job.progress({ waiting_for: blocker });
    watch.start(
      await lockAll(sessions, { tryFor: lockTry, timeout, signal: limit.signal, onRetry, ...aroundTries(bouncer) }),
    );
    limit.start(timeout);
  } else {
    limit.start(timeout);
    await bouncer?.prepare();
    watch.start();
    await bouncer?.pause(timeout);
    if (freeze === 'read_only') {
      await blockOldSide(job, sessions, block);
      await endWaiting(job, sessions);
    }
  }
  watch.mark('lock');
}

/** Everything is on the other side after this, and the lanes are turned. */
async function bringAll(
  job: Switchover,
  sessions: readonly DatabaseSessions[],
  { baseline, names }: Prepared,
  watch: Stopwatch,
  { signal }: Limit,
): Promise<{ readonly drained: Drained; readonly values: Baseline }> {
  const drained = await drain(sessions, job.options.timeout, signal);
  watch.mark('drain');
  await makeDurable(sessions);
  watch.mark('durable');
  // Both sides are at rest: comparing, in sessions of its own, need not wait for the rest. All have ended when one
  // fails.
  const [rest, compared, carried, paired] = await Promise.allSettled([
    bringAndTurn(job, sessions, baseline, watch, signal),
    job.compare?.(signal),
    assertCarried(sessions, { from: job.from.role, to: job.to.role }, 'writes go on where they were'),
    assertStillPaired(sessions, { from: job.from.role, migration: job.migration }, names),
  ]);
  if (carried.status === 'rejected') throw carried.reason;
  if (paired.status === 'rejected') throw paired.reason;
  if (rest.status === 'rejected') throw rest.reason;
  if (job.compare !== null) watch.mark('verify');
  if (job.options.freeze !== 'locks') {
    // Before what the compare says: whoever was not stopped makes the sides differ.
    await assertNothingSlippedIn(sessions, drained);
    watch.mark('slipped in');
  }
  if (compared.status === 'rejected') throw compared.reason;
  return { drained, values: rest.value };
}

async function bringAndTurn(
  job: Switchover,
  sessions: readonly DatabaseSessions[],
  baseline: Baseline,
  watch: Stopwatch,
  signal: AbortSignal,
): Promise<Baseline> {
  const values = await bringRest(sessions, baseline, watch, signal);
  await turnLanes(job, sessions);
  watch.mark('lanes');
  return values;
}

async function blockOldSide(
  job: Switchover,
  [first]: readonly DatabaseSessions[],
  block: readonly BlockRecord[],
): Promise<void> {
  job.progress({ message: `shutting the ${job.from.role}` });
  if (first !== undefined) await blockDatabases(first.from, block);
}

/** Writers that wait for our locks would go on where they are as soon as those are released. */
async function endWaiting(job: Switchover, [first]: readonly DatabaseSessions[]): Promise<void> {
  if (
    first === undefined ||
    (await endApplications(
      first.from,
      job.databases.map(({ name }) => name),
    ))
  )
    return;
  job.warn(
    `some sessions of applications on the ${job.from.role} could not be ended; look into pg_stat_activity there`,
  );
}

/** Lets go of the locks, in the same moment in which the fence stands. */
async function release(job: Switchover, sessions: readonly DatabaseSessions[]): Promise<void> {
  await Promise.all(
    sessions.map(async ({ database, lock }) => {
      try {
        const words = handedOver(job.to.role, database.name);
        if (job.options.freeze === 'locks') await raiseFence(lock, database.tables, words);
        await lock.execute('commit');
        if (job.options.freeze === 'read_only') await raiseFenceAlone(lock, database.tables, words);
      } catch (error) {
        // A lost session holds nothing any more.
        await lock.execute('rollback').catch(() => undefined);
        job.warn(
          `${database.name}: superusers can still write on the ${job.from.role} ` +
            `(${error instanceof Error ? error.message : String(error)}); everyone else is kept out`,
        );
      }
    }),
  );
}

function unfinished(error: unknown, job: Switchover): UserError {
  const message = error instanceof Error ? error.message : String(error);
  return new UserError(`the ${job.to.role} has the writes, but cleanup is not finished: ${message}`, {
    kind: 'stopped',
    code: 'PGM629',
    hint: 'run `pgm apply` again: it finishes the switch',
    cause: error,
  });
}

function timedOut(error: unknown, job: Switchover, limit: Limit, watch: Stopwatch): unknown {
  if (job.signal.aborted) return job.signal.reason;
  if (!limit.isOver) return lostConnection(error, job);
  const done = Object.keys(watch.parts).join(', ');
  return new UserError(
    `the write stop passed its limit of ${job.options.timeout / 1000} s ` +
      `(done: ${done || 'nothing'}); writes go on where they were`,
    {
      kind: 'stopped',
      code: 'PGM621',
      hint: 'see `pgm status`, try `pgm cutover --rehearse`, or raise cutover.timeout',
      cause: error,
    },
  );
}

function lostConnection(error: unknown, job: Switchover): unknown {
  if (error instanceof UserError || errorCode(error) === undefined) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new UserError(`the switch to the ${job.to.role} failed: ${message}; writes go on where they were`, {
    kind: 'stopped',
    code: 'PGM854',
    hint: 'fix the cause, then run `pgm apply` again',
    cause: error,
  });
}
