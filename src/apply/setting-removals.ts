import type { ServerFacts } from '../inspect/facts.js';
import { readSettingsNow, type SettingInFiles } from '../inspect/settings-now.js';
import { othersOn, putBack } from '../plan/put-back.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile, SettingRecord } from '../state/lockfile.js';
import type { StateSession } from '../state/state-session.js';
import { forgetSetting } from '../state/transitions.js';
import { inDatabase, type Removal, type Removals, type Say } from './removals.js';
import { undoOf } from './undo-settings.js';

export interface SettingRemovalInput {
  readonly spec: Spec;
  readonly side: 'source' | 'target';
  readonly server: ServerFacts;
  /** As pgm found them, of both servers. */
  readonly changed: Lockfile['settings'];
  /** null: none can be written. */
  readonly state: StateSession | null;
  readonly say: Say;
}

/**
 * One server's settings go back only where nobody has changed them since and nobody else needs them; what stays is
 * said, with its SQL.
 */
export async function settingRemovals({
  spec,
  side,
  server,
  changed,
  state,
  say,
}: SettingRemovalInput): Promise<Removals> {
  const { connection } = spec[side];
  const records = Object.entries(changed).flatMap(([key, record]) =>
    record.server === side ? [{ key, record, name: settingName(record) }] : [],
  );
  if (records.length === 0) return { removals: [], stays: [] };
  const others = othersOn(server, spec.name);
  const now = await inDatabase(connection, spec.name, connection.database, session =>
    readSettingsNow(
      session,
      records.flatMap(({ name }) => name ?? []),
    ),
  );
  const maxWalSenders = walSendersLeft(now, changed, server);
  const removals: Removal[] = [];
  const stays: string[] = [];
  for (const { key, record, name } of records) {
    const undo = undoOf(record, { source: server, target: server });
    if (undo === null) {
      say('warning', `the record of ${key} is not one that pgm writes: nothing is done for it`);
      continue;
    }
    const decided =
      record.kind === 'replica-identity'
        ? ({ kind: 'put-back' } as const)
        : record.kind === 'hba'
          ? putBack(hbaFile, written(record.lines), asItIs(record.lines), others, maxWalSenders)
          : putBack(record.name, record, now.get(record.name), others, maxWalSenders);
    if (decided.kind === 'stays') {
      stays.push(`${side}: ${name ?? key} stays as pgm set it: ${decided.why}. To put it back: ${undo.line}`);
      continue;
    }
    removals.push({
      line: undo.line,
      run: async () => {
        const found = await unlessGone(undo.database, () =>
          inDatabase(connection, spec.name, undo.database ?? connection.database, session => undo.run(session)),
        );
        if (found !== null) say('warning', `${found}; it stays so`);
        if (state !== null && state.current !== null)
          await state.update(lockfile => forgetSetting(lockfile, key), 'record');
      },
    });
  }
  return { removals, stays };
}

/** With its database went what was set in it. */
async function unlessGone(database: string | null, run: () => Promise<string | null>): Promise<string | null> {
  try {
    return await run();
  } catch (error) {
    if (database !== null && errorCode(error) === sqlstate.invalidCatalogName) return null;
    throw error;
  }
}

const hbaFile = 'pg_hba.conf';

/** null: it is no setting of the server. */
function settingName(record: SettingRecord): string | null {
  switch (record.kind) {
    case 'server-setting':
      return record.name;
    case 'hba':
      return hbaFile;
    case 'replica-identity':
      return null;
  }
}

const written = (lines: readonly string[]): { before: null; after: string } => ({
  before: null,
  after: lines.join('\n'),
});

/** The lines are looked for when they are taken out. */
function asItIs(lines: readonly string[]): SettingInFiles {
  const { after } = written(lines);
  return { value: after, altered: after, beneath: null, filesReadable: true };
}

/** max_wal_senders as it will be: what pgm puts back, else what a restart brings. */
function walSendersLeft(
  now: ReadonlyMap<string, SettingInFiles>,
  changed: Lockfile['settings'],
  server: ServerFacts,
): number {
  const record = changed['source/max_wal_senders'];
  const setting = server.settings.get('max_wal_senders');
  return Number(
    record?.kind !== 'server-setting'
      ? (setting?.fileValue ?? setting?.value ?? 0)
      : (record.before ?? now.get('max_wal_senders')?.beneath ?? record.after),
  );
}
