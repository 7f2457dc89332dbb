import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopServer, startServer, type LocalServer } from './servers.js';

/** A file system of its own in memory, under part of a server's data. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves so many bytes free. */
  fill(free: number): void;
  makeRoom(): void;
  /** Unmounts it; nobody may use it any more. */
  remove(): void;
}

/** Only root may mount, and not in every container. */
export const canMount =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  readFileSync('/proc/self/status', 'utf8')
    .split('\n')
    .some(line => /^CapEff:/.test(line) && (BigInt(`0x${line.split('\t')[1] ?? '0'}`) & (1n << 21n)) !== 0n);

/**
 * Moves a folder of a server's data (`base`, `pg_wal` …) onto a small disk and starts the server again.
 * @param size bytes
 */
export async function moveToSmallDisk(server: LocalServer, part: string, size: number): Promise<SmallDisk> {
  await stopServer(server);
  const folder = join(server.folder, `disk-${part}`);
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  const inData = join(server.folder, 'data', part);
  cpSync(inData, join(folder, part), { recursive: true, preserveTimestamps: true });
  renameSync(inData, `${inData}.before`);
  rmSync(`${inData}.before`, { recursive: true });
  symlinkSync(join(folder, part), inData);
  if (server.user !== undefined) execFileSync('chown', ['-R', `${server.user.uid}:${server.user.gid}`, folder]);
  await startServer(server);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: free => {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free)));
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    remove: () => execFileSync('umount', ['-l', folder]),
  };
}
