import type { Goal } from '../spec/spec.js';
import { parseBlock } from './block-record.js';
import type { FinishedSwitch, Lockfile, SettingRecord } from './lockfile.js';
import { isCount, isGoal, isLineage, isPastMoment, isRecord } from './outside.js';
import { settingsFromTarget } from './settable.js';

/**
 * The last switch as the target remembers it: what a lockfile that is lost, or came out of an older commit, must catch
 * up with.
 */
export interface RememberedSwitch {
  readonly lineage: string;
  readonly reached: Goal;
  readonly goal_by_flag: Goal | null;
  readonly settings: Readonly<Record<string, SettingRecord>>;
  readonly cutover: FinishedSwitch;
}

/**
 * What a target's table says, as input from outside: a switch as pgm writes one, or null. Of settings only the target's
 * are believed, and nothing that is not known here is kept.
 */
export function parseRememberedSwitch(value: unknown): RememberedSwitch | null {
  if (!isRecord(value)) return null;
  const { lineage, reached, goal_by_flag, settings, cutover } = value;
  if (!isLineage(lineage) || (reached !== 'cutover' && reached !== 'synced')) return null;
  if ((goal_by_flag !== null && !isGoal(goal_by_flag)) || !isRecord(settings)) return null;
  const record = parseFinishedSwitch(cutover);
  if (record === null || (record.event === 'failback') !== (reached === 'synced')) return null;
  return { lineage, reached, goal_by_flag, settings: settingsFromTarget(settings), cutover: record };
}

/** Earlier versions left the event of a cutover out, and did not say that it was finished. */
function parseFinishedSwitch(value: unknown): FinishedSwitch | null {
  if (!isRecord(value)) return null;
  const { event = 'cutover', write_stop_ms, parts, finished_at, compared, stood } = value;
  const block = parseBlock(value.block);
  if (event !== 'cutover' && event !== 'failback') return null;
  if (!isCount(write_stop_ms) || !isRecord(parts) || !Object.values(parts).every(isCount)) return null;
  if (!isPastMoment(finished_at) || block === null) return null;
  return {
    state: 'finished',
    event,
    write_stop_ms,
    parts: parts as Readonly<Record<string, number>>,
    finished_at,
    ...(isCompared(compared) ? { compared } : {}),
    ...(isStood(stood) ? { stood } : {}),
    block,
  };
}

function isCompared(value: unknown): value is NonNullable<FinishedSwitch['compared']> {
  return isRecord(value) && isCount(value.tables) && isCount(value.rows) && isCount(value.not_compared);
}

function isStood(value: unknown): value is NonNullable<FinishedSwitch['stood']> {
  return (
    isRecord(value) &&
    Object.values(value).every(keys => Array.isArray(keys) && keys.every(key => typeof key === 'string'))
  );
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
  return lastSwitch(lockfile) !== null;
}

/** Either way; null: none was ever finished. */
export function lastSwitch(lockfile: Lockfile | null): FinishedSwitch | null {
  const record = lockfile?.cutover ?? null;
  return record === null || record.state === 'finished' ? record : record.before;
}

/** ISO 8601; empty: none. */
function lastFinished(lockfile: Lockfile | null): string {
  return lastSwitch(lockfile)?.finished_at ?? '';
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
