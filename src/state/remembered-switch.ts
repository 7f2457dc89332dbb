import type { Goal } from '../spec/spec.js';
import type { CutoverRecord, Lockfile, SettingRecord } from './lockfile.js';

/** The last switch as the target remembers it: what a lockfile that is lost, or came out of an older commit, must catch up with. */
export interface RememberedSwitch {
  readonly lineage: string;
  readonly reached: Goal;
  readonly goal_by_flag: Goal | null;
  readonly settings: Readonly<Record<string, SettingRecord>>;
  /** Finished. */
  readonly cutover: CutoverRecord;
}

/**
 * The later of two memories. A lockfile kept in git goes back in time with `git revert`; the servers do not.
 * @returns the switch that the lockfile has missed; null: it knows of the last one, or is of another migration
 */
export function missedSwitch(
  lockfile: Lockfile | null,
  remembered: readonly RememberedSwitch[],
): RememberedSwitch | null {
  const [last] = remembered
    .filter(each => lockfile === null || each.lineage === lockfile.lineage)
    .sort((a, b) => b.cutover.finished_at.localeCompare(a.cutover.finished_at));
  return last !== undefined && last.cutover.finished_at > lastFinished(lockfile) ? last : null;
}

/** A switch was finished, either way. */
export function wasSwitched(lockfile: Lockfile | null): boolean {
  return lastFinished(lockfile) !== '';
}

/** ISO 8601; empty: no switch was ever finished. */
function lastFinished(lockfile: Lockfile | null): string {
  const record = lockfile?.cutover ?? null;
  if (record === null) return '';
  return record.finished_at === '' ? (record.before?.finished_at ?? '') : record.finished_at;
}

/** The lockfile as it was after that switch. What it says of settings stands, since it may have been put back since. */
export function catchUp(lockfile: Lockfile, { reached, goal_by_flag, settings, cutover }: RememberedSwitch): Lockfile {
  return Object.freeze({
    ...lockfile,
    method: 'continuous' as const,
    reached,
    goal_by_flag,
    settings: Object.freeze({ ...settings, ...lockfile.settings }),
    cutover,
  });
}
