import { reportError } from '../postgres/errors.js';
import type { Goal, Spec } from '../spec/spec.js';
import type { RunHistory } from '../state/history.js';
import type { StateSession } from '../state/state-session.js';
import { carryOut, mayGoOn } from './carry-out.js';
import type { Tell } from './finish-restart.js';
import {
  addUp,
  changesDefinitions,
  completedAtMost,
  isToComplete,
  mayFollow,
  prepareUnattended,
  stepsToComplete,
  tellFollowed,
} from './follow-changes.js';
import { withLoadSettingsPutBack } from './load-settings.js';
import type { ApplyOptions, Report } from './operations.js';
import { planAgain } from './plan-again.js';
import type { PreparedPlan } from './prepare-plan.js';
import { watchingRetainedWal } from './retained-wal.js';
import type { StepsOutcome } from './run-steps.js';
import { withStepContext } from './step-context.js';

/** What all parts of one run of `apply` share. */
export interface ApplyRun {
  readonly spec: Spec;
  readonly options: ApplyOptions;
  readonly state: StateSession;
  readonly goalByFlag: Goal | undefined;
  readonly history: RunHistory;
  readonly report: Report;
  readonly tell: Tell;
  readonly warn: (message: string) => void;
}

export interface CarriedOn {
  readonly outcome: StepsOutcome;
  /** The plan that was carried out last. */
  readonly last: PreparedPlan;
  /** Aborted when the lock is lost, or a slot holds back more WAL than it may. */
  readonly lost: AbortSignal;
}

const goOnAtMost = 5;

/**
 * Carries the plan out, and what is left of it or comes to light on the way, with the settings of the load put back in
 * any case.
 */
export async function carryOn(run: ApplyRun, first: PreparedPlan, lockLost: AbortSignal): Promise<CarriedOn> {
  const { spec, state, options, history, warn } = run;
  let [last, lost] = [first, lockLost];
  const outcome = await withLoadSettingsPutBack(spec, state, lockLost, warn, () =>
    watchingRetainedWal(
      spec,
      warn,
      bytes => history.sampleLag(bytes),
      async exceeded => {
        lost = AbortSignal.any([lockLost, exceeded]);
        const signal = AbortSignal.any([options.signal, lost]);
        const carry = (prepared: PreparedPlan): Promise<StepsOutcome> => carryOutPlan(run, (last = prepared), signal);
        const carried = await goOn(run, first, await carry(first), { signal, carry });
        return complete(run, first, carried, { signal, carry, last: () => last });
      },
    ),
  );
  return { outcome, last, lost };
}

interface Carrier {
  readonly signal: AbortSignal;
  readonly carry: (prepared: PreparedPlan) => Promise<StepsOutcome>;
}

function carryOutPlan(run: ApplyRun, prepared: PreparedPlan, signal: AbortSignal): Promise<StepsOutcome> {
  const { state, options, history, report, warn } = run;
  return withStepContext(
    { prepared, state, lineage: lineageOf(state), waitRestart: options.waitRestart, signal, warn },
    context => carryOut(prepared.steps, context, state, history.keep, report),
  );
}

/**
 * After a failure that a new plan may get round. A saved plan is exactly its steps: what is left of it wants a new one.
 */
async function goOn(
  { spec, state, options, goalByFlag, tell, warn }: ApplyRun,
  { plan }: PreparedPlan,
  first: StepsOutcome,
  { signal, carry }: Carrier,
): Promise<StepsOutcome> {
  let carried = first;
  for (
    let times = 1;
    times <= goOnAtMost &&
    carried.failed > 0 &&
    options.savedPlan === undefined &&
    !signal.aborted &&
    (mayGoOn(carried) || mayFollow(spec, carried));
    times++
  ) {
    warn(`${reportError(carried.error).message}; continuing with the rest`);
    const next = await planAgain(() => prepareUnattended(spec, state.current, goalByFlag, plan), spec, {
      signal,
      warn,
    });
    if (next === null || (!mayGoOn(carried) && !next.steps.some(changesDefinitions))) break;
    tellFollowed(next, tell);
    carried = await carry(next);
  }
  return carried;
}

/** What belongs to tables that came in this run, or came again, is seen only now. */
async function complete(
  { spec, state, options, goalByFlag, warn }: ApplyRun,
  { plan }: PreparedPlan,
  first: StepsOutcome,
  { signal, carry, last }: Carrier & { readonly last: () => PreparedPlan },
): Promise<StepsOutcome> {
  let carried = first;
  for (let times = 1; times <= completedAtMost && isToComplete(carried, last(), options, signal); times++) {
    const next = await prepareUnattended(spec, state.current, goalByFlag, plan);
    const steps = stepsToComplete(next, warn);
    if (steps.length === 0) break;
    carried = addUp(carried, await carry({ ...next, steps }));
  }
  return carried;
}

function lineageOf(state: StateSession): string {
  if (state.current === null) throw new TypeError('the lockfile is not written yet');
  return state.current.lineage;
}
