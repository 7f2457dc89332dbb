import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { UserError } from '../errors.js';

/** A commit as `git` gives it, so that it is never taken for an option. */
const commitName = /^[0-9a-f]{7,64}$/;

/** The commit that is checked out. */
export function headCommit(): string {
  return git(['rev-parse', 'HEAD']).trim();
}

/** Every spec of the repository, below this folder: YAML files that say `version`, `source` and `target`. */
export function allSpecs(): string[] {
  return git(['ls-files', '-z', '--', '*.yaml', '*.yml'])
    .split('\0')
    .filter(path => path !== '' && looksLikeSpec(path));
}

/**
 * The specs that differ from a commit: made, changed or moved since. null: the commit is not there (a shallow clone, a
 * first push), so that nobody knows.
 */
export function specsChangedSince(base: string, specs: readonly string[]): string[] | null {
  if (!commitName.test(base) || /^0+$/.test(base)) return null;
  try {
    git(['rev-parse', '--verify', '--quiet', `${base}^{commit}`]);
  } catch {
    return null;
  }
  // Three dots where the two have an ancestor in common: what the branch changed, not what happened beside it.
  const range = hasCommonAncestor(base) ? `${base}...HEAD` : `${base}..HEAD`;
  const changed = new Set(git(['diff', '--name-only', '-z', '--relative', range]).split('\0'));
  return specs.filter(path => changed.has(path));
}

function hasCommonAncestor(base: string): boolean {
  try {
    return git(['merge-base', base, 'HEAD']).trim() !== '';
  } catch {
    return false;
  }
}

function looksLikeSpec(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8');
    return ['version', 'source', 'target'].every(key => new RegExp(`^${key}\\s*:`, 'm').test(text));
  } catch {
    return false; // listed by git and not there: deleted
  }
}

function git(words: readonly string[]): string {
  try {
    return execFileSync('git', words, { encoding: 'utf8', maxBuffer: 100_000_000, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string };
    const said = (stderr ?? '').trim();
    throw new UserError(`git ${words[0] ?? ''} failed: ${said === '' ? String(error) : said}`, {
      code: 'PGM888',
      hint: 'pgm ci runs in the clone of the repository that holds the specs',
      cause: error,
    });
  }
}
