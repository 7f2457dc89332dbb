import { relationKey, relationOf, type RelationKey } from '../postgres/relation-key.js';
import { analyzeArrived } from '../copy/analyze.js';
import { addForeignKey, buildIndexes } from '../copy/build-indexes.js';
import { LongForeignKeys } from '../copy/foreign-keys.js';
import { phaseWords, watchingIndexPhases } from '../copy/index-phases.js';
import type { TableIndexes } from '../copy/table-indexes.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { finishStage } from '../state/progress.js';
import { entryRun } from './schema.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';
import { has } from '../postgres/since.js';

export interface IndexesInput {
  readonly database: string;
  readonly indexes: number;
  /** False: all rows are in from an earlier run, nothing will arrive. */
  readonly duringCopy: boolean;
  /** All rows are of one snapshot: foreign keys hold as soon as both tables are in. */
  readonly oneSnapshot: boolean;
  /** `server_version_num` */
  readonly targetVersion: number;
}

/** Indexes and key constraints: each table's are queued the moment its last row is in. */
export const indexes: StepKind<IndexesInput> = {
  kind: 'indexes',

  describe: ({ database, indexes: count, targetVersion }) => ({
    title: `build ${plural(count, 'index or key', 'indexes and keys')}, each table's as soon as its rows are in`,
    action: 'create',
    server: 'target',
    database,
    statements: [
      'create index … ;',
      'alter table … add primary key … ;',
      ...(has(targetVersion, 'takesStatistics')
        ? ['select pg_restore_attribute_stats(…);  -- as the source has them']
        : []),
      'analyze … ;',
    ],
    reversible: false,
  }),

  async run(context, input, progress) {
    const { database } = input;
    const run = context.database(database);
    const left = new Map((run.tableIndexes ?? []).map(table => [relationKey(table), table]));
    const total = [...left.values()].reduce((sum, table) => sum + table.indexes.length, 0);
    let done = 0;
    const tell = (count: number, message?: string): void =>
      progress({
        items: { done: (done += count), total, unit: 'indexes' },
        ...(message === undefined ? {} : { message }),
      });
    const entries = { ...entryRun(context, database), onDone: (count: number): void => tell(count) };
    const build = {
      database,
      target: context.spec.target.connection,
      sortMemoryKb: context.sortMemoryKb,
      run: entries,
    };
    const take = (key: RelationKey): readonly TableIndexes[] => {
      const table = left.get(key);
      left.delete(key);
      return table === undefined ? [] : [table];
    };
    const building: Promise<void>[] = [];
    let failure: { reason: unknown } | undefined;
    const keys = new LongForeignKeys(
      input.oneSnapshot ? run.longForeignKeys.filter(({ entry }) => !run.entriesDone.has(entry.key)) : [],
    );
    const push = (work: Promise<void>): void =>
      void building.push(work.catch((reason: unknown) => void (failure ??= { reason })));
    const analyzedLater = new Set([
      ...partitionsOf(context, database),
      ...(await withExtendedStatistics(context, database)),
    ]);
    const statistics = has(input.targetVersion, 'takesStatistics')
      ? { conninfo: context.spec.source.connection, version: context.source.versionNum }
      : null;
    const analyze = async (tables: readonly RelationKey[], bytes = 0): Promise<void> => {
      const left = tables.filter(table => !run.analyzed.has(table) && !analyzedLater.has(table));
      // What fails here is tried again, and told of, by the step that collects the rest.
      await analyzeArrived(
        { ...build, migration: context.spec.name, statistics },
        left.map(relationOf),
        context.indexPool,
        bytes,
      ).then(
        () => left.forEach(table => run.analyzed.add(table)),
        () => undefined,
      );
    };
    const begin = (tables: readonly RelationKey[]): void => {
      const built = async (): Promise<void> => {
        await buildIndexes(tables.flatMap(take), build, context.indexPool, keys.bytesWaitingFor(tables));
        const ready = keys.ready(tables);
        const checks = ready.map(key =>
          addForeignKey(key, build, context.indexPool).then(
            () => void (run.entriesDone = new Set([...run.entriesDone, key.entry.key])),
          ),
        );
        for (const check of checks) push(check);
        // ANALYZE and the check of a foreign key lock each other out, and the check takes longer.
        const checked = new Set(ready.flatMap(({ child, parent }) => [child, parent]));
        push(analyze(tables.filter(table => !checked.has(table))));
        if (checks.length > 0)
          push(
            Promise.allSettled(checks).then(() => analyze([...checked], Math.max(...ready.map(({ bytes }) => bytes)))),
          );
      };
      push(built());
    };
    const large = (key: RelationKey): boolean => keys.concerns(key);
    const beginAll = (tables: readonly RelationKey[]): void => {
      for (const key of tables.filter(large)) begin([key]);
      begin(tables.filter(key => !large(key)));
    };
    const buildAll = async (): Promise<void> => {
      try {
        if (input.duringCopy) for await (const arrived of run.arrivals.batches()) beginAll(arrived);
        // Partitioned parents hold no rows and never arrive.
        beginAll([...new Set([...left.keys(), ...(input.duringCopy ? [] : keys.tables)])]);
      } finally {
        // Also when the copy failed: what is being built is kept. Foreign keys join while the others are waited for.
        for (let at = 0; at < building.length; at++) await building[at];
      }
    };
    await watchingIndexPhases(
      build.target,
      { database, purpose: runPurpose(context.spec.name, 'index phases') },
      phases => tell(0, phaseWords(phases)),
      buildAll,
    );
    if (failure !== undefined) throw failure.reason;
    await context.withTarget(database, target => finishStage(target, context.spec.name, 'indexes'));
    return { outcome: plural(total, 'index', 'indexes') };
  },
};

/** Their statistics come with those of the table they are part of. */
function partitionsOf(context: StepContext, database: string): ReadonlySet<RelationKey> {
  const tables = context.facts.databases.find(({ name }) => name === database)?.source.tables ?? [];
  return new Set(tables.filter(({ isPartition }) => isPartition).map(relationKey));
}

const extendedSql = `
select distinct n.nspname as schema, c.relname as name
from pg_statistic_ext s
join pg_class c on c.oid = s.stxrelid
join pg_namespace n on n.oid = c.relnamespace`;

/** What CREATE STATISTICS made is restored after the indexes, and an ANALYZE before that leaves it empty. */
async function withExtendedStatistics(context: StepContext, database: string): Promise<readonly RelationKey[]> {
  if (context.database(database).archive?.postData.some(({ type }) => type === 'STATISTICS') !== true) return [];
  const tables = await context.withSource(database, source =>
    source.rows<{ schema: string; name: string }>(extendedSql),
  );
  return tables.map(relationKey);
}
