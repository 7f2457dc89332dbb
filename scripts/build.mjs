// `npm run build`: joins the modules of src into few files in dist, since a command that loads 300 files starts twice
// as slowly. What npm installs beside pgm stays outside. Types are `npm run types`.
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { isStale, stamp } from './setup/build.mjs';
import { root } from './setup/run.mjs';

/**
 * Modules that keep their path and name: those that are started, and those that scripts, tests and benchmarks take by
 * themselves.
 */
const entries = [
  'cli/main',
  'cli/demo/restart-server',
  'cutover/dead-man-process',
  'postgres/keeper-process',
  'postgres/lasting-process',
  'checks/all-codes',
  'checks/catalogue',
  'cli/exit-code',
  'cli/commands',
  'cli/command-line',
  'cli/help',
  'steps/step-traits',
  'inspect/kinds',
  'cli/demo/server',
  'cli/demo/server-binaries',
  'postgres/connection',
  'state/file-backend',
  'state/run-lock',
];

if (process.argv.includes('--if-stale') && !isStale()) process.exit();
const began = new Date();
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const outside = Object.keys(dependencies);

const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(entries.map(name => [name, `src/${name}.ts`])),
  platform: 'node',
  external: id => outside.some(name => id === name || id.startsWith(`${name}/`)),
});
// An error leaves the last build as it is.
const [dist, fresh] = ['dist', 'dist.new'].map(name => join(root, name));
rmSync(fresh, { recursive: true, force: true });
await bundle.write({ dir: fresh, format: 'esm', chunkFileNames: 'parts/[name]-[hash].js' });
await bundle.close();
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
writeFileSync(stamp, '');
utimesSync(stamp, began, began);
