import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { bashCompletion, zshCompletion } from '../../src/cli/completion-script.js';

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

/** What bash offers at the end of a line. */
function offered(line: string): string[] {
  const words = line.split(' ');
  const script = `${bashCompletion(commands)}
COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${String(words.length - 1)}; _pgm; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: import.meta.dirname });
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
    ['pgm plan complet', ['completion.test.ts']],
  ])('%s', (line, words) => {
    expect(offered(line)).toEqual(words);
  });

  it('offers every command', () => {
    expect(offered('pgm ')).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
  });
});

describe('completion for zsh', () => {
  it.runIf(hasZsh)('is a script that zsh can read', () => {
    expect(spawnSync('zsh', ['-n'], { input: zshCompletion(commands), encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it('describes every command', () => {
    const script = zshCompletion(commands);
    for (const { name, summary } of commands) expect(script).toContain(`'${name}:${summary.replaceAll("'", "'\\''")}'`);
  });
});
