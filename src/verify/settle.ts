import type { ComparableTable } from './comparable.js';
import { findRows, type FoundRow, type WantedRow } from './rows.js';
import type { Pair } from './sides.js';
import { sourceLsn, type WaitForTarget } from './snapshots.js';
import type { Content } from './sums.js';

/** How often a row must differ in turn, unmoved on the source all the while, to be called different. */
const proofs = 3;

/**
 * The same for a row that the source lacks: nothing tells whether it came and went between two looks, but not so often
 * in turn.
 */
const proofsOfAbsence = 15;

/**
 * A row that moves all the time and was never seen alike is called different, too: after so many looks, or sooner when
 * each takes long.
 */
const maxLooks = 100;
const maxLooksWhenSlow = 20;
/** Milliseconds. */
const slow = 60_000;

/**
 * From this look on a row is taken for a hot one, whose versions on the source are looked at while the target catches
 * up.
 */
const hotFrom = 4;

/** Rows looked at in one statement. */
const chunk = 1000;

const absent = 'absent';

interface Doubt {
  readonly row: WantedRow;
  /** Versions of the row seen on the source since the last LSN the target was waited for. */
  readonly seen: Set<string>;
  proofs: number;
}

/**
 * Decides which of the rows that differed between two snapshots differ really, and which were only newer on the target.
 *
 * Looks alternate: source, target once it has all that the source had, source again. What the target shows is then a
 * version that the source had between its two looks. A row is alike when the target shows a version seen on the source
 * in that time; it is different when the source's row did not move in that time (same physical version) and the target
 * shows something else, three times in turn: the third look rules out a commit that was already sent but not yet
 * visible on the source. A row that is absent on the source has no version to go by, so it takes more looks.
 * @param enough ends as soon as so many are proven different
 * @returns the rows that differ
 */
export async function settle(
  pair: Pair,
  table: ComparableTable,
  content: Content,
  suspects: readonly WantedRow[],
  waitForTarget: WaitForTarget,
  enough: number,
  signal: AbortSignal,
): Promise<WantedRow[]> {
  const different: WantedRow[] = [];
  for (let at = 0; at < suspects.length && different.length < enough; at += chunk) {
    const doubts = suspects.slice(at, at + chunk).map(row => ({ row, seen: new Set<string>(), proofs: 0 }));
    different.push(...(await settleChunk(pair, table, content, doubts, waitForTarget, signal)));
  }
  return different;
}

async function settleChunk(
  pair: Pair,
  table: ComparableTable,
  content: Content,
  doubts: readonly Doubt[],
  waitForTarget: WaitForTarget,
  signal: AbortSignal,
): Promise<WantedRow[]> {
  let open = doubts;
  const different: WantedRow[] = [];
  const look = (side: 'source' | 'target'): Promise<Map<string, FoundRow>> =>
    findRows(pair[side], side, table, content, { kind: 'wanted', rows: open.map(({ row }) => row) });

  const began = performance.now();
  let before = await look('source');
  for (
    let looks = 1;
    open.length > 0 && looks <= (performance.now() - began > slow ? maxLooksWhenSlow : maxLooks);
    looks++
  ) {
    signal.throwIfAborted();
    remember(open, before, 'anew');
    const lsn = await sourceLsn(pair.source);
    let caughtUp = false;
    const lookAtTarget = async (): Promise<Map<string, FoundRow>> => {
      await waitForTarget(lsn);
      return look('target');
    };
    const followSource = async (): Promise<void> => {
      while (!caughtUp) remember(open, await look('source'));
    };
    // Without a key a look is a reading of the whole table, and only the number of equal rows could move.
    const follows = looks >= hotFrom && table.canLookUp;
    const [there] = await Promise.all([
      lookAtTarget().finally(() => (caughtUp = true)),
      follows ? followSource() : undefined,
    ]);
    const after = await look('source');
    remember(open, after);

    const undecided: Doubt[] = [];
    for (const doubt of open) {
      const { identity } = doubt.row;
      if (doubt.seen.has(there.get(identity)?.value ?? absent)) continue;
      const unmoved = (before.get(identity)?.version ?? absent) === (after.get(identity)?.version ?? absent);
      doubt.proofs = unmoved ? doubt.proofs + 1 : 0;
      if (doubt.proofs >= (after.has(identity) ? proofs : proofsOfAbsence)) different.push(doubt.row);
      else undecided.push(doubt);
    }
    open = undecided;
    before = after;
  }
  return [...different, ...open.map(({ row }) => row)];
}

function remember(doubts: readonly Doubt[], rows: ReadonlyMap<string, FoundRow>, start?: 'anew'): void {
  for (const { row, seen } of doubts) {
    if (start === 'anew') seen.clear();
    seen.add(rows.get(row.identity)?.value ?? absent);
  }
}
