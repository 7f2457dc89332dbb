import { errorCode } from '../postgres/errors.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { SettingRecord } from '../state/lockfile.js';
import { settingKey, shownSetting } from '../state/settable.js';
import { undoOf, type SettingUndo } from './setting-undo.js';
import type { StepKind } from './step-kind.js';

export interface UndoSettingInput {
  /** One for which {@link undoOf} knows what to do. */
  readonly record: SettingRecord;
  /** The server takes it only when it starts. */
  readonly atStart: boolean;
}

/** What somebody has changed since stays, and is told. */
export const undoSetting: StepKind<UndoSettingInput> = {
  kind: 'undo-setting',

  describe: ({ record, atStart }) => {
    const { database, statements } = undone(record);
    const { server, name, before, after } = shownSetting(record);
    const shown = { name, before: after, after: before ?? 'what the files say' };
    return {
      title: `put ${inWords(record)} back as it was${atStart ? ', in effect after the next restart' : ''}`,
      action: 'update',
      server,
      ...(database === null ? {} : { database }),
      object: database === null ? name : settingKey(record),
      statements,
      ...(record.kind === 'replica-identity' ? {} : { diff: shown }),
      reversible: true,
    };
  },

  async run(context, { record }) {
    const undo = undone(record);
    const use = context[undo.server === 'source' ? 'withSource' : 'withTarget'].bind(context);
    const maintenance = context.spec[undo.server].connection.database;
    const found = await unlessGone(undo.database, () =>
      use(undo.database ?? maintenance, session => undo.run(session)),
    );
    if (found !== null) context.warn(`${found}; it stays so`);
    await context.state.forgetSetting(settingKey(record));
    return found === null ? {} : { outcome: 'stays as it is' };
  },
};

function inWords(record: SettingRecord): string {
  return record.kind === 'replica-identity'
    ? `the replica identity of ${qualifiedName({ schema: record.schema, name: record.table })}`
    : shownSetting(record).name;
}

function undone(record: SettingRecord): SettingUndo {
  const undo = undoOf(record);
  if (undo === null) throw new TypeError(`${settingKey(record)} is none of pgm's settings`);
  return undo;
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
