import { command } from '../command.js';
import { applyOptions, specPositional } from '../common-options.js';
import { applyWithGoal } from '../goal-change.js';

export const rollbackCommand = command({
  name: 'rollback',
  summary: 'return to the source, with every row written on the target meanwhile',
  details: [
    'Sets goal: synced in the spec file, then applies. Needs cutover.failback: ' +
      'true in the spec; not possible after pgm close.',
  ],
  examples: [
    ['pgm rollback', 'show the steps, ask, roll back'],
    ['pgm rollback --auto-approve', 'without asking'],
  ],
  positionals: specPositional,
  options: applyOptions,
  interruption: 'graceful',
  run: (values, context) =>
    applyWithGoal('rollback', 'synced', 'Do you want to roll back to the source?', values, context),
});
