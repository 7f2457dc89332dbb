import { UserError } from '../../errors.js';
import { command } from '../command.js';
import { goneOption, jsonOption, lockTimeoutOption, specPositional, verboseOption } from '../common-options.js';
import { freeGone } from '../free-gone.js';
import { readSpec } from '../read-spec.js';
import { runTeardown } from '../run-teardown.js';

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
    json: { ...jsonOption, describe: 'events as NDJSON on stdout' },
    verbose: verboseOption,
  },
  interruption: 'graceful',
  async run(values, context) {
    if (values.gone !== '') {
      if (!values.release)
        throw new UserError('pgm stop --gone: a lane whose other end is gone for good cannot be resumed', {
          kind: 'usage',
          code: 'PGM805',
          hint: 'pgm stop --release --gone drops what holds the other server',
        });
      return freeGone('stop', { ...values, 'auto-approve': true }, context);
    }
    const spec = await readSpec(values.spec, context);
    const wish = { command: 'stop', gone: null, release: values.release, open: false } as const;
    return runTeardown({ spec, specPath: values.spec, wish }, { ...values, 'auto-approve': true }, context);
  },
});
