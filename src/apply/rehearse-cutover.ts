import { drain } from '../cutover/drain.js';
import { lockAll } from '../cutover/freeze.js';
import { cut, withSessions } from '../cutover/sessions.js';
import { Stopwatch } from '../cutover/stopwatch.js';
import { lockTry } from '../cutover/switchover.js';
import { UserError } from '../errors.js';
import { forwardLanes, tablesToMove } from '../plan/database-lanes.js';
import { waitLagBelow } from '../replication/wait-lag.js';
import type { Spec } from '../spec/spec.js';
import { withExistingMigration } from './existing-migration.js';
import type { Report } from './operations.js';

export interface Rehearsed {
  /** Milliseconds that writers waited. */
  readonly write_stop_ms: number;
  readonly parts: Record<string, number>;
}

/** Takes the locks, drains, lets go: the write stop as it will be, without the switch. Nothing else changes. */
export async function rehearseCutover(spec: Spec, options: { readonly signal: AbortSignal; readonly lockTimeout: number }, report: Report): Promise<Rehearsed> {
  return withExistingMigration(spec, { command: 'cutover --rehearse', lockTimeout: options.lockTimeout, signal: options.signal, report }, async ({ facts, source, target, state }) => {
    if (state.current?.reached !== 'synced') throw new UserError(`there is nothing to rehearse: ${state.current?.reached ?? 'nothing'} is reached, not synced`, { kind: 'blocked', hint: 'run `pgm apply` until the migration is synced' });
    const from = { role: 'source' as const, conninfo: spec.source.connection, versionNum: source.versionNum, dial: () => '' };
    const to = { role: 'target' as const, conninfo: spec.target.connection, versionNum: target.versionNum, dial: () => '' };
    const databases = facts.databases.map(database => ({
      name: database.name,
      tables: tablesToMove(database).map(({ schema, name }) => ({ schema, name })),
      replicated: [],
      lanes: forwardLanes(spec.name, database, source, target).filter(lane => lane.slot !== null && lane.subscription !== null).map(lane => lane.name),
      backLane: '',
      back: { publishes: 'plain' as const, subscribes: 'plain' as const },
      largeObjects: false,
    }));
    return withSessions(from, to, databases, spec.cutover.timeout, async sessions => {
      for (const { database, from: session } of sessions) await waitLagBelow(session, database.lanes, spec.replication.maxLag, 60_000, options.signal, () => undefined);
      const watch = new Stopwatch();
      const onRetry = (blocker: string): void => report({ type: 'diagnostic', severity: 'info', message: `not yet: ${blocker}`, at: new Date().toISOString() });
      try {
        watch.start(await lockAll(sessions, { tryFor: lockTry, timeout: spec.cutover.timeout, signal: options.signal, onRetry }));
        watch.mark('lock');
        await drain(sessions, spec.cutover.timeout, AbortSignal.any([options.signal, AbortSignal.timeout(spec.cutover.timeout)]));
        watch.mark('drain');
        await Promise.all(sessions.map(({ lock }) => lock.execute('rollback')));
      } catch (error) {
        cut(sessions);
        throw error;
      }
      return { write_stop_ms: watch.total, parts: watch.parts };
    });
  });
}
