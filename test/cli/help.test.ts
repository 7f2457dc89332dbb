import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { commandHelp, mainHelp } from '../../src/cli/help.js';
import { parseCommandLine } from '../../src/cli/command-line.js';

describe('help', () => {
  it.each(commands.map(command => [command.name, command] as const))(
    'on %s begins with examples and names every option',
    (_, command) => {
      const text = commandHelp(command);
      expect(text).toMatch(/^Examples:\n/);
      for (const [option, { negated }] of Object.entries(command.options))
        expect(text).toContain(negated === true ? `--no-${option}` : `--${option}`);
    },
  );

  it('on pgm names every command and every exit code', () => {
    const text = mainHelp(commands);
    for (const { name } of commands) expect(text).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130])
      expect(text).toMatch(new RegExp(`^ {2}${String(code)} `, 'm'));
  });

  const examples = commands
    .flatMap(({ examples: lines }) => lines.map(([line]) => line))
    .filter(line => line.startsWith('pgm '));
  it.each(examples)('%s is an example that pgm takes', async example => {
    const words = (example.split(/ [>|] /)[0] ?? '').split(' ').slice(1);
    expect(await parseCommandLine(words, commands)).toMatchObject({ kind: 'run' });
  });
});
