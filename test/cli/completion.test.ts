import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { bashCompletion, fishCompletion, zshCompletion } from '../../src/cli/completion-script.js';
import { completionWords } from '../../src/cli/completion-words.js';

const completed = completionWords(commands, ['PGM101', 'PGM201', 'PGMS010']);
const hasFish = spawnSync('fish', ['--version']).status === 0;
const examples = join(import.meta.dirname, '../../examples');
const hasZsh = spawnSync('zsh', ['--version']).status === 0;

/** What bash offers at the end of a line. */
function offered(line: string): string[] {
  const words = line.split(' ');
  const script = `${bashCompletion(completed)}
COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${String(words.length - 1)}; _pgm; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '../../examples'),
  });
  expect(stderr).toBe('');
  return stdout.trim().split('\n').filter(Boolean);
}

describe('completion for bash', () => {
  it.each([
    ['pgm p', ['plan']],
    ['pgm cl', ['close']],
    ['pgm plan --go', ['--goal']],
    ['pgm plan --goal s', ['synced']],
    ['pgm apply --goal cutover --no-', ['--no-color']],
    ['pgm schema v', ['verify']],
    ['pgm plan min', ['minimal.yaml']],
    ['pgm plan co', ['container']],
    ['pgm apply --goal cutover du', ['dump.yaml']],
    ['pgm explain PGM2', ['PGM201']],
    ['pgm help ver', ['verify', 'version']],
    ['pgm completion f', ['fish']],
  ])('%s', (line, words) => {
    expect(offered(line)).toEqual(words);
  });

  it('offers every command', () => {
    expect(offered('pgm ')).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
  });
});

describe('completion for zsh', () => {
  it.runIf(hasZsh)('is a script that zsh can read', () => {
    expect(spawnSync('zsh', ['-n'], { input: zshCompletion(completed), encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it('describes every command', () => {
    const script = zshCompletion(completed);
    for (const { name, summary } of commands) expect(script).toContain(`'${name}:${summary.replaceAll("'", "'\\''")}'`);
  });
});

describe('completion for fish', () => {
  it.runIf(hasFish).each([
    ['pgm pl', ['plan']],
    ['pgm plan --goal s', ['synced']],
    ['pgm plan min', ['minimal.yaml']],
    ['pgm explain PGM2', ['PGM201']],
    ['pgm completion f', ['fish']],
  ])('%s', (line, words) => {
    const script = `${fishCompletion(completed)}\ncomplete -C '${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], { encoding: 'utf8', cwd: examples });
    expect(stderr).toBe('');
    expect(
      stdout
        .split('\n')
        .flatMap(each => each.split('\t')[0] ?? [])
        .filter(Boolean),
    ).toEqual(words);
  });

  it('offers commands, options, choices, specs, saved plans and codes', () => {
    const lines = fishCompletion(completed).split('\n');
    const within = (name: string): string[] => lines.filter(line => line.includes(`seen_subcommand_from ${name}'`));
    for (const { name } of commands)
      expect(
        lines.some(line => line.includes(` -a ${name} -d `)),
        name,
      ).toBe(true);
    expect(within('plan').join('\n')).toContain(
      "-l goal -d 'go this far instead of the spec'\\''s goal' -r -a 'prepared synced cutover ready'",
    );
    expect(within('plan').join('\n')).toContain("-a '(__fish_complete_suffix .yaml) (__fish_complete_suffix .yml)'");
    expect(within('apply').join('\n')).toContain('(__fish_complete_suffix .json)');
    expect(within('explain').join('\n')).toContain("-a 'PGM101 PGM201 PGMS010'");
  });
});
