import { requireApprovalPossible } from '../approval.js';
import { command } from '../command.js';
import {
  autoApproveOption,
  goneOption,
  jsonOption,
  lockTimeoutOption,
  specPositional,
  verboseOption,
} from '../common-options.js';
import { freeGone } from '../free-gone.js';
import { readSpec } from '../read-spec.js';
import { runTeardown } from '../run-teardown.js';

export const destroyCommand = command({
  name: 'destroy',
  summary: 'drop all that pgm made and put settings back; migrated data stays',
  examples: [
    ['pgm destroy', 'show what would be dropped, ask, drop it'],
    ['pgm destroy --auto-approve', 'without asking'],
    ['pgm plan --destroy --out plan.json', 'for review; pgm apply plan.json then does exactly that'],
    ['pgm destroy --gone target', 'the target is lost: free the source of slots and publications'],
  ],
  positionals: specPositional,
  options: {
    open: {
      type: 'boolean',
      default: false,
      describe: 'open also the server that handed the writes over: both sides take writes then',
    },
    gone: goneOption,
    'auto-approve': autoApproveOption,
    'lock-timeout': lockTimeoutOption,
    json: { ...jsonOption, describe: 'events as NDJSON on stdout; needs --auto-approve' },
    verbose: verboseOption,
  },
  interruption: 'graceful',
  async run(values, context) {
    if (values.gone !== '') return freeGone('destroy', values, context);
    requireApprovalPossible('destroy', { autoApprove: values['auto-approve'], json: values.json });
    const spec = await readSpec(values.spec, context);
    const wish = { command: 'destroy', gone: null, release: false, open: values.open } as const;
    return runTeardown({ spec, specPath: values.spec, wish }, values, context);
  },
});
