import { dropProgress as dropRecord } from '../state/progress.js';
import type { StepKind } from './step-kind.js';

export interface DropProgressInput {
  readonly database: string;
}

/** The record of the copy is of no use once nothing can be resumed. Another migration's stays. */
export const dropProgress: StepKind<DropProgressInput> = {
  kind: 'drop-progress',

  describe: ({ database }) => ({ title: 'drop pgm’s record of the copy', action: 'delete', server: 'target', database, statements: ['drop schema pgm cascade;'], reversible: false }),

  async run(context, { database }) {
    await context.withTarget(database, target => dropRecord(target, context.spec.name));
    return {};
  },
};
