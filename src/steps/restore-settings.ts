import type { Connection } from '../postgres/connection.js';
import type { SettingRecord } from '../state/lockfile.js';
import { parseSettingKey } from '../state/settable.js';
import { alterSystem, settingInAutoConf } from './server-setting.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface RestoreSettingsInput {
  /** What postgresql.auto.conf said before the load; null: nothing. */
  readonly settings: readonly { readonly name: string; readonly before: string | null }[];
}

/** The target's settings of everyday use, as soon as the load is over. */
export const restoreSettings: StepKind<RestoreSettingsInput> = {
  kind: 'restore-settings',

  describe: ({ settings }) => ({
    title: `put back what was set for the load: ${settings.map(({ name }) => name).join(', ')}`,
    action: 'update',
    server: 'target',
    statements: [...settings.map(({ name, before }) => `${alterSystem(name, before)};`), 'select pg_reload_conf();'],
    reversible: true,
  }),

  async run(context) {
    const { spec, state } = context;
    const records = state.read().settings;
    const count = await context.withTarget(spec.target.connection.database, target =>
      putLoadSettingsBack(
        target,
        records,
        key => state.forgetSetting(key),
        message => context.warn(message),
      ),
    );
    return { outcome: plural(count, 'setting') };
  },
};

/** Names of the settings that hold for the load only and are not put back yet. */
export function loadSettingsLeft(
  records: Readonly<Record<string, SettingRecord>>,
): readonly { readonly key: string; readonly name: string; readonly record: SettingRecord }[] {
  return Object.entries(records).flatMap(([key, record]) =>
    record.until === 'loaded' ? settingOfTarget(key).map(name => ({ key, name, record })) : [],
  );
}

/** A record of another side, or of a name that pgm does not set, is none of pgm's. */
function settingOfTarget(key: string): readonly string[] {
  const parsed = parseSettingKey(key);
  return parsed?.kind === 'server-setting' && parsed.server === 'target' ? [parsed.name] : [];
}

/**
 * Puts back what postgresql.auto.conf said before the load. A value that somebody else has set meanwhile stays.
 * May be cut off anywhere and called again: a record goes only when its setting is in effect.
 */
export async function putLoadSettingsBack(
  target: Connection,
  records: Readonly<Record<string, SettingRecord>>,
  forget: (key: string) => Promise<void>,
  warn: (message: string) => void,
): Promise<number> {
  const left = loadSettingsLeft(records);
  if (left.length === 0) return 0;
  for (const { name, record } of left) {
    const now = await settingInAutoConf(target, name);
    if (now === record.after) await target.execute(alterSystem(name, record.before));
    else if (now !== record.before)
      warn(`${name} on the target was changed during the load, to ${now ?? 'its default'}; it stays so`);
  }
  await target.rows('select pg_reload_conf()');
  for (const { key } of left) await forget(key);
  return left.length;
}
