import { command } from '../command.js';
import { specPositional } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { readSpec } from '../read-spec.js';

export const forceUnlockCommand = command({
  name: 'force-unlock',
  summary: 'release the lock of a run that died',
  details: ['The ID stands in the message of the run that was locked out. A wrong one changes nothing.'],
  examples: [['pgm force-unlock 3f0c6f5e-8d5b-4f6e-9a51-1f6f0d9f2a10', 'release that lock']],
  positionals: { id: { type: 'string', demandOption: true, describe: "the lock's ID" }, ...specPositional },
  options: {},
  interruption: 'at-once',
  async run(values, context) {
    const spec = await readSpec(values.spec, context);
    const { forceUnlock } = await import('../../apply/force-unlock.js');
    context.terminal.out.write(`${await forceUnlock(spec, values.id)}\n`);
    return exitCodes.ok;
  },
});
