import type { Connection } from '../postgres/connection.js';
import type { ServerSetting, SettingRecord } from '../state/lockfile.js';
import { isSettable } from '../state/settable.js';
import { hasRules, withoutRules, writeHbaFile } from './hba-rule.js';
import { alterSystem, settingInAutoConf } from './server-setting.js';
import { undoReplicaIdentity } from './undo-identity.js';

/** One setting to be put back. */
export interface SettingUndo {
  readonly server: 'source' | 'target';
  /** null: the maintenance database. */
  readonly database: string | null;
  /** For people: what is sent. */
  readonly statements: readonly string[];
  /** @returns what it found instead and left as it is; null: it was put back */
  run(session: Connection): Promise<string | null>;
}

/**
 * What putting a setting back takes. A record is no order: only names that pgm itself sets, on the side where it sets
 * them, and only while the value is still the one that pgm set.
 * @returns null for a record that is not pgm's
 */
export function undoOf(record: SettingRecord): SettingUndo | null {
  switch (record.kind) {
    case 'hba':
      return {
        server: 'source',
        database: null,
        statements: ['-- the lines that pgm wrote go out of pg_hba.conf', 'select pg_reload_conf();'],
        run: session => takeRulesOut(session, record.lines),
      };
    case 'replica-identity':
      return undoReplicaIdentity(record);
    case 'server-setting':
      return isSettable(record.server, record.name) ? undoServerSetting(record) : null;
  }
}

function undoServerSetting({ server, name, before, after }: ServerSetting): SettingUndo {
  const statement = alterSystem(name, before);
  return {
    server,
    database: null,
    statements: [`${statement};`, 'select pg_reload_conf();'],
    async run(session) {
      const now = await settingInAutoConf(session, name);
      // A role that may not read the file sees nothing there: then what the record says must do.
      if (now !== after && now !== before && (now !== null || (await readsFiles(session))))
        return `${name} on the ${server} is ${now ?? 'not set'} now, not ${after} as pgm set it`;
      await session.execute(statement);
      await session.rows('select pg_reload_conf()');
      return null;
    },
  };
}

async function readsFiles(session: Connection): Promise<boolean> {
  return session.rows('select from pg_file_settings limit 1').then(
    () => true,
    () => false,
  );
}

async function takeRulesOut(session: Connection, written: readonly string[]): Promise<string | null> {
  let found: string | null = null;
  await writeHbaFile(session, text => {
    const left = withoutRules(text, written);
    if (left === text && hasRules(text))
      found = "the lines between pgm's marks in pg_hba.conf are not those that pgm wrote for this migration";
    return left;
  });
  return found;
}
