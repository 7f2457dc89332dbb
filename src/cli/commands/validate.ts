import { plural } from '../../quantities.js';
import { command } from '../command.js';
import { jsonOption, specPositional } from '../common-options.js';
import { exitCodes } from '../exit-code.js';

export const validateCommand = command({
  name: 'validate',
  summary: 'check the spec offline: every mistake with its place and a hint',
  examples: [
    ['pgm validate', 'check pgm.yaml'],
    ['pgm validate other.yaml --json', 'diagnostics for a program'],
  ],
  positionals: specPositional,
  options: { json: jsonOption },
  interruption: 'at-once',
  async run(values, { terminal }) {
    const [{ loadSpec }, { SpecErrors }, { formatDiagnostic }] = await Promise.all([
      import('../../spec/load-spec.js'),
      import('../../spec/diagnostic.js'),
      import('../../spec/format-diagnostic.js'),
    ]);
    const show = (diagnostics: readonly unknown[], valid: boolean): void => {
      terminal.out.write(`${JSON.stringify({ format_version: 1, valid, diagnostics }, null, 2)}\n`);
    };
    try {
      const { spec, diagnostics, text } = loadSpec(values.spec);
      if (values.json) show(diagnostics, true);
      else {
        const warnings = diagnostics.map(
          diagnostic => `${formatDiagnostic(diagnostic, text, { color: terminal.out.palette.level > 0 })}\n\n`,
        );
        const counted = warnings.length === 0 ? '' : `, with ${plural(warnings.length, 'warning')}`;
        terminal.out.write(
          `${warnings.join('')}${terminal.out.palette.green('✓')} ${values.spec}: spec is ` +
            `valid${counted} (${spec.name}, method ${spec.method}, goal ${spec.goal})\n`,
        );
      }
      return exitCodes.ok;
    } catch (error) {
      if (!values.json || !(error instanceof SpecErrors)) throw error;
      show(error.diagnostics, false);
      return exitCodes.usage;
    }
  },
});
