import { forwardLanes } from '../plan/database-lanes.js';
import { inferReached } from '../plan/infer-reached.js';
import type { Facts, ServerFacts } from '../inspect/facts.js';
import { withConnection } from '../postgres/connect.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { disableSubscription } from '../replication/subscriptions.js';
import { describeHeldBack, readHeldBack } from '../replication/held-back.js';
import type { Spec } from '../spec/spec.js';
import { withFields } from '../state/transitions.js';
import { restoreLoadSettings } from './load-settings.js';
import { firstLockfile } from './first-lockfile.js';
import { withExistingMigration } from './existing-migration.js';
import type { Report } from './operations.js';
import { endsOf, laneRemovals } from './removals.js';
import { plural } from '../quantities.js';

export interface StopOptions {
  /** Drops the slots too: nothing is held on the source, and what was copied must be copied again. */
  readonly release: boolean;
  readonly lockTimeout: number;
}

function isBegun(spec: Spec, facts: Facts, source: ServerFacts, target: ServerFacts): boolean {
  return (
    target.remembered !== null ||
    facts.databases.some(
      database =>
        (database.target?.progress ?? null) !== null || forwardLanes(spec.name, database, source, target).length > 0,
    )
  );
}

/**
 * Ends replication for now; data stays and `apply` resumes. Says what stays behind and what it costs.
 * @returns false when there was nothing to stop, which is said
 */
export async function stopMigration(spec: Spec, options: StopOptions, report: Report): Promise<boolean> {
  const tell = (severity: 'info' | 'warning', message: string): void =>
    report({ type: 'diagnostic', severity, message, at: new Date().toISOString() });
  const signal = new AbortController().signal;
  return withExistingMigration(
    spec,
    { command: 'stop', lockTimeout: options.lockTimeout, signal, report },
    async ({ facts, source, target, state, known, settings }) => {
      if (state.current === null && !isBegun(spec, facts, source, target)) {
        tell(
          'info',
          'there is nothing to stop: this migration has not begun; is it the right spec, in the right folder?',
        );
        return false;
      }
      const reached = known === null ? inferReached(spec, facts) : known.reached;
      if (reached === 'cutover' || reached === 'ready') {
        tell(
          'info',
          `there is nothing to stop: ${reached} is reached; \`pgm close\` ends a migration that was cut over`,
        );
        return false;
      }
      if (state.current === null) {
        state.begin(firstLockfile(spec, facts, settings));
        tell('warning', 'the lockfile is lost; it is rebuilt from what the servers know of this migration');
      }
      for (const database of facts.databases) {
        const lanes = forwardLanes(spec.name, database, source, target);
        if (!options.release && database.target !== null) {
          await withConnection(
            spec.target.connection,
            { database: database.name, purpose: runPurpose(spec.name, 'stop') },
            async session => {
              for (const { name, subscription } of lanes) {
                if (subscription !== null) await disableSubscription(session, name);
              }
            },
          );
        }
        if (lanes.length === 0) continue;
        if (options.release)
          for (const { name, subscription, slot } of lanes) {
            const parts = { name, way: 'plain', slot: slot !== null, publication: null } as const;
            const there = { ...parts, subscription: subscription?.database ?? null };
            for (const removal of laneRemovals(spec, endsOf('forward'), there)) await removal.run();
          }
        await withConnection(
          spec.source.connection,
          { database: database.name, purpose: runPurpose(spec.name, 'stop') },
          async session => {
            const held = await readHeldBack(
              session,
              lanes.map(lane => lane.name),
            );
            if (held.slots > 0)
              tell(
                'warning',
                `${database.name}: ${describeHeldBack(held)}. Until \`pgm apply\` goes on or \`pgm ` +
                  `stop --release\` drops ${held.slots === 1 ? 'it' : 'them'}`,
              );
          },
        );
      }
      const restored = await restoreLoadSettings(spec, state, message => tell('warning', message), settings);
      if (restored > 0) tell('info', `${plural(restored, 'setting')} of the target put back that held for the load`);
      await state.update(lockfile => withFields(lockfile, { stopped: true }), 'record');
      tell(
        'info',
        'left behind, at no cost: publications on the ' +
          `source, ${options.release ? '' : 'disabled subscriptions and '}schema ` +
          `pgm on the target; \`pgm destroy\` drops them`,
      );
      tell(
        'info',
        options.release
          ? 'stopped; slots are dropped, data stays; `pgm apply` would copy again what was kept in sync'
          : 'stopped; data stays; `pgm apply` goes on from here',
      );
      return true;
    },
  );
}
