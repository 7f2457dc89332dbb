// Runs unit tests and the built command by other versions of Node.js than this one; npm brings their binaries.
//   node scripts/node-versions.mjs [versions] [--all]
// Without `--all` a part that takes seconds: reading specs and state, planning, and the command itself.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const { engines, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** The oldest that `engines` allows, and the kept-up lines after it. */
const supported = [`${engines.node.replace('>=', '')}.0`, '22', '24'];
const { values, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });

/** In the cache, from which `npm ci` of a later day takes it away. */
function binaryOf(wanted) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(root, 'node_modules/.cache/nodes', wanted);
  const binary = join(folder, 'node_modules', name, 'bin', platform === 'win' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const quietly = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--silent'];
  execFileSync('npm', ['install', '--prefix', folder, ...quietly, `${name}@${wanted}`], { stdio: 'inherit' });
  return binary;
}

const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const quick = ['test/plan', 'test/spec', 'test/state/lockfile', 'test/state/transitions'];
for (const wanted of positionals.length > 0 ? positionals : supported) {
  const node = binaryOf(wanted);
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(node, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
    if (status !== 0) process.exitCode = 1;
    return status === 0 ? stdout.trim() : `${stdout}${stderr}`;
  };
  const printed = run('bin/pgm.js', '--version');
  if (printed !== `pgm ${version}`) process.exitCode = 1;
  const told = run(vitest, 'run', '--project', 'unit', ...(values.all ? [] : quick));
  const tests = /Tests .*/.exec(told.replaceAll(/\x1b\[\d+m/g, ''))?.[0].replaceAll(/ +/g, ' ') ?? told;
  console.log(`Node.js ${run('--version')}: ${printed}; ${tests.trim()}`);
  if (process.exitCode === 1) console.log(told);
}
