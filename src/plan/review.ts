import type { ReviewedDeed } from '../spec/spec.js';
import type { Plan } from './plan.js';

/**
 * What a plan does of the things that the spec wants reviewed: `destroy` takes something away, `switch` hands the
 * writes over in either direction, `close` ends the way back.
 */
export function reviewedDeeds({ steps, goal, teardown }: Pick<Plan, 'steps' | 'goal' | 'teardown'>): ReviewedDeed[] {
  const has = (holds: (step: Plan['steps'][number]) => boolean): boolean => steps.some(holds);
  const deeds: Readonly<Record<ReviewedDeed, boolean>> = {
    destroy: teardown?.command === 'destroy' || has(({ action }) => action === 'delete'),
    switch: has(({ kind }) => kind === 'cutover' || kind === 'failback'),
    close: goal === 'ready' && has(({ kind }) => kind === 'drop-lane'),
  };
  return (Object.keys(deeds) as ReviewedDeed[]).filter(deed => deeds[deed]);
}
