import type { ApplyEvent } from '../apply/events.js';
import type { Progress } from '../progress.js';

export interface RunningStep {
  readonly id: string;
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly progress: Progress | null;
}

/** What is running, kept up to date by the events of an apply. */
export interface StepBoard {
  note(event: ApplyEvent): void;
  /** In the order they began. */
  running(): readonly RunningStep[];
  /** Steps done so far and, once the plan is known, all there are. */
  count(): { readonly done: number; readonly total: number | null };
  readonly titleOf: (step: string) => string;
}

export function createStepBoard(): StepBoard {
  const running = new Map<string, RunningStep>();
  const titles = new Map<string, string>();
  let done = 0;
  let total: number | null = null;
  return {
    note(event) {
      switch (event.type) {
        case 'plan':
          total = event.plan.steps.length;
          for (const step of event.plan.steps) titles.set(step.id, step.title);
          break;
        case 'step_start':
          titles.set(event.step, event.title);
          running.set(event.step, {
            id: event.step,
            title: event.title,
            startedAt: Date.parse(event.at),
            progress: null,
          });
          break;
        case 'step_progress': {
          const step = running.get(event.step);
          if (step !== undefined) running.set(event.step, { ...step, progress: event.progress });
          break;
        }
        case 'step_done':
          running.delete(event.step);
          done++;
          break;
        case 'step_failed':
          running.delete(event.step);
          break;
        case 'version':
        case 'diagnostic':
        case 'summary':
          break;
      }
    },
    running: () => [...running.values()],
    count: () => ({ done, total }),
    titleOf: step => titles.get(step) ?? step,
  };
}
