import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allSpecs, headCommit, specsChangedSince } from '../../src/ci/changed-specs.js';

const spec = 'version: 1\nname: x\nsource: {}\ntarget: {}\n';
let folder = '';

const git = (...argv: string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...argv], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();
const commit = (files: Record<string, string>): string => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  git('add', '--all');
  git('commit', '--quiet', '--message', 'x');
  return git('rev-parse', 'HEAD');
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgm-specs-'));
  git('init', '--quiet', '--initial-branch', 'main');
  // The unit tests share a process, so that its own folder stays.
  vi.stubEnv('GIT_DIR', join(folder, '.git'));
  vi.stubEnv('GIT_WORK_TREE', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('specs that a review changed', () => {
  it('are those of the branch, not what happened on main meanwhile', () => {
    const all = ['a/pgm.yaml', 'b/pgm.yaml'];
    commit({ 'a/pgm.yaml': spec, 'b/pgm.yaml': spec, 'deploy.yaml': 'version: 1\n' });
    git('checkout', '--quiet', '-b', 'work');
    const head = commit({ 'a/pgm.yaml': `${spec}goal: synced\n` });
    git('checkout', '--quiet', 'main');
    const main = commit({ 'b/pgm.yaml': `${spec}goal: prepared\n` });
    git('checkout', '--quiet', 'work');
    expect(specsChangedSince(main, all)).toEqual(['a/pgm.yaml']);
    expect(headCommit()).toBe(head);
  });

  it('are not known where the commit is not there, or is none', () => {
    commit({ 'pgm.yaml': spec });
    for (const base of ['0'.repeat(40), 'f'.repeat(40), '--output=x', 'main'])
      expect(specsChangedSince(base, ['pgm.yaml'])).toBeNull();
  });

  it('stand under names with any character', () => {
    const before = commit({ 'README.md': 'x' });
    const odd = 'a "b"\tü/pgm.yaml';
    commit({ [odd]: spec });
    expect(specsChangedSince(before, [odd])).toEqual([odd]);
  });

  it('are told by git when it is no repository', () => {
    vi.stubEnv('GIT_DIR', join(folder, 'nothing'));
    expect(() => allSpecs()).toThrow(/git ls-files failed/);
  });
});
