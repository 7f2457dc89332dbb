import type { Progress } from '../progress.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { tablesPlannedWithCode } from '../inspect/planned-code.js';
import { relationKey } from '../postgres/relation-key.js';
import { changeCounters } from './change-counters.js';
import type { TableName } from './catalog.js';
import type { TableToCompare } from './comparable.js';
import { compareJob } from './compare-job.js';
import type { Comparison } from './comparison.js';
import { chooseDialect } from './dialect.js';
import { asFinished, splitFinished, type FinishedTables } from './finished-tables.js';
import { jobsOf } from './jobs.js';
import { Pace } from './pace.js';
import { PairPool } from './pool.js';
import { progressOf } from './progress.js';
import type { NotCompared, VerifiedDatabase, VerifiedTable } from './report.js';
import { sequencesBehind } from './sequences.js';
import { withSessions } from './sessions.js';
import { onBoth } from './sides.js';
import { Snapshots, type TellingWait, type WaitForTarget } from './snapshots.js';

export type { TableToCompare } from './comparable.js';
export type { TellingWait } from './snapshots.js';

export interface CompareInput {
  readonly source: Conninfo;
  readonly target: Conninfo;
  readonly database: string;
  /** Of its sessions; left out: those of `pgm verify`, which belong to no run. */
  readonly purpose?: string;
  /** Leaves of partitioned tables; a partitioned table itself only where the other side is divided differently. */
  readonly tables: readonly TableToCompare[];
  readonly sequences?: readonly TableName[];
  readonly depth: 'full' | 'sample' | 'counts';
  /** Pairs of sessions that read at the same time; each keeps one core of either server busy. */
  readonly jobs: number;
  /** A snapshot exported on the source, to compare with what was copied from it. */
  readonly sourceSnapshot?: string;
  /** Show the values of differing rows, too. */
  readonly values: boolean;
  /** Given while replication runs: what is only newer on the target is then told from what differs. */
  readonly waitForTarget?: TellingWait;
  /** Bytes a second of the source's tables that are read at the most; left out: as fast as it goes. */
  readonly bytesPerSecond?: number;
  /** Left out: nothing was compared before, and nothing is noted. */
  readonly finished?: FinishedTables;
  /** Told of each table as soon as it is compared, in no particular order. */
  readonly onTable?: (table: VerifiedTable) => void;
}

/** Milliseconds of a wait, and between two figures of it. */
const worthTelling = 1000;

/**
 * Compares the tables of one database on two servers; hashes are computed in the servers, nothing is locked or written.
 * @throws StatementError of either server; the signal's reason when aborted
 */
export async function compareDatabase(
  input: CompareInput,
  progress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<VerifiedDatabase> {
  return withSessions(input, signal, async sessions => {
    const pool = new PairPool(sessions, Math.max(1, input.jobs), signal);
    const told = progressOf(input.tables, progress);
    const waitForTarget = input.waitForTarget && abortable(tellingWhatFor(input.waitForTarget, told.waiting), signal);
    // The target's are for whoever notes what is finished.
    const counters = await pool.run(pair =>
      onBoth(async side =>
        side === 'source' || input.finished !== undefined ? changeCounters(pair[side]) : new Map<never, string>(),
      ),
    );
    const comparison: Comparison = {
      depth: input.depth,
      values: input.values,
      dialect: await pool.run(chooseDialect),
      pool,
      snapshots: new Snapshots(sessions, waitForTarget, input.sourceSnapshot),
      waitForTarget,
      counters: counters.source,
      pace: input.bytesPerSecond === undefined ? null : new Pace(input.bytesPerSecond, signal),
      signal,
      advance: told.bytes,
    };
    const calling = await pool.run(pair => onBoth(side => tablesPlannedWithCode(pair[side])));
    const isCalling = (table: TableName): boolean =>
      calling.source.has(relationKey(table)) || calling.target.has(relationKey(table));
    const refused = input.tables.filter(isCalling);
    const { done, left } = splitFinished(
      input.tables.filter(table => !isCalling(table)),
      input.finished?.before ?? [],
      counters,
    );
    const tables = [...done];
    told.tables(done.length + refused.length);
    told.bytes(sizeOf(input.tables) - sizeOf(left));
    const jobs = jobsOf(left, comparison.pace?.portion);
    const work = async (): Promise<void> => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        const compared = await compareJob(comparison, job);
        for (const table of compared) {
          input.onTable?.(table);
          const finished = input.finished === undefined ? null : asFinished(table, counters);
          if (finished !== null) input.finished?.note(finished);
        }
        tables.push(...compared);
        told.tables(compared.length);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, input.jobs) }, work));
    const sequences = await pool.run(pair => sequencesBehind(pair, input.sequences ?? []));
    // While replication runs sequences stay where they were copied, until cutover sets them.
    const current = sequences.length === 0 || waitForTarget !== undefined;
    return {
      name: input.database,
      equal: current && tables.every(table => table.equal),
      tables: tables.sort(byName),
      sequences,
      ...(refused.length === 0 ? {} : { not_compared: refused.map(asNotCompared) }),
    };
  });
}

function asNotCompared({ schema, name }: TableName): NotCompared {
  return { schema, table: name, reason: 'users-code' };
}

function sizeOf(tables: readonly TableToCompare[]): number {
  return tables.reduce((sum, { dataBytes }) => sum + dataBytes, 0);
}

function byName(a: VerifiedTable, b: VerifiedTable): number {
  if (a.schema !== b.schema) return a.schema < b.schema ? -1 : 1;
  return a.table < b.table ? -1 : 1;
}

/** A compare that stands still because the target is behind says so, once a second, until its last table goes on. */
function tellingWhatFor(wait: TellingWait, waiting: (bytesBehind: number | null) => void): WaitForTarget {
  let waits = 0;
  let told = 0;
  return async lsn => {
    if (waits++ === 0) told = performance.now();
    try {
      await wait(lsn, bytes => {
        if (performance.now() - told < worthTelling) return;
        told = performance.now();
        waiting(bytes);
      });
    } finally {
      if (--waits === 0) waiting(null);
    }
  };
}

/** The same wait, which also ends when the signal is aborted. */
function abortable(wait: WaitForTarget, signal: AbortSignal): WaitForTarget {
  return lsn =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason }));
      };
      signal.addEventListener('abort', abort, { once: true });
      wait(lsn)
        .finally(() => {
          signal.removeEventListener('abort', abort);
        })
        .then(resolve, reject);
    });
}
