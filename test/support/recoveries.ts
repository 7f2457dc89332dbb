import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One fault that was made to happen. `recovered` false: the migration did not end as an undisturbed one. */
export interface FaultOutcome {
  readonly fault: string;
  readonly recovered: boolean;
  /** From the first run after the fault to the end of the one that ended well; null: it never did. */
  readonly seconds: number | null;
  /** Times that apply was run after the fault. */
  readonly runs: number;
}

const fileIn = (runFolder: string): string => join(runFolder, 'fault-outcomes.ndjson');

/** Kept for the total at the end of the run; test files run in processes of their own. */
export function recordOutcome(runFolder: string, outcome: FaultOutcome): void {
  appendFileSync(fileIn(runFolder), `${JSON.stringify(outcome)}\n`);
}

/** The total over all files of a run, slowest recovery first; null where no fault ran. */
export function outcomesText(runFolder: string): string | null {
  if (!existsSync(fileIn(runFolder))) return null;
  return totalOf(
    readFileSync(fileIn(runFolder), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as FaultOutcome),
  );
}

export function totalOf(outcomes: readonly FaultOutcome[]): string {
  const recovered = outcomes.filter(outcome => outcome.recovered).length;
  const times = outcomes.flatMap(({ seconds }) => seconds ?? []).sort((a, b) => a - b);
  const slowest = times.at(-1);
  const took =
    slowest === undefined
      ? ''
      : `; recovery took ${inSeconds(median(times))} in the median, ${inSeconds(slowest)} at most`;
  const lines = [...outcomes]
    .sort((a, b) => (b.seconds ?? Infinity) - (a.seconds ?? Infinity))
    .map(
      ({ fault, seconds, runs, recovered: well }) =>
        `  ${(seconds === null ? '-' : seconds.toFixed(1)).padStart(6)} ` +
        `s  ${fault}${runs > 1 ? ` (${runs} runs)` : ''}${well ? '' : '  NOT RECOVERED'}`,
    );
  return [`faults: ${outcomes.length} ran, ${recovered} recovered from${took}`, ...lines].join('\n');
}

const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`;

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]];
  return (low + high) / 2;
}
