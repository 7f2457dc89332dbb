import type { Connection } from '../postgres/connection.js';
import type { ServerSetting, SettingRecord } from '../state/lockfile.js';
import { isSettable, settingKey } from '../state/settable.js';
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
    title: `restore what was set for the load: ${settings.map(({ name }) => name).join(', ')}`,
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

/**
 * Settings that hold for the load only and are not put back yet. One of another side, or of a name that pgm does not
 * set, is none of pgm's.
 */
export function loadSettingsLeft(records: Readonly<Record<string, SettingRecord>>): readonly ServerSetting[] {
  return Object.values(records).flatMap(record =>
    record.kind === 'server-setting' &&
    record.until === 'loaded' &&
    record.server === 'target' &&
    isSettable(record.server, record.name)
      ? [record]
      : [],
  );
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
  for (const { name, before, after } of left) {
    const now = await settingInAutoConf(target, name);
    if (now === after) await target.execute(alterSystem(name, before));
    else if (now !== before)
      warn(`${name} on the target was changed during the load, to ${now ?? 'its default'}; it stays so`);
  }
  await target.rows('select pg_reload_conf()');
  for (const setting of left) await forget(settingKey(setting));
  return left.length;
}
