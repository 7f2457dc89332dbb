import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/command-line.js';
import { commands } from '../../src/cli/commands.js';
import { readExplanations } from '../../src/cli/explanations.js';
import { loadSpecText } from '../../src/spec/load-spec.js';
import { fakeEnvironment } from '../spec/environment.js';
import { anchors, brokenLinks, codeBlocks, commandLines, readPages } from './markdown.js';

const pages = readPages();

/** Every variable that the specs name, each an address of its own. */
const variables = Object.fromEntries(
  pages
    .flatMap(({ text }) => [...text.matchAll(/\$\{([A-Z_]+)\b/g)].map(([, name = '']) => name))
    .map(name => [name, `postgres://migrator:secret@${name.toLowerCase().replaceAll('_', '-')}.example.com/postgres`]),
);

const specs = pages.flatMap(({ path, text }) =>
  codeBlocks(text)
    .filter(({ language, text: body }) => language === 'yaml' && /^version: 1$/m.test(body))
    .map(block => ({ where: `${path}:${block.line}`, text: block.text })),
);

const lines = pages.flatMap(({ path, text }) => commandLines(text).map(line => ({ path, line })));

describe('pages', () => {
  it.each(specs)('the spec at $where is valid', ({ where, text }) => {
    const { diagnostics } = loadSpecText(text, where, fakeEnvironment(variables));
    expect(diagnostics).toEqual([]);
  });

  it.each(pages)('the links of $path lead somewhere', page => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it.each(lines)('$path: pgm takes "$line"', async ({ line }) => {
    expect((await parseCommandLine(line.split(/ +/).slice(1), commands)).kind).toMatch(/^(run|help)$/);
  });

  it.each(pages)('every code that $path names exists', async ({ text }) => {
    const known = new Set((await readExplanations()).map(({ code }) => code));
    const named = [...text.matchAll(/\bPGMS?\d{3}\b/g)].map(([code]) => code);
    expect(named.filter(code => !known.has(code))).toEqual([]);
  });

  it('finds what is wrong', () => {
    const page = { path: 'docs/README.md', text: '[a](nowhere.md) [b](../README.md#nowhere) [c](../README.md#limits)' };
    expect(brokenLinks(page)).toEqual(['nowhere.md', '../README.md#nowhere']);
    expect([...anchors('# A `b`: c\n## Same\n## Same')]).toEqual(['a-b-c', 'same', 'same-1']);
    expect(commandLines('```sh\npgm plan --out p.json && pgm apply p.json   # both\n```\n`pgm stop`')).toEqual([
      'pgm plan --out p.json',
      'pgm apply p.json',
      'pgm stop',
    ]);
  });
});
