import { setTimeout as sleep } from 'node:timers/promises';
import type { ArchiveEntry } from '../copy/archive-script.js';
import { runEntries, runEntry, type EntryRun } from '../copy/run-entries.js';
import { connectForCopy, keepTriggersOut, shortLockTry } from '../copy/session.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { finishStage } from '../state/progress.js';
import type { StepContext } from './context.js';
import { entryRun } from './schema.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface ConstraintsInput {
  readonly database: string;
  readonly foreignKeys: number;
  /** Lanes of different snapshots stream already: a row may come before the row it refers to, for a moment. */
  readonly whileStreaming: boolean;
}

const lockTimeout = '10s';
const patience = 120_000;

/** What is left of the definitions: foreign keys, triggers, rules, policies, privileges of what came late … */
export const constraints: StepKind<ConstraintsInput> = {
  kind: 'constraints',

  describe: ({ database, foreignKeys, whileStreaming }) => ({
    title: `create ${foreignKeys === 0 ? '' : `${plural(foreignKeys, 'foreign key')}, and `}triggers, rules, policies`,
    action: 'create',
    server: 'target',
    database,
    statements: ['alter table … add foreign key … ;', 'create trigger … ;'],
    reversible: false,
    impact: {
      locks: whileStreaming
        ? ['SHARE ROW EXCLUSIVE on the target’s tables while a foreign key is checked: replication waits']
        : [],
    },
  }),

  async run(context, input, progress) {
    const { database } = input;
    const run = context.database(database);
    const indexes = new Set((run.tableIndexes ?? []).flatMap(table => table.indexes.map(index => index.entry.key)));
    const rest = (run.archive?.postData ?? []).filter(entry => !indexes.has(entry.key));
    const isForeignKey = (entry: ArchiveEntry): boolean => entry.type === 'FK CONSTRAINT';
    const firstForeignKey = rest.findIndex(isForeignKey);
    const before = firstForeignKey === -1 ? rest : rest.slice(0, firstForeignKey);
    const after = firstForeignKey === -1 ? [] : rest.slice(firstForeignKey).filter(entry => !isForeignKey(entry));
    const foreignKeys = rest.filter(isForeignKey);
    let done = 0;
    // Most databases of a cluster have nothing but tables: not worth a session each.
    if (rest.length === 0) {
      await context.withTarget(database, target => finishStage(target, context.spec.name, 'constraints'));
      return { outcome: plural(0, 'object') };
    }
    const entries: EntryRun = {
      ...entryRun(context, database),
      onDone: count => progress({ items: { done: (done += count), total: rest.length, unit: 'objects' } }),
    };
    const target = await connectForCopy(
      context.spec.target.connection,
      { database, purpose: runPurpose(context.spec.name, 'constraints') },
      { ...shortLockTry, ...sortMemory(context) },
    );
    try {
      await keepTriggersOut(target);
      await runEntries(target, before, entries);
      if (input.whileStreaming)
        for (const entry of foreignKeys.filter(({ key }) => !entries.done.has(key)))
          await addWhileStreaming(target, entry, entries);
      else await runEntries(target, foreignKeys, entries);
      await runEntries(target, after, entries);
      await finishStage(target, context.spec.name, 'constraints');
      return { outcome: plural(rest.length, 'object') };
    } finally {
      await target.close();
    }
  },
};

function sortMemory(context: StepContext): Record<string, string> {
  return context.sortMemoryKb === null ? {} : { maintenance_work_mem: `${context.sortMemoryKb}kB` };
}

/** Waits out what another lane has not brought yet, and locks that the apply worker holds. */
async function addWhileStreaming(target: Connection, entry: ArchiveEntry, run: EntryRun): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      await target.execute(`set lock_timeout = '${lockTimeout}'`);
      await runEntry(target, entry, run);
      run.onDone(1);
      return;
    } catch (error) {
      const passes = [sqlstate.foreignKeyViolation, sqlstate.lockNotAvailable, sqlstate.deadlockDetected].some(
        code => code === errorCode(error),
      );
      if (!passes || performance.now() > deadline) throw error;
      await sleep(1000, undefined, { signal: run.signal });
    }
  }
}
