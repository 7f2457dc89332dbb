import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** Written by scripts/build.mjs with the time the build began. */
export const stamp = join(root, 'dist', '.built');

/** `npm run build` when a source file is newer than the last build. */
export function buildWhenStale() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (newest() <= built) return;
  run('building', [process.execPath, 'scripts/build.mjs']);
}

function newest() {
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map(name => join('src', name));
  return Math.max(...['package.json', 'tsconfig.json', 'tsconfig.build.json', ...sources].map(file => statSync(join(root, file)).mtimeMs));
}
