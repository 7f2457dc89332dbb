import { UserError } from '../errors.js';
import type { BlockRecord } from '../cutover/block.js';
import { unblockDatabases, unblockStatements } from '../cutover/block.js';
import { dropFence } from '../cutover/fence.js';
import { reverseLaneName } from '../replication/names.js';
import { othersOn, putBack } from '../plan/put-back.js';
import type { ServerFacts } from '../inspect/facts.js';
import { readSettingsNow, type SettingInFiles } from '../inspect/settings-now.js';
import type { SettingRecord } from '../state/lockfile.js';
import { forwardLanes } from '../plan/database-lanes.js';
import { leftShut, shutBySwitch, unfinishedSwitch } from '../plan/half-switch.js';
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
import { parseSettingKey } from '../state/settable.js';
import { forgetSettingsOf } from './settings-memory.js';
import { undoOf } from './undo-settings.js';

export interface DestroyOptions {
  readonly approve: (lines: readonly string[], stays: readonly string[]) => Promise<boolean>;
  /** Opens also the server that handed the writes over. */
  readonly open: boolean;
  readonly lockTimeout: number;
}

interface Removals {
  readonly removals: readonly Removal[];
  /** What is left as it is, and why: sentences. */
  readonly stays: readonly string[];
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
      const parts: readonly Removals[] = [
        { removals: lanes(spec, migration), stays: [] },
        await settings(spec, migration, say),
        block(spec, migration, options.open),
      ];
      const removals = parts.flatMap(part => part.removals);
      const stays = parts.flatMap(part => part.stays);
      if (removals.length === 0 && stays.length === 0 && migration.state.current === null) {
        say('info', 'there is nothing to destroy: pgm made nothing on these servers');
        return;
      }
      if (migration.state.current === null) say('warning', lockfileLost);
      if (
        !(await options.approve(
          removals.map(({ line }) => line),
          stays,
        ))
      )
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
      for (const line of stays) say('warning', line);
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

/** Settings go back only where nobody has changed them since and nobody else needs them; what stays is said, with its SQL. */
async function settings(spec: Spec, migration: ExistingMigration, say: Say): Promise<Removals> {
  const both = await Promise.all((['source', 'target'] as const).map(side => settingsOf(side, spec, migration, say)));
  return { removals: both.flatMap(({ removals }) => removals), stays: both.flatMap(({ stays }) => stays) };
}

async function settingsOf(
  side: 'source' | 'target',
  spec: Spec,
  { state, settings: changed, source, target }: ExistingMigration,
  say: Say,
): Promise<Removals> {
  const server = { source, target }[side];
  const { connection } = spec[side];
  const records = Object.entries(changed).flatMap(([key, record]) =>
    key.startsWith(`${side}/`) ? [{ key, record, name: settingName(key) }] : [],
  );
  if (records.length === 0) return { removals: [], stays: [] };
  const others = othersOn(server, spec.name);
  const now = await inDatabase(connection, connection.database, session =>
    readSettingsNow(
      session,
      records.flatMap(({ name }) => name ?? []),
    ),
  );
  const maxWalSenders = walSendersLeft(now, changed, server);
  const removals: Removal[] = [];
  const stays: string[] = [];
  for (const { key, record, name } of records) {
    const undo = undoOf(key, record, { source, target });
    if (undo === null) {
      say('warning', `the record of ${key} is not one that pgm writes: nothing is done for it`);
      continue;
    }
    const decided =
      name === null
        ? ({ kind: 'put-back' } as const)
        : putBack(name, record, name === hbaFile ? asItIs(record) : now.get(name), others, maxWalSenders);
    if (decided.kind === 'stays') {
      stays.push(`${side}: ${name ?? key} stays as pgm set it: ${decided.why}. To put it back: ${undo.line}`);
      continue;
    }
    removals.push({
      line: undo.line,
      run: async () => {
        const found = await inDatabase(connection, undo.database ?? connection.database, session => undo.run(session));
        if (found !== null) say('warning', `${found}; it stays so`);
        if (state.current !== null) await state.update(lockfile => forgetSetting(lockfile, key), 'record');
      },
    });
  }
  return { removals, stays };
}

const hbaFile = 'pg_hba.conf';

/** null: it is no setting of the server. */
function settingName(key: string): string | null {
  const parsed = parseSettingKey(key);
  if (parsed === null || parsed.kind === 'replica-identity') return null;
  return parsed.kind === 'hba' ? hbaFile : parsed.name;
}

/** The lines are looked for when they are taken out. */
function asItIs({ after }: SettingRecord): SettingInFiles {
  return { value: after, altered: after, beneath: null, filesReadable: true };
}

/** max_wal_senders as it will be: what pgm puts back, else what a restart brings. */
function walSendersLeft(
  now: ReadonlyMap<string, SettingInFiles>,
  changed: ExistingMigration['settings'],
  server: ServerFacts,
): number {
  const record = changed['source/max_wal_senders'];
  const setting = server.settings.get('max_wal_senders');
  return Number(
    record === undefined
      ? (setting?.fileValue ?? setting?.value ?? 0)
      : (record.before ?? now.get('max_wal_senders')?.beneath ?? record.after),
  );
}

/**
 * A switch shuts the server that hands over: the source after a cutover, the target after failback. One that was not
 * finished left the writes where they were, and opens them. After one that was finished both sides would take writes,
 * so that server is opened only when asked for.
 */
function block(spec: Spec, { known, facts }: ExistingMigration, open: boolean): Removals {
  const unfinished = unfinishedSwitch(known);
  const under = (unfinished?.block ?? []) as readonly BlockRecord[];
  const event = unfinished?.event ?? 'cutover';
  const undone = unfinished !== null && unfinished.phase !== 'switched';
  const sideOf = (each: 'cutover' | 'failback'): 'source' | 'target' => (each === 'cutover' ? 'source' : 'target');
  const removals: Removal[] = (undone ? under : []).map(record => ({
    line: `${sideOf(event)}/${record.database}: allow writes again, and connections of ${whom(record)} (the ${event} was not finished)`,
    run: () => openDatabase(spec, sideOf(event), record.database, record),
  }));
  for (const side of ['source', 'target'] as const) {
    const ahead = side === sideOf(event) ? null : unfinished?.ahead;
    const left = shutBySwitch(known, side).length > 0 ? null : ((undone ? ahead : null) ?? leftShut(known, side));
    if ((left ?? null) === null) continue;
    const records = new Map((left as readonly BlockRecord[]).map(record => [record.database, record]));
    // Where the databases could not be shut, their tables were.
    for (const database of new Set([...records.keys(), ...facts.databases.map(({ name }) => name)])) {
      const record = records.get(database);
      removals.push({
        line: `${side}/${database}: allow writes again${record === undefined ? '' : `, and connections of ${whom(record)}`} (the switch to it was not finished)`,
        run: () => openDatabase(spec, side, database, record),
      });
    }
  }
  const stays: string[] = [];
  for (const each of ['cutover', 'failback'] as const) {
    const side = sideOf(each);
    const other = side === 'source' ? 'target' : 'source';
    for (const record of [...shutBySwitch(known, side), ...(each === event && !undone ? under : [])]) {
      const { database } = record;
      if (open) {
        removals.push({
          line: `${side}/${database}: OPEN FOR WRITES AGAIN, beside the ${other}, which has the writes since the ${each}, and to connections of ${whom(record)}: rows written there reach nobody`,
          run: () => openDatabase(spec, side, database, record),
        });
        continue;
      }
      removals.push({
        line: `${side}/${database}: drop the triggers that keep superusers from writing`,
        run: () => inDatabase(spec[side].connection, database, dropFence),
      });
      stays.push(
        `${side}/${database} stays shut (read-only, no right to connect), since the ${other} has the writes. To open it: pgm destroy --open, or later: ${unblockStatements([record]).join('; ')}`,
      );
    }
  }
  return { removals, stays };
}

async function openDatabase(
  spec: Spec,
  side: 'source' | 'target',
  database: string,
  record: BlockRecord | undefined,
): Promise<void> {
  await inDatabase(spec[side].connection, database, async session => {
    if (record !== undefined) await unblockDatabases(session, [record]);
    await dropFence(session);
  });
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
