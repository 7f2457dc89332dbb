import { alterSystem } from './server-setting.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface RestoreSettingsInput {
  readonly server: 'source' | 'target';
  readonly settings: readonly { readonly name: string; readonly before: string | null }[];
  readonly reason: string;
}

/** Puts settings back to what they were before pgm changed them; what needs a restart waits for the next one. */
export const restoreSettings: StepKind<RestoreSettingsInput> = {
  kind: 'restore-settings',

  describe: ({ server, settings, reason }) => ({
    title: `put ${plural(settings.length, 'setting')} back (${reason})`,
    action: 'update',
    server,
    statements: [...settings.map(({ name, before }) => `${alterSystem(name, before)};`), 'select pg_reload_conf();'],
    reversible: true,
  }),

  async run(context, { server, settings }) {
    const open = server === 'source' ? context.withSource.bind(context) : context.withTarget.bind(context);
    await open(context.spec[server].connection.database, async connection => {
      for (const { name, before } of settings) {
        await connection.execute(alterSystem(name, before));
        await context.state.forgetSetting(`${server}/${name}`);
      }
      await connection.rows('select pg_reload_conf()');
    });
    return {};
  },
};
