import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import {
  connectExporter,
  createSlotStatement,
  createSlotWithSnapshot,
  type ExportedSnapshot,
} from '../copy/snapshot.js';
import type { Connection } from '../postgres/connection.js';
import { endLostSession } from '../postgres/run-sessions.js';
import { dropSlotIfExists } from '../replication/slots.js';
import { describeWriters, endWriters, readWriters } from '../replication/writers.js';
import type { Progress } from '../progress.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';

export interface SlotInput {
  readonly database: string;
  readonly name: string;
  readonly lane: number;
  readonly sourceVersion: number;
  /** A standby can keep it (17 on). */
  readonly failover: boolean;
}

/** Slot creation waits for running writers; past this it says for whom and gives up. */
const waitAtMost = 5 * 60_000;

export const slot: StepKind<SlotInput, 'slot'> = {
  kind: 'slot',

  describe: ({ database, name, sourceVersion, failover }) => ({
    title: `make a logical replication slot${failover ? ' that standbys can keep' : ''} and export its snapshot`,
    action: 'create',
    server: 'source',
    database,
    object: name,
    statements: [createSlotStatement(name, sourceVersion, failover)],
    reversible: true,
    impact: {
      locks: ['waits for the transactions that are writing now; holds back WAL and vacuum until the copy is done'],
    },
  }),

  async run(context, { database, name, lane, failover }, progress) {
    // Of a try that was cut off: its snapshot is gone, nothing was copied from it.
    await context.withSource(database, source => dropSlotIfExists(source, name));
    const exporter = await connectExporter(context.spec.source.connection, database, context.spec.name);
    try {
      const snapshot = await untilMade(context, exporter, name, failover, progress);
      context.database(database).snapshots.set(lane, snapshot);
      return { outcome: `consistent point ${snapshot.lsn}`, record: { slot: name, lsn: snapshot.lsn } };
    } catch (error) {
      exporter.destroy();
      // A walsender that waits for somebody's transaction does not notice that its client is gone: its half-made slot
      // would stay, and hold WAL back.
      await context.withSource(database, source => endLostSession(source, exporter)).catch(() => undefined);
      throw error;
    }
  },
};

async function untilMade(
  context: StepContext,
  exporter: Connection,
  name: string,
  failover: boolean,
  progress: (p: Progress) => void,
): Promise<ExportedSnapshot> {
  const made = createSlotWithSnapshot(exporter, name, context.source.versionNum, failover);
  const over = new AbortController();
  const watching = explainWait(context, exporter, progress, AbortSignal.any([over.signal, context.signal]));
  try {
    return await Promise.race([made, watching]);
  } finally {
    over.abort();
    made.catch(() => undefined);
    watching.catch(() => undefined);
  }
}

/** Never resolves; says every second whom the slot waits for, and rejects when that takes too long. */
async function explainWait(
  context: StepContext,
  exporter: Connection,
  progress: (p: Progress) => void,
  signal: AbortSignal,
): Promise<never> {
  const deadline = performance.now() + waitAtMost;
  for (;;) {
    await sleep(1000, undefined, { signal });
    const writers = await context.withSource(exporter.database, source => readWriters(source));
    const whom = describeWriters(writers);
    progress({ waiting_for: whom });
    if (performance.now() > deadline) {
      throw new UserError(`the slot could not be made in ${waitAtMost / 60_000} minutes: it waits for ${whom}`, {
        kind: 'stopped',
        code: 'PGM634',
        hint:
          `wait for those transactions, or end them on the source: ${endWriters(writers)} Then run \`pgm ` +
          `apply\` again: it goes on from here`,
      });
    }
  }
}
