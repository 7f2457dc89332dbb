import { finishStage } from '../state/progress.js';
import type { StepKind } from './step-kind.js';

export interface AnalyzeInput {
  readonly database: string;
}

/** Statistics are not replicated: without them the target's first plans are wrong. */
export const analyze: StepKind<AnalyzeInput> = {
  kind: 'analyze',

  describe: ({ database }) => ({ title: 'collect statistics', action: 'run', server: 'target', database, statements: ['analyze;'], reversible: true }),

  async run(context, { database }) {
    await context.withTarget(database, async target => {
      await target.execute('set statement_timeout = 0');
      await target.execute('analyze');
      await finishStage(target, context.spec.name, 'analyze');
    });
    return {};
  },
};
