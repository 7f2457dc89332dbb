import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** Written by scripts/build.mjs with the time the build began. */
export const stamp = join(root, 'dist', '.built');

export function buildWhenStale() {
  if (isStale()) run('building', [process.execPath, 'scripts/build.mjs']);
}

/** True when a source file is newer than the last build, or was removed since. */
export function isStale() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map(name => join('src', name));
  const inputs = ['package.json', 'tsconfig.json', 'src', ...sources];
  return inputs.some(file => (statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > built);
}
