import type { StepKind } from './step-kind.js';

export interface ReloadInput {
  readonly server: 'source' | 'target';
  readonly reason: string;
  /** Where a plan has more than one. */
  readonly object?: string;
}

export const reload: StepKind<ReloadInput> = {
  kind: 'reload',

  describe: ({ server, reason, object }) => ({
    title: `reload the configuration (${reason})`,
    action: 'run',
    server,
    ...(object === undefined ? {} : { object }),
    statements: ['select pg_reload_conf();'],
    reversible: true,
  }),

  async run(context, { server }) {
    const open = server === 'source' ? context.withSource.bind(context) : context.withTarget.bind(context);
    await open(context.spec[server].connection.database, connection => connection.rows('select pg_reload_conf()'));
    return {};
  },
};
