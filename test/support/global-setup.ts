import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { newestClientsBin } from '../../scripts/setup/newest-clients.mjs';
import { onContainers, removeContainersOf } from './containers.js';
import { outcomesText } from './recoveries.js';
import { destroyServer, type LocalServer } from '../../src/cli/demo/server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Everything a run writes lies below this folder; the server's user may enter it. */
    runFolder: string;
  }
}

/**
 * Before the tests of a project: a build of what is in src, and one folder for the run. After them: the total of the
 * faults that ran, and nothing is left.
 */
export default function setup(project: TestProject): () => void {
  buildOnce();
  preferNewestClients();
  const runFolder = mkdtempSync(join(tmpdir(), 'pgm-test-'));
  chmodSync(runFolder, 0o755);
  project.provide('runFolder', runFolder);
  const cleanUp = (): void => {
    removeRunFolder(runFolder);
  };
  process.once('exit', cleanUp);
  return () => {
    const faults = outcomesText(runFolder);
    if (faults !== null) console.log(`\n${faults}\n`);
    cleanUp();
  };
}

/** Both projects begin here, in one process. */
function buildOnce(): void {
  if (process.env['PGM_TESTS_BUILT'] !== undefined) return;
  process.env['PGM_TESTS_BUILT'] = 'yes';
  const build = spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { stdio: ['ignore', 2, 2] });
  if (build.status !== 0) console.error('The build has errors; bin/pgm.js may be older than src.');
}

/** Where set-up unpacked a newer pg_dump than the system's, tests and the pgm they start find it first. */
function preferNewestClients(): void {
  const bin = newestClientsBin();
  const path = process.env['PATH'] ?? '';
  if (existsSync(bin) && !path.startsWith(bin)) process.env['PATH'] = `${bin}${delimiter}${path}`;
}

/** Test files stop their own servers; this is for those that a killed worker left behind. */
function removeRunFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (onContainers) removeContainersOf(folder);
  for (const name of readdirSync(folder)) {
    const description = join(folder, name, 'server.json');
    if (existsSync(description)) destroyServer(JSON.parse(readFileSync(description, 'utf8')) as LocalServer);
  }
  rmSync(folder, { recursive: true, force: true });
}
