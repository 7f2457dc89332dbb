import { readFileSync } from 'node:fs';
import type { MigrationReport } from '../../apply/report.js';
import { UserError } from '../../errors.js';
import { writeOwnFile } from '../../own-file.js';
import { whileReading } from '../../render/reading-notice.js';
import { plain } from '../../render/palette.js';
import type { VerifyReport } from '../../verify/report.js';
import { command, type Context } from '../command.js';
import { specPositional } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { readSpec } from '../read-spec.js';

export const reportCommand = command({
  name: 'report',
  summary: 'what was moved, how long it took, what was compared: for those who sign off',
  details: [
    'Made from what is recorded and from what the servers show now; works at any ' +
      'time, also when the source is gone. Changes nothing.',
  ],
  examples: [
    ['pgm report', 'in the terminal'],
    ['pgm report --format html --out report.html', 'one page to read, print and keep'],
    ['pgm verify --json > verify.json; pgm report --verification verify.json', 'with that comparison in it'],
  ],
  positionals: specPositional,
  options: {
    format: { type: 'string', choices: ['text', 'json', 'html'], default: 'text', describe: 'how to write it' },
    json: { type: 'boolean', default: false, describe: 'the same as --format json' },
    out: { type: 'string', alias: 'o', placeholder: 'FILE', describe: 'write it there instead of stdout' },
    verification: {
      type: 'string',
      placeholder: 'FILE',
      describe: 'what pgm verify --json printed, to be in the report too',
    },
  },
  interruption: 'at-once',
  async run(values, context) {
    const spec = await readSpec(values.spec, context);
    const verification = values.verification === undefined ? null : readVerification(values.verification, spec.name);
    const { readReport } = await import('../../apply/read-report.js');
    const report = await whileReading(context.terminal.error, () => readReport(spec, verification));
    const text = await render(report, values.json ? 'json' : values.format, values.out === undefined ? context : null);
    if (values.out === undefined) context.terminal.out.write(text);
    else writeOut(values.out, text);
    return exitCodes.ok;
  },
});

async function render(
  report: MigrationReport,
  format: 'text' | 'json' | 'html',
  context: Context | null,
): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'html': {
      const { renderReportHtml } = await import('../../render/report-html.js');
      return renderReportHtml(report);
    }
    case 'text': {
      const { renderReport } = await import('../../render/report-text.js');
      return renderReport(report, { palette: context?.terminal.out.palette ?? plain });
    }
  }
}

function readVerification(file: string, name: string): VerifyReport {
  let report: Partial<VerifyReport>;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Partial<VerifyReport>;
  } catch (error) {
    throw new UserError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`, {
      kind: 'usage',
      code: 'PGM823',
      cause: error,
    });
  }
  if (!Array.isArray(report.databases) || report.depth === undefined)
    throw new UserError(`${file} is not what pgm verify --json prints`, {
      kind: 'usage',
      code: 'PGM823',
      hint: 'pgm verify --json > FILE',
    });
  if (report.name !== name)
    throw new UserError(`${file} is of migration "${String(report.name)}", the spec's is "${name}"`, {
      kind: 'usage',
      code: 'PGM823',
    });
  return report as VerifyReport;
}

function writeOut(file: string, text: string): void {
  try {
    writeOwnFile(file, text, 0o644);
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      kind: 'usage',
      code: 'PGM822',
      cause: error,
    });
  }
}
