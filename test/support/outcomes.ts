import { afterEach, inject } from 'vitest';
import { recordOutcome, type FaultOutcome } from './recoveries.js';

/** Counts the faults of a file's tests into the total of the run: those that a test tells of, or that it failed. */
export function useOutcomes(): (outcome: FaultOutcome) => void {
  let outcomes: FaultOutcome[] = [];
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') outcomes = [{ fault: task.name, recovered: false, seconds: null, runs: 0 }];
    for (const outcome of outcomes) recordOutcome(inject('runFolder'), outcome);
    outcomes = [];
  });
  return outcome => void outcomes.push(outcome);
}

/** One that was recovered from. @param began performance.now() when the first run after the fault began */
export function recovery(fault: string, began: number, runs = 1): FaultOutcome {
  return { fault, recovered: true, seconds: (performance.now() - began) / 1000, runs };
}
