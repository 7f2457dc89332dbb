import type { Estimate, Step } from '../plan/plan.js';

/** What the steps of a database have in common with another's: kinds and actions, in order, repetitions left out. */
export function shapeOf(steps: readonly Step[]): string {
  const kinds = steps.map(step => `${step.action} ${step.server} ${step.kind}`);
  return kinds.filter((kind, index) => kind !== kinds[index - 1]).join('\n');
}

/** Bytes, rows and seconds of all steps together, seconds as if one followed the other. */
export function sumEstimates(steps: readonly Step[]): Estimate {
  return steps.reduce(
    (sum, { estimate }) =>
      estimate === null
        ? sum
        : {
            bytes: sum.bytes + estimate.bytes,
            rows: sum.rows + estimate.rows,
            seconds: sum.seconds + estimate.seconds,
          },
    {
      bytes: 0,
      rows: 0,
      seconds: 0,
    },
  );
}
