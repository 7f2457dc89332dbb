import { UserError } from '../errors.js';
import { reverseLaneName } from '../replication/names.js';
import { forwardLanes } from '../plan/database-lanes.js';
import { orphanLanes } from '../plan/orphan-lanes.js';
import type { Spec } from '../spec/spec.js';
import { ownedBy } from '../state/lineage.js';
import { dropProgress } from '../state/progress.js';
import { blockRemovals } from './block-removals.js';
import { withExistingMigration, type ExistingMigration } from './existing-migration.js';
import type { Report } from './operations.js';
import { orphanRemovals } from './orphan-removals.js';
import {
  carryOutRemovals,
  endsOf,
  inDatabase,
  joined,
  laneRemovals,
  type Removal,
  type Removals,
  type Say,
} from './removals.js';
import { settingRemovals } from './setting-removals.js';
import { forgetSettingsOf } from './settings-memory.js';
import { sweepDatabases } from './sweep-databases.js';

export interface DestroyOptions {
  readonly approve: (lines: readonly string[], stays: readonly string[]) => Promise<boolean>;
  /** Opens also the server that handed the writes over. */
  readonly open: boolean;
  readonly lockTimeout: number;
}

/** What the target remembers is no order for the source. */
const lockfileLost =
  "the lockfile is lost: what pgm changed of the source's settings is not known and stays; see there: " +
  "select name, setting from pg_file_settings where sourcefile like '%postgresql.auto.conf', and the " +
  'lines between "# pgm: begin" and "# pgm: end" in pg_hba.conf';

/**
 * Drops all that pgm made and puts changed settings back; migrated data stays.
 * @returns `left`: something is left as it is, and was said
 */
export async function destroyMigration(
  spec: Spec,
  options: DestroyOptions,
  report: Report,
): Promise<'nothing-to-do' | 'left' | 'done'> {
  const signal = new AbortController().signal;
  return withExistingMigration(
    spec,
    { command: 'destroy', lockTimeout: options.lockTimeout, signal, report },
    async migration => {
      const say: Say = (severity, message) =>
        report({ type: 'diagnostic', severity, message, at: new Date().toISOString() });
      const { source, target, state, settings: changed } = migration;
      const settings = { spec, changed, state, say };
      const swept = joined([await elsewhere(spec, migration, 'source'), await elsewhere(spec, migration, 'target')]);
      const { removals, stays } = joined([
        { removals: lanes(spec, migration), stays: [] },
        { removals: await orphanRemovals(spec, migration), stays: [] },
        await settingRemovals({ ...settings, side: 'source', server: source }),
        await settingRemovals({ ...settings, side: 'target', server: target }),
        blockRemovals(spec, migration, options.open),
        { removals: swept.removals, stays: [] },
      ]);
      if (migration.state.current === null) {
        // The state would have known which databases were migrated.
        for (const line of swept.stays) say('warning', line);
        if (removals.length === 0 && stays.length === 0) {
          const found =
            swept.stays.length === 0
              ? 'pgm has made nothing on these servers'
              : 'what could be looked at has nothing of pgm';
          say('info', `nothing to destroy: ${found}`);
          return 'nothing-to-do';
        }
        say('warning', lockfileLost);
      }
      if (
        !(await options.approve(
          removals.map(({ line }) => line),
          stays,
        ))
      )
        throw new UserError('not approved: nothing was changed', { kind: 'declined', code: 'PGM801' });
      await carryOutRemovals(removals, migration.lock, 'pgm destroy', say);
      for (const line of stays) say('warning', line);
      await forgetSettingsOf(spec, message => say('warning', message));
      if (migration.state.current !== null) await migration.state.remove();
      return stays.length > 0 ? 'left' : 'done';
    },
  );
}

/**
 * In databases that no list of the migration has: left out of the spec since, or never known where the lockfile is lost.
 */
async function elsewhere(spec: Spec, migration: ExistingMigration, side: 'source' | 'target'): Promise<Removals> {
  const { facts, source, target } = migration;
  const seen = new Set([
    ...facts.databases.flatMap(database => (side === 'source' || database.target !== null ? [database.name] : [])),
    ...orphanLanes(spec.name, facts, source, target).map(({ database }) => database),
  ]);
  return sweepDatabases(spec, { side, server: migration[side], seen, fences: false });
}

/** Subscriptions before slots, everything of a database together. Only what carries pgm's names and lineage. */
function lanes(spec: Spec, { facts, source, target }: ExistingMigration): readonly Removal[] {
  const orphans = new Set(orphanLanes(spec.name, facts, source, target).map(({ name }) => name));
  return facts.databases.flatMap(database => {
    const removals: Removal[] = [];
    const add = (
      direction: 'forward' | 'reverse',
      name: string,
      parts: { subscription: boolean; slot: boolean; publication: boolean },
    ): void => {
      // Of a database that one server calls otherwise now.
      if (orphans.has(name)) return;
      removals.push(
        ...laneRemovals(spec, endsOf(direction), {
          name,
          subscription: parts.subscription ? database.name : null,
          way: 'plain',
          slot: parts.slot,
          publication: parts.publication ? database.name : null,
        }),
      );
    };
    for (const lane of forwardLanes(spec.name, database, source, target)) {
      const publication = database.source.publications.find(each => each.name === lane.name);
      add('forward', lane.name, {
        subscription: lane.subscription !== null,
        slot: lane.slot !== null,
        publication: publication !== undefined && ownedBy(publication.comment, spec.name),
      });
    }
    const back = reverseLaneName(spec.name, database.oid);
    const backPublication = database.target?.publications.find(each => each.name === back);
    add('reverse', back, {
      subscription: source.subscriptions.some(each => each.name === back),
      slot: target.slots.some(each => each.name === back),
      publication: backPublication !== undefined && ownedBy(backPublication.comment, spec.name),
    });
    if ((database.target?.progress ?? null) !== null)
      removals.push({
        line: `target/${database.name}: drop the record of the copy (schema pgm)`,
        run: () =>
          inDatabase(spec.target.connection, spec.name, database.name, session => dropProgress(session, spec.name)),
      });
    return removals;
  });
}
