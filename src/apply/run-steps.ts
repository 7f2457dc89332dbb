import type { StepKindName } from '../plan/plan.js';
import type { PlannedStep } from '../steps/step-kind.js';
import { Schedule } from './schedule.js';

export interface StepRunner {
  /**
   * Runs one step; rejects when it failed. Calls `worked` when all it does on the servers is done: what depends on it
   * may begin while that is being recorded, and the record of both is one write.
   */
  run(step: PlannedStep, worked: () => void): Promise<void>;
  /** Databases whose steps may run at the same time. */
  readonly databasesAtATime: number;
  readonly signal: AbortSignal;
  /** Called once, when nothing new begins any more although steps are left. */
  halted(left: readonly PlannedStep[]): void;
}

export interface StepsOutcome {
  readonly done: number;
  readonly failed: number;
  readonly notStarted: number;
  /** Of the step that failed first. */
  readonly error: unknown;
  readonly failedKinds: readonly StepKindName[];
}

/**
 * Runs steps as soon as all they depend on are done: databases beside each other, the steps of one as its plan says.
 * After a failure nothing new begins; what runs is waited for.
 */
export async function runSteps(steps: readonly PlannedStep[], runner: StepRunner): Promise<StepsOutcome> {
  const schedule = new Schedule(steps, runner.databasesAtATime);
  const failedKinds: StepKindName[] = [];
  let running = 0;
  let done = 0;
  let error: unknown;
  let isHalted = false;
  const halt = (): void => {
    if (isHalted) return;
    isHalted = true;
    const left = schedule.waiting;
    if (left.length > 0) runner.halted(left);
  };
  runner.signal.addEventListener('abort', halt);
  const recording = new Set<PlannedStep>();
  await new Promise<void>(resolve => {
    const run = async (step: PlannedStep): Promise<void> => {
      const worked = (): void => {
        recording.add(step);
        schedule.end(step.id, true);
        goOn();
      };
      const failure = await runner.run(step, worked).then(
        () => null,
        (reason: unknown) => ({ reason }),
      );
      running--;
      if (failure === null) done++;
      else {
        if (failedKinds.length === 0) error = failure.reason;
        failedKinds.push(step.kind);
      }
      if (!recording.delete(step)) schedule.end(step.id, failure === null);
      goOn();
    };
    const goOn = (): void => {
      if (failedKinds.length > 0 || runner.signal.aborted) halt();
      else {
        for (const step of schedule.begin()) {
          running++;
          void run(step);
        }
      }
      if (running === 0) resolve();
    };
    goOn();
  });
  runner.signal.removeEventListener('abort', halt);
  return { done, failed: failedKinds.length, notStarted: schedule.waiting.length, error, failedKinds };
}
