import type { Facts } from '../inspect/facts.js';
import type { Goal, Spec } from '../spec/spec.js';
import { adoptedStateFinding } from './adopted-state.js';
import { buildPlan, type BuiltPlan } from './build-plan.js';
import { chooseMethod } from './choose-method.js';
import { copyJobs } from './copy-jobs.js';
import type { HalfSwitch } from './half-switch.js';
import { missedSwitchFinding, type KnownState } from './known-state.js';
import type { Plan } from './plan.js';
import { reachedSoFar } from './reached-so-far.js';
import { refusals } from './refusals.js';

export interface Situation {
  readonly spec: Spec;
  readonly facts: Facts;
  /** What lockfile and target know together. */
  readonly known: KnownState;
  /** A switch that was interrupted; null: none. */
  readonly half: HalfSwitch | null;
  /** `--goal`, which goes before the spec's. */
  readonly goalByFlag: Goal | undefined;
  /** The plan that was reviewed and is to be carried out. */
  readonly reviewed?: Plan | undefined;
  /**
   * Nobody is asked any more, and these statements were approved: what else takes away a column stays for a plan that
   * is.
   */
  readonly approved?: ReadonlySet<string> | undefined;
  readonly pgmVersion: string;
  /** ISO 8601: when the servers were looked at. */
  readonly at: string;
}

export interface DecidedPlan extends BuiltPlan {
  /** With the method that was chosen. */
  readonly spec: Spec;
  readonly copyJobs: number;
}

/**
 * All that is decided between what was seen and the plan: how far the migration is, its method and goal, what is
 * refused.
 */
export function decidePlan({
  spec,
  facts,
  known,
  half,
  goalByFlag,
  reviewed,
  approved,
  pgmVersion,
  at,
}: Situation): DecidedPlan {
  const { lockfile, missed, settings } = known;
  const reached = half?.passed === true ? reachedBy(half) : reachedSoFar(spec, facts, lockfile);
  const asked = goalByFlag ?? spec.goal;
  // What only warns before a cutover stands in the way of one, however it is asked for.
  const { method, findings, fallback } = chooseMethod({ ...spec, goal: asked }, facts, lockfile);
  const goal = effectiveGoal(asked, method);
  const jobs = copyJobs(spec, facts);
  const wanted = { ...spec, method };
  const built = buildPlan({
    spec: wanted,
    facts,
    findings: [
      ...findings,
      ...(missed === null ? [] : [missedSwitchFinding(missed)]),
      ...(known.isStored ? [] : adoptedStateFinding(spec, facts, settings)),
      ...refusals({ spec, goalByFlag, goal, method, reached, lockfile, half }),
    ],
    lockfile,
    settings,
    reached,
    goal,
    method,
    fallback,
    pgmVersion,
    copyJobs: jobs,
    half,
    reviewed,
    approved,
    at,
  });
  return { ...built, spec: wanted, copyJobs: jobs };
}

function reachedBy({ event }: HalfSwitch): Goal {
  return event === 'cutover' ? 'cutover' : 'synced';
}

/** A dump has no `synced`: what it brings is `ready`. */
function effectiveGoal(goal: Goal, method: 'continuous' | 'dump'): Goal {
  return method === 'dump' && goal !== 'prepared' ? 'ready' : goal;
}
