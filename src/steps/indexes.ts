import { buildIndexes } from '../copy/build-indexes.js';
import { tableKey } from '../copy/database-run.js';
import type { TableIndexes } from '../copy/table-indexes.js';
import { finishStage } from '../state/progress.js';
import { entryRun } from './schema.js';
import type { StepKind } from './step-kind.js';

export interface IndexesInput {
  readonly database: string;
  readonly indexes: number;
  /** False: all rows are in from an earlier run, nothing will arrive. */
  readonly duringCopy: boolean;
}

/** Indexes and key constraints: each table's are queued the moment its last row is in. */
export const indexes: StepKind<IndexesInput> = {
  kind: 'indexes',

  describe: ({ database, indexes: count }) => ({
    title: `build ${count} indexes and keys, each table's as soon as its rows are in`,
    action: 'create',
    server: 'target',
    database,
    statements: ['create index … ;', 'alter table … add primary key … ;'],
    reversible: false,
  }),

  async run(context, input, progress) {
    const { database } = input;
    const run = context.database(database);
    const left = new Map((run.tableIndexes ?? []).map(table => [tableKey(table), table]));
    const total = [...left.values()].reduce((sum, table) => sum + table.indexes.length, 0);
    let done = 0;
    const entries = { ...entryRun(context, database), onDone: (count: number): void => progress({ items: { done: (done += count), total, unit: 'indexes' } }) };
    const build = { database, target: context.spec.target.connection, sortMemoryKb: context.sortMemoryKb, run: entries };
    const take = (key: string): readonly TableIndexes[] => {
      const table = left.get(key);
      left.delete(key);
      return table === undefined ? [] : [table];
    };
    const building: Promise<void>[] = [];
    let failure: { reason: unknown } | undefined;
    const begin = (tables: readonly TableIndexes[]): void => {
      building.push(buildIndexes(tables, build, context.indexPool).catch((reason: unknown) => void (failure ??= { reason })));
    };
    try {
      if (input.duringCopy) for await (const arrived of run.arrivals.batches()) begin(arrived.flatMap(take));
      // Partitioned parents hold no rows and never arrive.
      begin([...left.values()]);
    } finally {
      // Also when the copy failed: what is being built is kept.
      await Promise.all(building);
    }
    if (failure !== undefined) throw failure.reason;
    await context.withTarget(database, target => finishStage(target, context.spec.name, 'indexes'));
    return { outcome: `${total} indexes` };
  },
};
