import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { endLostSession, runPurpose } from '../postgres/run-sessions.js';
import type { LongForeignKey } from './foreign-keys.js';
import { inTransaction, runEntry, type EntryRun } from './run-entries.js';
import type { Session, Work, WorkerPool } from './pool.js';
import { connectForCopy, shortLockTry } from './session.js';
import type { IndexToBuild, TableIndexes } from './table-indexes.js';

export class IndexSession implements Session {
  readonly target: Connection;

  constructor(target: Connection) {
    this.target = target;
  }

  get isLost(): boolean {
    return this.target.isLost;
  }

  close(): Promise<void> {
    return this.target.close();
  }

  destroy(): void {
    this.target.destroy();
  }
}

export type IndexPool = WorkerPool<IndexSession>;

export interface IndexBuild {
  readonly database: string;
  readonly target: Conninfo;
  /** `maintenance_work_mem` of each build, kB; null: the server's own. */
  readonly sortMemoryKb: number | null;
  readonly run: EntryRun;
}

/** Above this (bytes on the source) a table's indexes are built beside each other. */
const beside = 32 * 1024 * 1024;
const smallTogether = 100;

/**
 * Builds the indexes and key constraints of tables whose rows are all in; resolves when all are committed.
 * @param urgency bytes of what waits for these tables: they go before others that are as large
 */
export async function buildIndexes(
  tables: readonly TableIndexes[],
  build: IndexBuild,
  pool: IndexPool,
  urgency = 0,
): Promise<void> {
  const large = tables.filter(isLarge);
  const small = tables.filter(table => !isLarge(table));
  const batches: (readonly TableIndexes[])[] = [];
  for (let at = 0; at < small.length; at += smallTogether) batches.push(small.slice(at, at + smallTogether));
  await Promise.all([
    ...large.map(table => buildLarge(table, build, pool, urgency)),
    ...batches.map(batch => buildSmall(batch, build, pool, urgency)),
  ]);
}

function isLarge(table: TableIndexes): boolean {
  return table.indexes.length > 1 && sum(table.indexes) > beside;
}

function sum(indexes: readonly IndexToBuild[]): number {
  return indexes.reduce((bytes, index) => bytes + index.bytes, 0);
}

/** Many small tables in one transaction and one round trip. */
async function buildSmall(
  tables: readonly TableIndexes[],
  build: IndexBuild,
  pool: IndexPool,
  urgency: number,
): Promise<void> {
  const indexes = tables.flatMap(table => table.indexes).filter(index => !build.run.done.has(index.entry.key));
  if (indexes.length === 0) return;
  await pool.submit(
    workOf(build, sum(indexes) + urgency, async target => {
      try {
        await target.execute(
          inTransaction(
            indexes.map(index => index.entry),
            build.run,
          ),
        );
      } catch (error) {
        await target.execute('rollback');
        if (target.isLost) throw error;
        for (const index of indexes) await runEntry(target, index.entry, build.run);
      }
    }),
  );
  build.run.onDone(indexes.length);
}

/** Plain builds beside each other, then the constraints over them, which take only a moment. */
async function buildLarge(table: TableIndexes, build: IndexBuild, pool: IndexPool, urgency: number): Promise<void> {
  const indexes = table.indexes.filter(index => !build.run.done.has(index.entry.key));
  const plain = indexes.filter(index => index.twoSteps !== null || index.entry.type === 'INDEX');
  const others = indexes.filter(index => !plain.includes(index));
  await pool.submitAll(
    plain.map(index =>
      workOf(build, index.bytes + urgency, async target => {
        if (index.twoSteps === null) await runEntry(target, index.entry, build.run);
        else
          await target.execute(
            index.twoSteps.build.replace(/^CREATE UNIQUE INDEX /, 'CREATE UNIQUE INDEX IF NOT EXISTS '),
          );
        build.run.onDone(1);
      }),
    ),
  );
  const attach = plain.flatMap(({ entry, twoSteps }) =>
    twoSteps === null ? [] : [{ ...entry, sql: twoSteps.attach }],
  );
  const last = [...attach, ...others.map(index => index.entry)];
  if (last.length === 0) return;
  await pool.submit(
    // Foreign keys and statistics wait for it, and those of large tables are the longest way to the end.
    workOf(build, sum(indexes) + urgency, async target => {
      for (const entry of last) await runEntry(target, entry, build.run);
    }),
  );
  build.run.onDone(others.length);
}

/** Checks a foreign key of tables whose indexes are built, beside the builds of others. */
export async function addForeignKey(key: LongForeignKey, build: IndexBuild, pool: IndexPool): Promise<void> {
  await pool.submit(workOf(build, key.bytes, target => runEntry(target, key.entry, build.run)));
}

function workOf(build: IndexBuild, weight: number, use: (target: Connection) => Promise<void>): Work<IndexSession> {
  return {
    key: build.database,
    weight,
    open: async lost => {
      const session = await openIndexSession(build, runPurpose(build.run.migration, 'indexes'));
      if (lost !== undefined) await endLostSession(session.target, lost.target);
      return session;
    },
    run: session => use(session.target),
  };
}

/** Whatever it is opened for, it may build indexes afterwards. */
export async function openIndexSession(
  { target, database, sortMemoryKb }: Pick<IndexBuild, 'target' | 'database' | 'sortMemoryKb'>,
  purpose: string,
): Promise<IndexSession> {
  const memory = sortMemoryKb === null ? {} : { maintenance_work_mem: `${sortMemoryKb}kB` };
  return new IndexSession(await connectForCopy(target, { database, purpose }, { ...shortLockTry, ...memory }));
}
