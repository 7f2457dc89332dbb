import { bringExtensionTables } from '../copy/extension-tables.js';
import { copyLargeObjects } from '../copy/large-objects.js';
import {
  changedSequences,
  presentSequences,
  raiseSequences,
  readSequences,
  readSequencesAgain,
  setSequences,
  type SequenceValue,
} from '../replication/sequences.js';
import type { DatabaseSessions } from './sessions.js';
import type { Stopwatch } from './stopwatch.js';

/** Values of sequences by database. */
export type Baseline = ReadonlyMap<string, readonly SequenceValue[]>;

/**
 * The same while writes go on, all of it: what {@link bringRest} will find changed is little then. Gives the sequences
 * as they were set.
 */
export async function bringRestFirst(
  { database, from, to }: DatabaseSessions,
  signal: AbortSignal,
): Promise<readonly SequenceValue[]> {
  const values = await presentSequences(to, await readSequences(from, database.leftOutSequences));
  await setSequences(to, values);
  await bringExtensionTables(from, to, null);
  if (database.largeObjects) await copyLargeObjects(from, to, signal, () => undefined);
  return values;
}

/**
 * What replication does not carry, in the write stop: sequences that moved since, rows of extensions' configuration
 * tables, then large objects that changed. Each is timed as a part of its own. Gives the values as they are now.
 */
export async function bringRest(
  sessions: readonly DatabaseSessions[],
  baseline: Baseline,
  watch: Stopwatch,
  signal: AbortSignal,
): Promise<Baseline> {
  const values = await Promise.all(
    sessions.map(async ({ database, from, to }) => {
      const before = baseline.get(database.name) ?? [];
      const now = await readSequencesAgain(from, before);
      await setSequences(to, changedSequences(before, now));
      return [database.name, now] as const;
    }),
  );
  watch.mark('sequences');
  const written = await Promise.all(sessions.map(({ from, to, lock }) => bringExtensionTables(from, to, lock)));
  if (written.some(tables => tables > 0)) watch.mark('extension tables');
  const withLargeObjects = sessions.filter(({ database }) => database.largeObjects);
  if (withLargeObjects.length > 0) {
    await Promise.all(
      withLargeObjects.map(async ({ from, to }) => copyLargeObjects(from, to, signal, () => undefined)),
    );
    watch.mark('large objects');
  }
  return new Map(values);
}

/**
 * nextval() is not stopped by locks on tables: numbers that applications drew after the sequences were read, and may
 * still use, must not be given out again. Only ever forward, since the other side may be in use.
 */
export async function raiseRest(sessions: readonly DatabaseSessions[], values: Baseline): Promise<void> {
  await Promise.all(
    sessions.map(async ({ database, from, to }) => {
      const before = values.get(database.name) ?? [];
      await raiseSequences(to, changedSequences(before, await readSequencesAgain(from, before)));
    }),
  );
}
