import { UserError } from '../errors.js';
import type { BlockRecord } from '../cutover/block.js';
import { unblockDatabases } from '../cutover/block.js';
import { dropFence } from '../cutover/fence.js';
import { reverseLaneName } from '../replication/names.js';
import { forwardLanes } from '../plan/database-lanes.js';
import { shutBy, unfinishedSwitch } from '../plan/half-switch.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { dropSlotIfExists } from '../replication/slots.js';
import { dropSubscriptionIfExists } from '../replication/subscriptions.js';
import type { Spec } from '../spec/spec.js';
import { ownedBy } from '../state/lineage.js';
import { dropProgress } from '../state/progress.js';
import { forgetSetting } from '../state/transitions.js';
import { withExistingMigration, type ExistingMigration } from './existing-migration.js';
import type { Report } from './operations.js';
import { forgetSettingsOf } from './settings-memory.js';
import { undoOf } from './undo-settings.js';

export interface DestroyOptions {
  readonly approve: (lines: readonly string[]) => Promise<boolean>;
  readonly lockTimeout: number;
}

interface Removal {
  /** For people, before it is done. */
  readonly line: string;
  run(): Promise<void>;
}

type Say = (severity: 'info' | 'warning', message: string) => void;

/** What the target remembers is no order for the source. */
const lockfileLost =
  'the lockfile is lost: what pgm changed of the source\'s settings is not known and stays; see there: select name, setting from pg_file_settings where sourcefile like \'%postgresql.auto.conf\', and the lines between "# pgm: begin" and "# pgm: end" in pg_hba.conf';

/** Drops all that pgm made and puts changed settings back; migrated data stays. */
export async function destroyMigration(spec: Spec, options: DestroyOptions, report: Report): Promise<void> {
  const signal = new AbortController().signal;
  await withExistingMigration(
    spec,
    { command: 'destroy', lockTimeout: options.lockTimeout, signal, report },
    async migration => {
      const say: Say = (severity, message) =>
        report({ type: 'diagnostic', severity, message, at: new Date().toISOString() });
      const removals = [...lanes(spec, migration), ...settings(spec, migration, say), ...block(spec, migration)];
      if (migration.state.current === null && removals.length > 0) say('warning', lockfileLost);
      if (removals.length === 0 && migration.state.current === null)
        throw new UserError('there is nothing to destroy: pgm made nothing on these servers', { kind: 'failure' });
      if (!(await options.approve(removals.map(({ line }) => line))))
        throw new UserError('not approved: nothing was changed', { kind: 'declined' });
      for (const [done, removal] of removals.entries()) {
        const { line } = removal;
        try {
          await migration.lock.check();
          await removal.run();
        } catch (error) {
          say(
            'warning',
            `failed: ${line}; ${done} done, 1 failed, ${removals.length - done - 1} not started. What is done stays done: pgm destroy goes on with the rest.`,
          );
          throw error;
        }
        say('info', `done: ${line}`);
      }
      await forgetSettingsOf(spec, message => say('warning', message));
      if (migration.state.current !== null) await migration.state.remove();
    },
  );
}

/** Subscriptions before slots, everything of a database together. Only what carries pgm's names and lineage. */
function lanes(spec: Spec, { facts, source, target }: ExistingMigration): readonly Removal[] {
  return facts.databases.flatMap(database => {
    const open = <T>(side: 'source' | 'target', use: (session: Connection) => Promise<T>): Promise<T> =>
      inDatabase(spec[side].connection, database.name, use);
    const removals: Removal[] = [];
    const add = (
      direction: 'forward' | 'reverse',
      name: string,
      parts: { subscription: boolean; slot: boolean; publication: boolean },
    ): void => {
      const [publisher, subscriber] =
        direction === 'forward' ? (['source', 'target'] as const) : (['target', 'source'] as const);
      if (parts.subscription)
        removals.push({
          line: `${subscriber}/${database.name}: drop subscription ${name}`,
          run: () => open(subscriber, session => dropSubscriptionIfExists(session, name)),
        });
      if (parts.slot)
        removals.push({
          line: `${publisher}: drop replication slot ${name}`,
          run: () => open(publisher, session => dropSlotIfExists(session, name)),
        });
      if (parts.publication)
        removals.push({
          line: `${publisher}/${database.name}: drop publication ${name}`,
          run: () => open(publisher, session => session.execute(`drop publication if exists ${quoteIdentifier(name)}`)),
        });
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
        run: () => open('target', session => dropProgress(session, spec.name)),
      });
    return removals;
  });
}

function settings(
  spec: Spec,
  { state, settings: changed, source, target }: ExistingMigration,
  say: Say,
): readonly Removal[] {
  return Object.entries(changed).flatMap(([key, record]): Removal[] => {
    const undo = undoOf(key, record, { source, target });
    if (undo === null) {
      say('warning', `the record of ${key} is not one that pgm writes: nothing is done for it`);
      return [];
    }
    const { connection } = spec[undo.server];
    return [
      {
        line: undo.line,
        run: async () => {
          const found = await inDatabase(connection, undo.database ?? connection.database, session =>
            undo.run(session),
          );
          if (found !== null) say('warning', `${found}; it stays so`);
          if (state.current !== null) await state.update(lockfile => forgetSetting(lockfile, key), 'record');
        },
      },
    ];
  });
}

/** A switch shuts the server that hands over: the source after a cutover, the target after failback. Asked for, it is opened. */
function block(spec: Spec, { known }: ExistingMigration): readonly Removal[] {
  const unfinished = unfinishedSwitch(known);
  const under = (unfinished?.block ?? []) as readonly BlockRecord[];
  const event = unfinished?.event ?? 'cutover';
  const shut = (['cutover', 'failback'] as const).flatMap(each => {
    const records = [...shutBy(known, each), ...(each === event ? under : [])];
    return records.map(record => ({ side: each === 'cutover' ? ('source' as const) : ('target' as const), record }));
  });
  return shut.map(({ side, record }) => ({
    line: `${side}/${record.database}: allow writes again, and connections of ${whom(record)}`,
    run: () =>
      inDatabase(spec[side].connection, record.database, async session => {
        await unblockDatabases(session, [record]);
        await dropFence(session);
      }),
  }));
}

/** Said before it is done, since CONNECT is given: a record of the target may have been forged. */
function whom({ connect }: BlockRecord): string {
  return connect.length === 0 ? 'nobody' : connect.map(role => (role === '' ? 'PUBLIC' : role)).join(', ');
}

async function inDatabase<T>(
  conninfo: Conninfo,
  database: string,
  use: (session: Connection) => Promise<T>,
): Promise<T> {
  return withConnection(conninfo, { database, purpose: 'destroy' }, use);
}
