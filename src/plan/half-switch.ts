import type { BlockRecord } from '../cutover/block.js';
import type { CutoverRecord, Lockfile } from '../state/lockfile.js';

/** A switch that was interrupted. */
export interface HalfSwitch {
  readonly event: 'cutover' | 'failback';
  /** The old side is shut: it is finished, not undone. */
  readonly passed: boolean;
  /** Clients have moved by a hook and write on the new side, but the old one was not shut: that is done first. */
  readonly shuts: boolean;
  readonly record: CutoverRecord;
}

/** The record of a switch that is not finished; null: none is under way. */
export function unfinishedSwitch(lockfile: Lockfile | null): CutoverRecord | null {
  const record = lockfile?.cutover ?? null;
  return record !== null && record.finished_at === '' ? record : null;
}

/** What the block on one server replaced, as the last finished switch left it; empty: that server is not shut. */
export function shutBy(lockfile: Lockfile | null, event: 'cutover' | 'failback'): readonly BlockRecord[] {
  const unfinished = unfinishedSwitch(lockfile);
  const last = unfinished === null ? (lockfile?.cutover ?? null) : (unfinished.before ?? null);
  return last !== null && (last.event ?? 'cutover') === event ? (last.block as readonly BlockRecord[]) : [];
}
