import { UserError } from '../../errors.js';
import { command } from '../command.js';
import { durationOption, goneOption, jsonOption, lockTimeoutOption, specPositional } from '../common-options.js';
import { freeGone } from '../free-gone.js';
import { exitCodes } from '../exit-code.js';
import { readSpec, specArgument } from '../read-spec.js';

export const stopCommand = command({
  name: 'stop',
  summary: 'end copying and replication for now; data stays, pgm apply resumes',
  details: [
    'The slots stay, so that nothing is lost, and hold WAL on the source. ' +
      '--release drops them: then the next apply copies again.',
  ],
  examples: [
    ['pgm stop', 'pause; pgm apply goes on'],
    ['pgm stop --release', 'pause for long: the source keeps no WAL for it'],
  ],
  positionals: specPositional,
  options: {
    release: { type: 'boolean', default: false, describe: 'drop the replication slots too' },
    gone: goneOption,
    'lock-timeout': lockTimeoutOption,
    json: jsonOption,
  },
  interruption: 'graceful',
  async run(values, context) {
    if (values.gone !== '') {
      if (!values.release)
        throw new UserError('pgm stop --gone: a lane whose other end is gone for ever cannot be resumed', {
          kind: 'usage',
          code: 'PGM805',
          hint: 'pgm stop --release --gone drops what holds the other server',
        });
      return freeGone('stop', { ...values, 'auto-approve': true }, context);
    }
    const { out } = context.terminal;
    const lockTimeout = durationOption('lock-timeout', values['lock-timeout']);
    const spec = await readSpec(values.spec, context);
    const [{ stopMigration }, { showApply }] = await Promise.all([
      import('../../apply/stop-migration.js'),
      import('../../render/apply-display.js'),
    ]);
    const display = showApply(out, { json: values.json, verbose: false });
    if (!values.json) context.interruption.speakThrough(display.print);
    let stopped: boolean;
    try {
      stopped = await stopMigration(spec, { release: values.release, lockTimeout }, event => {
        display.report(event);
      });
    } catch (error) {
      display.fail(error);
      throw error;
    }
    display.close();
    if (!values.json && stopped)
      out.write(
        `${out.palette.green.bold('Stopped.')} The data that is on the target stays. ` +
          `To go on: pgm apply${specArgument(values.spec)}\n`,
      );
    return exitCodes.ok;
  },
});
