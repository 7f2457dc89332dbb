import { command } from '../command.js';
import { applyOptions, goneOption, specPositional } from '../common-options.js';
import { freeGone } from '../free-gone.js';
import { applyWithGoal } from '../goal-change.js';

export const closeCommand = command({
  name: 'close',
  summary: 'end the migration: replication closed, all that pgm made dropped',
  details: ['Sets goal: ready in the spec file, then applies. There is no rollback after it.'],
  examples: [
    ['pgm close', 'show the steps, ask, clean up'],
    ['pgm close --auto-approve', 'without asking'],
    ['pgm close --gone source', 'the old server is lost: the target stands alone'],
  ],
  positionals: specPositional,
  options: { ...applyOptions, gone: goneOption },
  interruption: 'graceful',
  run: (values, context) =>
    values.gone !== ''
      ? freeGone('close', values, context)
      : applyWithGoal(
          'close',
          'ready',
          'Do you want to close this migration? There is no rollback after it.',
          values,
          context,
        ),
});
