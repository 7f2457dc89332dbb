import type { Connection } from '../postgres/connection.js';
import { StatementError } from '../postgres/errors.js';
import type { ArchiveEntry } from './archive-script.js';
import { entriesPerTransaction, inTransaction, runEntries, type EntryRun } from './run-entries.js';
import { standApart, type Stretch } from './stretches.js';

/**
 * Carries entries out as {@link runEntries} does, but tables that do not depend on each other in several sessions: a
 * server waits for its disk with each table (the empty index of its TOAST table is synced), so one session leaves it
 * idle. What is refused there is done again in order: dependencies that pg_dump does not tell are met then.
 * @param open an additional session; used up to `sessions` at a time, closed at the end
 */
export async function runBeside(
  first: Connection,
  open: () => Promise<Connection>,
  sessions: number,
  entries: readonly ArchiveEntry[],
  run: EntryRun,
): Promise<void> {
  const left = entries.filter(entry => entry.sql !== '' && !run.done.has(entry.key));
  const more: Connection[] = [];
  let alone = sessions < 2;
  try {
    for (const stretch of standApart(left, entriesPerTransaction)) {
      if (alone || stretch.kind === 'in order') {
        await runEntries(first, stretch.entries, run);
        continue;
      }
      await openMore(more, open, sessions - 1);
      const refused = await runStretch([first, ...more], stretch, run);
      // An owner to whom something must be lent, an object that is there already: it would be so for others too.
      alone = refused.length > 0;
      await runEntries(first, refused, run);
    }
  } finally {
    await Promise.all(more.map(connection => connection.close()));
  }
}

/** As many as the server gives: all that follows works with fewer too. */
async function openMore(more: Connection[], open: () => Promise<Connection>, wanted: number): Promise<void> {
  while (more.length < wanted) {
    const connection = await open().catch(() => undefined);
    if (connection === undefined) return;
    more.push(connection);
  }
}

/** Gives what was not done, in its order. */
async function runStretch(
  connections: readonly Connection[],
  { entries, groups }: Extract<Stretch, { kind: 'apart' }>,
  run: EntryRun,
): Promise<readonly ArchiveEntry[]> {
  const batches = inBatches(groups);
  const refused: ArchiveEntry[][] = [];
  let isRefused = false;
  let failure: { reason: unknown } | undefined;
  const worker = async (connection: Connection): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      run.signal.throwIfAborted();
      if (isRefused) {
        refused.push(batch);
        continue;
      }
      try {
        await connection.execute(inTransaction(batch, run));
        run.onDone(batch.length);
      } catch (error) {
        if (connection.isLost || !(error instanceof StatementError)) throw error;
        await connection.execute('rollback');
        isRefused = true;
        refused.push(batch);
      }
    }
  };
  await Promise.all(
    connections.map(connection =>
      worker(connection).catch((reason: unknown) => {
        failure ??= { reason };
        batches.length = 0;
      }),
    ),
  );
  if (failure !== undefined) throw failure.reason;
  const again = new Set(refused.flat());
  return entries.filter(entry => again.has(entry));
}

/** Groups stay whole, and in their order. */
function inBatches(groups: readonly (readonly ArchiveEntry[])[]): ArchiveEntry[][] {
  const batches: ArchiveEntry[][] = [[]];
  for (const group of groups) {
    const last = batches.at(-1) ?? [];
    if (last.length > 0 && last.length + group.length > entriesPerTransaction / 2) batches.push([...group]);
    else last.push(...group);
  }
  return batches;
}
