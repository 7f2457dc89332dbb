import { readSequencesAgain, type SequenceValue } from '../replication/sequences.js';
import { waitLagBelow } from '../replication/wait-lag.js';
import { UserError } from '../errors.js';
import { Keeper } from '../postgres/keeper.js';
import type { PgBouncerSwitch } from '../spec/spec.js';
import { assertCarried } from './carried.js';
import { DeadMan } from './dead-man.js';
import { drain, makeDurable } from './drain.js';
import { lockAll, lockTry } from './freeze.js';
import { hasHooks, runAfterHooks, runHooks, type HookJob } from './hooks.js';
import { Limit } from './limit.js';
import { aroundTries, PausedBouncer } from './pgbouncer.js';
import { assertPaired, assertStillPaired } from './paired.js';
import type { Prepared } from './prepare.js';
import { proveLanes } from './prove-lanes.js';
import { rehearseBlock, rehearseLanes, rehearseReconnect } from './rehearse-turn.js';
import { bringRest, bringRestFirst } from './rest.js';
import { cut, endLost, withSessions, type DatabaseSessions } from './sessions.js';
import { Stopwatch } from './stopwatch.js';

export interface Rehearsal extends HookJob {
  /** Paused where the hooks are rehearsed too. */
  readonly pgbouncer: PgBouncerSwitch | null;
  /** Bytes. */
  readonly maxLag: number;
  readonly signal: AbortSignal;
}

/** What became of the writes. */
const goOn = 'writes go on where they were';

/** Milliseconds to wait for the lanes to come near. */
const lagPatience = 60_000;

/**
 * The write stop without the switch: takes the locks, drains, brings sequences and large objects, looks whether each table is the one that was brought, sends what turns the
 * lanes and shuts the source in transactions that it rolls back, connects to the target as clients will, lets go. The
 * target has what the source has afterwards, and nothing else has changed. Hooks and PgBouncer take part where the spec
 * lets them.
 */
export async function rehearse(job: Rehearsal): Promise<Stopwatch> {
  const { hooks } = job.options;
  const keeper = hooks.rehearse && hasHooks(hooks) ? Keeper.start() : null;
  const deadMan = hooks.rehearse && job.pgbouncer !== null ? DeadMan.start(job.from.migration) : null;
  try {
    return await withSessions(job.from, job.to, job.databases, job.options.timeout, sessions =>
      rehearseIn(job, sessions, keeper, deadMan),
    );
  } finally {
    await keeper?.close();
    await deadMan?.dismiss();
  }
}

async function rehearseIn(
  job: Rehearsal,
  sessions: readonly DatabaseSessions[],
  keeper: Keeper | null,
  deadMan: DeadMan | null,
): Promise<Stopwatch> {
  const { from, to, databases, signal } = job;
  await proveLanes({ from, to, signal, progress: () => undefined }, sessions);
  await assertCarried(sessions, { from: from.role, to: to.role }, 'writes were not stopped');
  const names = await assertPaired(sessions, { from: from.role, migration: from.migration });
  const bouncer =
    deadMan === null || job.pgbouncer === null
      ? null
      : await PausedBouncer.connect(
          job.pgbouncer,
          databases.map(({ name }) => name),
        );
  try {
    if (bouncer !== null) await deadMan?.will([bouncer.lastWill(false)]);
    if (keeper !== null) await runHooks(keeper, job, { phase: 'before', undone: false, rehearse: true, signal });
    const baseline = new Map<string, readonly SequenceValue[]>();
    for (const session of sessions) {
      const { database, from: source } = session;
      const values = await bringRestFirst(session, signal);
      await waitLagBelow(source, database.lanes, job.maxLag, lagPatience, signal, () => undefined);
      baseline.set(database.name, await readSequencesAgain(source, values));
    }
    return await rehearseStop(job, sessions, { baseline, names }, keeper, bouncer);
  } finally {
    await bouncer?.resume().catch((error: unknown) => job.warn(`PgBouncer may be paused: ${String(error)}`));
    await bouncer?.close();
    if (keeper !== null) await runAfterHooks(keeper, job, { undone: true, rehearse: true, signal });
  }
}

async function rehearseStop(
  job: Rehearsal,
  sessions: readonly DatabaseSessions[],
  { baseline, names }: Pick<Prepared, 'baseline' | 'names'>,
  keeper: Keeper | null,
  bouncer: PausedBouncer | null,
): Promise<Stopwatch> {
  const { from, to, signal } = job;
  const { timeout, hooks, freeze } = job.options;
  const watch = new Stopwatch();
  const limit = new Limit(signal, sessions);
  try {
    const onRetry = (blocker: string): void => job.progress({ message: `not yet: ${blocker}` });
    watch.start(await lockAll(sessions, { tryFor: lockTry, timeout, signal, onRetry, ...aroundTries(bouncer) }));
    limit.start(timeout);
    watch.mark('lock');
    await drain(sessions, timeout, limit.signal);
    watch.mark('drain');
    await makeDurable(sessions);
    watch.mark('durable');
    const [brought, carried, paired] = await Promise.allSettled([
      bringRest(sessions, baseline, watch, limit.signal).then(() => rehearseLanes(sessions)),
      assertCarried(sessions, { from: from.role, to: to.role }, goOn),
      assertStillPaired(sessions, { from: from.role, migration: from.migration }, names),
    ]);
    for (const each of [carried, paired, brought]) if (each.status === 'rejected') throw each.reason;
    watch.mark('lanes');
    if (keeper !== null && hooks.switch.length > 0) {
      await runHooks(keeper, job, { phase: 'switch', undone: false, rehearse: true, signal: limit.signal });
      watch.mark('hooks');
    }
    if (freeze !== 'none') {
      await rehearseBlock(from, sessions);
      watch.mark('block');
    }
    await Promise.all(sessions.map(({ lock }) => lock.execute('rollback')));
    if (bouncer !== null) {
      await bouncer.resume();
      watch.mark('resume');
    }
    // Clients write on already; those of the switch will have to do this first.
    await rehearseReconnect(to, sessions);
    watch.mark('reconnect');
  } catch (error) {
    limit.lift();
    cut(sessions);
    await endLost(from, to, sessions);
    if (!limit.isOver) throw error;
    throw new UserError(
      `the rehearsal passed the limit of a write stop, ${timeout / 1000} s ` +
        `(done: ${Object.keys(watch.parts).join(', ')}); writes go on`,
      { kind: 'stopped', code: 'PGM621', hint: 'see `pgm status`, or raise cutover.timeout', cause: error },
    );
  } finally {
    limit.lift();
  }
  return watch;
}
