import { dirname } from 'node:path';
import { movedTables } from '../inspect/moved-tables.js';
import { rehearse } from '../cutover/rehearse.js';
import type { Side, SwitchDatabase } from '../cutover/side.js';
import { UserError } from '../errors.js';
import { forwardLanes, isReplicated, leftOutSequences } from '../plan/database-lanes.js';
import { plannedTables } from '../plan/plan-switch.js';
import type { Spec } from '../spec/spec.js';
import type { RehearsalRecord } from '../state/lockfile.js';
import { recordRehearsal } from '../state/transitions.js';
import { withExistingMigration } from './existing-migration.js';
import type { Report } from './operations.js';

/** The write stop as it will be, without the switch. The figures are kept, so that a plan can quote them. */
export async function rehearseCutover(
  spec: Spec,
  options: { readonly signal: AbortSignal; readonly lockTimeout: number },
  report: Report,
): Promise<RehearsalRecord> {
  return withExistingMigration(
    spec,
    { command: 'cutover --rehearse', lockTimeout: options.lockTimeout, signal: options.signal, report },
    async ({ facts, source, target, state }) => {
      if (state.current?.reached !== 'synced')
        throw new UserError(
          `there is nothing to rehearse: ${state.current?.reached ?? 'nothing'} is reached, not synced`,
          { kind: 'blocked', code: 'PGM842', hint: 'run `pgm apply` until the migration is synced' },
        );
      const from: Side = {
        migration: spec.name,
        role: 'source',
        conninfo: spec.source.connection,
        versionNum: source.versionNum,
        dial: () => '',
      };
      const to: Side = {
        migration: spec.name,
        role: 'target',
        conninfo: spec.target.connection,
        versionNum: target.versionNum,
        dial: () => '',
      };
      const databases = facts.databases.map((database): SwitchDatabase => ({
        name: database.name,
        tables: movedTables(database).map(({ schema, name }) => ({ schema, name })),
        replicated: movedTables(database)
          .filter(table => isReplicated(table, spec.replicaIdentity.missing))
          .map(({ schema, name }) => ({ schema, name })),
        lanes: forwardLanes(spec.name, database, source, target)
          .filter(lane => lane.slot !== null && lane.subscription !== null)
          .map(lane => lane.name),
        backLane: '',
        back: { publishes: 'plain' as const, subscribes: 'plain' as const, failover: false },
        largeObjects: database.source.largeObjects > 0,
        planned: plannedTables(spec, source, database.source.tables),
        leftOutSequences: leftOutSequences(database),
      }));
      const tell =
        (severity: 'info' | 'warning') =>
        (message: string): void =>
          report({ type: 'diagnostic', severity, message, at: new Date().toISOString() });
      const inform = tell('info');
      const { total, parts } = await rehearse({
        event: 'cutover',
        from,
        to,
        databases,
        options: spec.cutover,
        pgbouncer: spec.pgbouncer,
        lineage: state.current.lineage,
        folder: dirname(spec.path),
        maxLag: spec.replication.maxLag,
        signal: options.signal,
        progress: ({ message }) => {
          if (message !== undefined) inform(message);
        },
        warn: tell('warning'),
      });
      const record: RehearsalRecord = { write_stop_ms: total, parts, finished_at: new Date().toISOString() };
      await state.update(lockfile => recordRehearsal(lockfile, record), 'record');
      return record;
    },
  );
}
