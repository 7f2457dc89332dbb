import type { StepKindName } from '../plan/plan.js';
import type { PlannedStep } from '../steps/step-kind.js';

export interface StepRunner {
  /** Runs one step; rejects when it failed. */
  run(step: PlannedStep): Promise<void>;
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
  const ids = new Set(steps.map(step => step.id));
  const waiting = new Set(steps);
  const running = new Map<PlannedStep, Promise<void>>();
  const done = new Set<string>();
  const failedKinds: StepKindName[] = [];
  let failed = 0;
  let error: unknown;
  const isReady = (step: PlannedStep): boolean => step.dependsOn.every(id => done.has(id) || !ids.has(id));
  const databaseOf = new Map(steps.map(step => [step.id, step.description.database]));
  /** What waits for other databases, such as the clean-up at the end, must not keep them from beginning. */
  const waitsForOthers = ({ description: { database }, dependsOn }: PlannedStep): boolean =>
    dependsOn.some(id => !done.has(id) && databaseOf.get(id) !== undefined && databaseOf.get(id) !== database);
  const activeDatabases = (): ReadonlySet<string> => {
    const active = new Set<string>();
    for (const step of steps) {
      const { database } = step.description;
      // A database counts from its first step to its last, so that a few are finished before others begin.
      if (database !== undefined && waiting.has(step) && !waitsForOthers(step) && steps.some(other => other.description.database === database && (done.has(other.id) || running.has(other)))) active.add(database);
      if (database !== undefined && running.has(step)) active.add(database);
    }
    return active;
  };
  let isHalted = false;
  const halt = (): void => {
    if (isHalted) return;
    isHalted = true;
    if (waiting.size > 0) runner.halted([...waiting]);
  };
  runner.signal.addEventListener('abort', halt);
  for (;;) {
    if (failed === 0 && !runner.signal.aborted) {
      const active = new Set(activeDatabases());
      for (const step of [...waiting].filter(isReady)) {
        const { database } = step.description;
        if (database !== undefined && !active.has(database) && active.size >= runner.databasesAtATime) continue;
        if (database !== undefined) active.add(database);
        waiting.delete(step);
        running.set(
          step,
          runner.run(step).then(
            () => void done.add(step.id),
            (reason: unknown) => {
              failed++;
              failedKinds.push(step.kind);
              error ??= reason;
            },
          ),
        );
      }
    }
    if (failed > 0 || runner.signal.aborted) halt();
    if (running.size === 0) break;
    await Promise.race([...running].map(async ([step, promise]) => promise.then(() => running.delete(step))));
  }
  runner.signal.removeEventListener('abort', halt);
  return { done: done.size, failed, notStarted: waiting.size, error, failedKinds };
}
