import { dropFence } from '../cutover/fence.js';
import { dropProgress as dropRecord } from '../state/progress.js';
import type { StepKind } from './step-kind.js';

export interface DropProgressInput {
  readonly database: string;
  /** Triggers keep writers off the source's tables. */
  readonly fenced: boolean;
}

/** The record of the copy is of no use once nothing can be resumed. Another migration's stays. */
export const dropProgress: StepKind<DropProgressInput> = {
  kind: 'drop-progress',

  describe: ({ database, fenced }) => ({
    title: `drop pgm’s record of the copy${fenced ? ', and its triggers on the source' : ''}`,
    action: 'delete',
    server: 'target',
    database,
    statements: [
      'drop schema pgm cascade;',
      ...(fenced ? ['drop trigger pgm_shut on … ; drop schema pgm;  -- on the source'] : []),
    ],
    reversible: false,
  }),

  async run(context, { database, fenced }) {
    if (fenced) await context.withSource(database, dropFence);
    await context.withTarget(database, target => dropRecord(target, context.spec.name));
    return {};
  },
};
