import { readSequencesAgain, type SequenceValue } from '../replication/sequences.js';
import { waitLagBelow } from '../replication/wait-lag.js';
import { UserError } from '../errors.js';
import { assertCarried } from './carried.js';
import { drain, makeDurable } from './drain.js';
import { lockAll, lockTry } from './freeze.js';
import { Limit } from './limit.js';
import { proveLanes } from './prove-lanes.js';
import { bringRest, bringRestFirst } from './rest.js';
import { cut, endLost, withSessions } from './sessions.js';
import type { Side, SwitchDatabase } from './side.js';
import { Stopwatch } from './stopwatch.js';

export interface Rehearsal {
  readonly from: Side;
  readonly to: Side;
  readonly databases: readonly SwitchDatabase[];
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes. */
  readonly maxLag: number;
  readonly signal: AbortSignal;
  readonly tell: (message: string) => void;
}

/** Milliseconds to wait for the lanes to come near. */
const lagPatience = 60_000;

/**
 * The write stop up to the point where lanes are turned: takes the locks, drains, brings sequences and large objects,
 * lets go. The target has what the source has afterwards, and nothing else has changed.
 */
export async function rehearse(job: Rehearsal): Promise<Stopwatch> {
  const { from, to, databases, timeout, signal } = job;
  return withSessions(from, to, databases, timeout, async sessions => {
    await proveLanes({ from, to, signal, progress: () => undefined }, sessions);
    await assertCarried(sessions, { from: from.role, to: to.role }, 'writes were not stopped');
    const baseline = new Map<string, readonly SequenceValue[]>();
    for (const session of sessions) {
      const { database, from: source } = session;
      const values = await bringRestFirst(session, signal);
      await waitLagBelow(source, database.lanes, job.maxLag, lagPatience, signal, () => undefined);
      baseline.set(database.name, await readSequencesAgain(source, values));
    }
    const watch = new Stopwatch();
    const limit = new Limit(signal, sessions);
    try {
      watch.start(
        await lockAll(sessions, {
          tryFor: lockTry,
          timeout,
          signal,
          onRetry: blocker => job.tell(`not yet: ${blocker}`),
        }),
      );
      limit.start(timeout);
      watch.mark('lock');
      await drain(sessions, timeout, limit.signal);
      watch.mark('drain');
      await makeDurable(sessions);
      watch.mark('durable');
      await bringRest(sessions, baseline, watch, limit.signal);
      await Promise.all(sessions.map(({ lock }) => lock.execute('rollback')));
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
  });
}
