import { dropFence } from '../cutover/fence.js';
import { dropProgress as dropRecord, forgetRecord } from '../state/progress.js';
import type { StepKind } from './step-kind.js';

export interface DropProgressInput {
  readonly database: string;
  readonly migration: string;
  /** Where it is; left out: on the target. */
  readonly server?: 'source' | 'target';
  /** Triggers keep writers off the source's tables. */
  readonly fenced: boolean;
}

/** The record of the copy is of no use once nothing can be resumed. Another migration's stays. */
export const dropProgress: StepKind<DropProgressInput> = {
  kind: 'drop-progress',

  describe: ({ database, migration, fenced, server = 'target' }) => ({
    title: `drop pgm’s record of the copy${fenced ? ', and its triggers on the source' : ''}`,
    action: 'delete',
    server,
    database,
    object: server === 'target' ? '' : server,
    statements: [
      ...forgetRecord(migration).map(statement => `${statement};`),
      'drop schema pgm cascade;  -- unless something else is remembered in it',
      ...(fenced
        ? [
            'drop trigger if exists pgm_shut on …;  -- on the source, of each table that has it',
            'drop function if exists pgm.shut() cascade;  -- on the source',
            'drop schema pgm;  -- on the source, where nothing else is in it',
          ]
        : []),
    ],
    reversible: false,
  }),

  async run(context, { database, migration, fenced, server = 'target' }) {
    if (fenced) await context.withSource(database, dropFence);
    await context[server === 'source' ? 'withSource' : 'withTarget'](database, session =>
      dropRecord(session, migration),
    );
    return {};
  },
};
