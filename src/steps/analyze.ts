import { analyzeTables } from '../copy/analyze.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { shownName } from '../postgres/relation-key.js';
import type { Relation } from '../replication/statements.js';
import { finishStage } from '../state/progress.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface AnalyzeInput {
  readonly database: string;
}

/** Statistics are not replicated: without them the target's first plans are wrong. */
export const analyze: StepKind<AnalyzeInput> = {
  kind: 'analyze',

  describe: ({ database }) => ({
    title: 'collect the remaining statistics',
    action: 'run',
    server: 'target',
    database,
    statements: ['analyze …;  -- several tables at a time'],
    reversible: true,
  }),

  async run(context, { database }, progress) {
    const run = {
      migration: context.spec.name,
      database,
      target: context.spec.target.connection,
      sortMemoryKb: context.sortMemoryKb,
      analyzed: context.database(database).analyzed,
      onRefused: (table: Relation, words: string) =>
        context.warn(
          `${database}: ${shownName(table)} has no statistics as a whole on the target: ${words}; its parts ` +
            `there have theirs. When that is fixed: analyze ${qualifiedName(table)};`,
        ),
      onDone: (done: number, total: number) => progress({ items: { done, total, unit: 'tables' } }),
    };
    const tables = await context.withTarget(database, async target => {
      const counted = await analyzeTables(target, run, context.indexPool);
      await finishStage(target, context.spec.name, 'analyze');
      return counted;
    });
    return { outcome: plural(tables, 'table') };
  },
};
