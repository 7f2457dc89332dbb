import type { PlannedStep } from '../steps/step-kind.js';

/** Steps one after another. */
export class Chain {
  readonly steps: PlannedStep[] = [];
  /** What the next step waits for. */
  last: readonly string[];

  constructor(after: readonly string[]) {
    this.last = after;
  }

  add(...steps: readonly PlannedStep[]): void {
    for (const step of steps) {
      this.steps.push({ ...step, dependsOn: this.last });
      this.last = [step.id];
    }
  }

  /** Runs beside what was added since `after`; what is added later waits for it too. */
  addBeside(steps: readonly PlannedStep[], after: readonly string[]): void {
    for (const step of steps) this.steps.push({ ...step, dependsOn: after });
    this.last = [...this.last, ...steps.map(step => step.id)];
  }
}
