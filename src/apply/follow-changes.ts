import { UserError } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import type { Goal, Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import type { PlannedStep } from '../steps/step-kind.js';
import type { Tell } from './finish-restart.js';
import type { ApplyOptions } from './operations.js';
import { preparePlan, type PreparedPlan } from './prepare-plan.js';
import type { StepsOutcome } from './run-steps.js';

/** Plans after which what belongs to tables of the same run is there, each after what it needs. */
export const completedAtMost = 3;

/**
 * Nobody sees it before it is carried out: what may take values away waits for a plan that somebody sees, unless this
 * one had it.
 */
export function prepareUnattended(
  spec: Spec,
  lockfile: Lockfile | null,
  goal: Goal | undefined,
  approved: Plan | null,
): Promise<PreparedPlan> {
  return preparePlan(spec, lockfile, goal, [], undefined, {
    approved: new Set(approved?.steps.flatMap(({ statements }) => statements)),
  });
}

export function changesDefinitions({ kind }: PlannedStep): boolean {
  return kind === 'definitions' || kind === 'tables' || kind === 'bring-back';
}

/** A lane has met what the source's definitions have and the target's have not. */
export function mayFollow(spec: Spec, { error }: StepsOutcome): boolean {
  return spec.schemaChanges === 'follow' && error instanceof UserError && error.plansAgain;
}

export function isToComplete(
  carried: StepsOutcome,
  { steps, spec, plan }: PreparedPlan,
  { savedPlan }: ApplyOptions,
  signal: AbortSignal,
): boolean {
  return (
    carried.failed === 0 &&
    carried.notStarted === 0 &&
    savedPlan === undefined &&
    spec.schemaChanges !== 'block' &&
    spec.method === 'continuous' &&
    (plan.goal === 'synced' || (plan.goal === 'cutover' && plan.reached === 'cutover')) &&
    !signal.aborted &&
    steps.some(changesDefinitions)
  );
}

export function addUp(before: StepsOutcome, after: StepsOutcome): StepsOutcome {
  return { ...after, done: before.done + after.done };
}

/** Nobody has seen these: where they are asked for, they wait for the next plan. */
export function stepsToComplete(
  { plan, steps, spec }: PreparedPlan,
  warn: (message: string) => void,
): readonly PlannedStep[] {
  const left = plan.applicable ? steps.filter(step => isCompleting(step, plan)) : [];
  if (left.length === 0 || spec.schemaChanges === 'follow') return left;
  warn('definitions are left that this plan did not show: run `pgm apply` again');
  return [];
}

/** After a cutover all of a plan that leads no further is following; before it tables come by steps of their own. */
function isCompleting({ kind }: PlannedStep, { reached, goal }: Plan): boolean {
  return kind === 'definitions' || (reached === 'cutover' && goal === 'cutover');
}

export function tellFollowed({ steps }: PreparedPlan, tell: Tell): void {
  for (const { description } of steps.filter(changesDefinitions)) tell('info', `following: ${description.title}`);
}
