import { askForYes, requireApprovalPossible, requireNoReview } from '../approval.js';
import { command } from '../command.js';
import {
  autoApproveOption,
  durationOption,
  goneOption,
  jsonOption,
  lockTimeoutOption,
  specPositional,
} from '../common-options.js';
import { freeGone } from '../free-gone.js';
import { exitCodes } from '../exit-code.js';
import { readSpec } from '../read-spec.js';

export const destroyCommand = command({
  name: 'destroy',
  summary: 'drop all that pgm made and put settings back; migrated data stays',
  examples: [
    ['pgm destroy', 'show what would be dropped, ask, drop it'],
    ['pgm destroy --auto-approve', 'without asking'],
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
    json: jsonOption,
  },
  interruption: 'graceful',
  async run(values, context) {
    if (values.gone !== '') return freeGone('destroy', values, context);
    requireApprovalPossible('destroy', { autoApprove: values['auto-approve'], json: values.json });
    const { out } = context.terminal;
    const lockTimeout = durationOption('lock-timeout', values['lock-timeout']);
    const spec = await readSpec(values.spec, context);
    if (values['auto-approve'] && spec.approval.review.includes('destroy')) requireNoReview(['destroy'], null);
    const [{ destroyMigration }, { showApply }, { oneLine }] = await Promise.all([
      import('../../apply/destroy-migration.js'),
      import('../../render/apply-display.js'),
      import('../../render/printable.js'),
    ]);
    const display = showApply(out, { json: values.json, verbose: false });
    const approve = async (lines: readonly string[], stays: readonly string[]): Promise<boolean> => {
      if (!values.json)
        out.write(
          `${lines.map(line => `  ${out.palette.red('-')} ${oneLine(line)}\n`).join('')}${stays.map(line => `  ${out.palette.yellow('!')} ${oneLine(line)}\n`).join('')}\nDestroy: ${String(lines.length)} ` +
            'to undo. Migrated data stays where it is.\n',
        );
      return values['auto-approve'] || (await askForYes('Do you really want to destroy what pgm made?', context));
    };
    if (!values.json) context.interruption.speakThrough(display.print);
    let outcome: Awaited<ReturnType<typeof destroyMigration>>;
    try {
      outcome = await destroyMigration(spec, { approve, lockTimeout, open: values.open }, event => {
        display.report(event);
      });
    } catch (error) {
      display.fail(error);
      throw error;
    }
    display.close();
    if (!values.json && outcome !== 'nothing-to-do')
      out.write(
        `${out.palette.green.bold('Destroy complete!')} ${outcome === 'left' ? `What is left of ${spec.name} stands above, with its SQL` : `Nothing of ${spec.name} is left but the migrated data`}.\n`,
      );
    return exitCodes.ok;
  },
});
