import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '../postgres/connection.js';

const localHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Bytes free where the data lives. PostgreSQL cannot tell, so it is known only when the server runs on this machine
 * and shows its data_directory.
 */
export async function freeDiskBytes(host: string, dataDirectory: string | undefined): Promise<number | null> {
  if (dataDirectory === undefined || !(host.startsWith('/') || localHosts.has(host))) return null;
  try {
    await statfs(join(dataDirectory, 'base')).catch(() => statfs(dataDirectory));
    const { bavail, bsize } = await statfs(dataDirectory);
    return bavail * bsize;
  } catch {
    return null;
  }
}

const memorySql =
  `select substring(pg_read_file('/proc/meminfo', 0, 4096, true) from ` +
  `'MemTotal:\\s+(\\d+) kB')::float8 * 1024 as bytes`;

/**
 * Main memory of the server's machine in bytes, read from Linux's /proc by roles that may read files; null: not to be
 * known.
 */
export async function memoryBytes(connection: Connection, canReadFiles: boolean): Promise<number | null> {
  if (!canReadFiles) return null;
  await connection.execute('savepoint memory');
  try {
    const { bytes } = await connection.row<{ bytes: number | null }>(memorySql);
    return bytes;
  } catch {
    await connection.execute('rollback to savepoint memory');
    return null;
  }
}
