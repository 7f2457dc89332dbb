import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** `npm ci` unless node_modules holds just what package-lock.json asks for. */
export function installPackages() {
  if (isInstalled()) return;
  run('installing npm packages', ['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
}

/**
 * Compares the lockfile with npm's own record of what it installed: content, not file times,
 * which a checkout changes. Optional packages may be for other platforms.
 */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf(join('node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => path === '' || entry.optional === true || present[path]?.version === entry.version);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
