import type { StepRecord } from '../state/lockfile.js';
import { reportPhaseNames, stepTraits } from '../steps/step-traits.js';
import type { ReportPhase } from './report.js';

export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Milliseconds since the epoch of a step that ended, null for one that did not. */
export function intervalOf({ started_at, finished_at }: StepRecord): Interval | null {
  return finished_at === null ? null : { from: Date.parse(started_at), to: Date.parse(finished_at) };
}

/** Overlapping ones made one, in order. */
export function union(intervals: readonly Interval[]): readonly Interval[] {
  const joined: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && next.from <= last.to)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    else joined.push(next);
  }
  return joined;
}

/** Seconds. */
export function lengthOf(intervals: readonly Interval[]): number {
  return union(intervals).reduce((sum, { from, to }) => sum + (to - from) / 1000, 0);
}

/** When each phase was at work, in the order of a migration; those without a finished step are left out. */
export function reportPhases(steps: readonly StepRecord[]): readonly ReportPhase[] {
  return reportPhaseNames.flatMap((name): ReportPhase[] => {
    const its = steps.filter(({ kind }) => stepTraits[kind].reported === name).flatMap(step => intervalOf(step) ?? []);
    const intervals = union(its);
    const [first, last] = [intervals[0], intervals.at(-1)];
    if (first === undefined || last === undefined) return [];
    const told = ({ from, to }: Interval): ReportPhase['intervals'][number] => ({
      began_at: iso(from),
      ended_at: iso(to),
    });
    return [
      {
        name,
        began_at: iso(first.from),
        ended_at: iso(last.to),
        seconds: lengthOf(its),
        steps: its.length,
        intervals: intervals.map(told),
      },
    ];
  });
}

export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
