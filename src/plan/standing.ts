import type { Lockfile } from '../state/lockfile.js';
import { goals } from '../spec/spec.js';
import type { Plan } from './plan.js';

/** What has become of a saved plan, as far as the spec and the state say. The servers are not asked. */
export type Standing =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'begun'; readonly done: number }
  | { readonly kind: 'applied' }
  | { readonly kind: 'stale'; readonly why: string };

/**
 * @param specSha256 of the spec as it is now; null: it is not there
 * @param lockfile null: nothing was applied yet
 */
export function planStanding(plan: Plan, specSha256: string | null, lockfile: Lockfile | null): Standing {
  if (plan.steps.length > 0 && lockfile !== null) {
    const done = plan.steps.filter(({ id }) => lockfile.steps[id]?.status === 'done').length;
    if (done === plan.steps.length && reachedAsPlanned(plan, lockfile)) return { kind: 'applied' };
    if (done > 0 && lockfile.reached === plan.reached && specSha256 === plan.spec.sha256)
      return { kind: 'begun', done };
  }
  if (specSha256 === null) return { kind: 'stale', why: `its spec ${plan.spec.path} is not there` };
  if (specSha256 !== plan.spec.sha256) return { kind: 'stale', why: `${plan.spec.path} was changed since` };
  const reached = lockfile?.reached ?? null;
  if (reached !== plan.reached)
    return {
      kind: 'stale',
      why: `the migration had reached ${inWords(plan.reached)} then, and ${inWords(reached)} now`,
    };
  return { kind: 'waiting' };
}

function inWords(goal: Plan['reached']): string {
  return goal === null ? 'nothing' : goal;
}

/** The goal that it led to: also where a later plan led further. A switch back is told by the goal alone. */
function reachedAsPlanned(plan: Plan, { reached }: Lockfile): boolean {
  if (plan.reached !== null && goals.indexOf(plan.goal) < goals.indexOf(plan.reached)) return reached === plan.goal;
  return reached !== null && goals.indexOf(reached) >= goals.indexOf(plan.goal);
}
