import type { StepKind } from './step-kind.js';

export interface DropProgressInput {
  readonly database: string;
}

/** The record of the copy is of no use once nothing can be resumed. Another migration's stays. */
export const dropProgress: StepKind<DropProgressInput> = {
  kind: 'drop-progress',

  describe: ({ database }) => ({ title: 'drop pgm’s record of the copy', action: 'delete', server: 'target', database, statements: ['drop schema pgm cascade;'], reversible: false }),

  async run(context, { database }) {
    await context.withTarget(database, async target => {
      const { present } = await target.row<{ present: boolean }>("select to_regclass('pgm.stage') is not null as present");
      if (!present) return;
      await target.transaction(async () => {
        for (const table of ['part', 'entry', 'stage']) await target.rows(`delete from pgm.${table} where migration = $1`, [context.spec.name]);
        const { left } = await target.row<{ left: boolean }>('select exists (select from pgm.stage union all select from pgm.part union all select from pgm.entry) as left');
        if (!left) await target.execute('drop schema pgm cascade');
      });
    });
    return {};
  },
};
