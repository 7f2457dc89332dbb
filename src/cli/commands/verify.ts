import type { VerifyReport } from '../../verify/report.js';
import { renderVerify } from '../../render/verify-text.js';
import { command } from '../command.js';
import { jsonOption, sizeOption, specPositional, verboseOption } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { readSpec, specArgument } from '../read-spec.js';

export const verifyCommand = command({
  name: 'verify',
  summary: 'compare source and target, row by row; exit 0 only if equal',
  details: ['Ends with 9 when anything differs, and shows which rows. May run while replication does.'],
  examples: [
    ['pgm verify', 'all rows of all tables, as deep as the spec says'],
    ['pgm verify --depth counts', 'row counts only, quicker'],
    ['pgm verify --max-rate 50MB', 'spare busy servers'],
    ['pgm verify --resume', 'go on where an interrupted one ended'],
    ['pgm verify --values', 'show what differing rows hold, not only their keys'],
  ],
  positionals: specPositional,
  options: {
    depth: { type: 'string', choices: ['full', 'sample', 'counts'], describe: "instead of the spec's" },
    values: { type: 'boolean', default: false, describe: 'show the values that differ; they may be personal data' },
    'max-rate': {
      type: 'string',
      placeholder: '50MB',
      describe: 'read no more than this per second from either server',
    },
    resume: {
      type: 'boolean',
      default: false,
      describe: 'go on where an interrupted verify ended; tables that were written to since are compared again',
    },
    json: jsonOption,
    verbose: verboseOption,
  },
  interruption: 'graceful',
  async run(values, context) {
    const { terminal, interruption } = context;
    const rate = values['max-rate'] === undefined ? undefined : sizeOption('max-rate', values['max-rate']);
    const spec = await readSpec(values.spec, context);
    const [{ verifyMigration }, { showSingleProgress }, { rememberDifferences }] = await Promise.all([
      import('../../apply/verify-migration.js'),
      import('../../render/single-progress.js'),
      import('../../apply/remember-differences.js'),
    ]);
    const progress = values.json ? null : showSingleProgress(terminal.out, 'verify');
    try {
      const report = await verifyMigration(
        spec,
        {
          ...(values.depth === undefined ? {} : { depth: values.depth }),
          ...(rate === undefined ? {} : { bytesPerSecond: rate }),
          resume: values.resume,
          values: values.values,
          signal: interruption.signal,
        },
        each => progress?.update(each),
      );
      progress?.close();
      const unnoted = await rememberDifferences(spec, report, interruption.signal);
      terminal.out.write(
        values.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : renderVerify(report, { palette: terminal.out.palette, verbose: values.verbose }),
      );
      if (unnoted !== null) terminal.error.write(`Not noted in the state: ${unnoted}\n`);
      return report.equal ? exitCodes.ok : exitCodes.different;
    } catch (error) {
      progress?.close();
      if (values.json) {
        const { reportError } = await import('../../postgres/errors.js');
        const report: VerifyReport = {
          format_version: 1,
          name: spec.name,
          depth: values.depth ?? (spec.verify === 'off' ? 'full' : spec.verify),
          equal: false,
          databases: [],
          seconds: 0,
          error: reportError(error),
        };
        terminal.out.write(`${JSON.stringify(report, null, 2)}\n`);
      }
      if (interruption.exitCode() !== null)
        terminal.error.write(
          `Tables that were found equal are noted. To go on: pgm verify${specArgument(values.spec)} --resume\n`,
        );
      throw error;
    } finally {
      progress?.close();
    }
  },
});
