import { didYouMean } from '../../did-you-mean.js';
import { UserError } from '../../errors.js';
import { renderCodeList, renderExplanation } from '../../render/explain-text.js';
import { command } from '../command.js';
import { exitCodes } from '../exit-code.js';
import { exitCodeMeaning } from '../help.js';
import { readExplanations } from '../explanations.js';

export const explainCommand = command({
  name: 'explain',
  summary: 'what a finding means, why it matters, how to fix it',
  examples: [
    ['pgm explain PGM201', 'one code'],
    ['pgm explain wal-level', 'the same by its name'],
    ['pgm explain 7', 'an exit code'],
    ['pgm explain', 'all codes'],
  ],
  positionals: { code: { type: 'string', describe: 'a code like PGM201 or PGMS010, its name, or an exit code' } },
  options: {},
  interruption: 'at-once',
  async run(values, { terminal: { out } }) {
    const explanations = await readExplanations();
    if (values.code === undefined) {
      out.print(renderCodeList(explanations, out.palette));
      return exitCodes.ok;
    }
    const asked = values.code.toLowerCase();
    const found = explanations.find(({ code, slug }) =>
      [code.toLowerCase(), code.toLowerCase().replace(/^pgm/, ''), slug].includes(asked),
    );
    const meaning = exitCodeMeaning(values.code);
    if (found === undefined && meaning !== null) {
      out.print(`Exit code ${values.code}: ${meaning}\n`);
      return exitCodes.ok;
    }
    if (found === undefined) {
      const meant = didYouMean(
        values.code,
        explanations.flatMap(({ code, slug }) => [code, slug]),
      );
      throw new UserError(`there is no code ${values.code}`, {
        kind: 'usage',
        code: 'PGM804',
        hint: meant === undefined ? 'pgm explain lists all codes' : `did you mean ${meant}?`,
      });
    }
    out.print(renderExplanation(found, out.palette));
    return exitCodes.ok;
  },
});
