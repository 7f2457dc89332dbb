import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ownFlags, removeAbandoned, temporaryBeside } from '../own-file.js';

/**
 * Replaces a file's content in one go: temporary file, fsync, rename, fsync of the folder. A crash leaves the old
 * content or the new one. A symbolic link stays one, and the file keeps its mode.
 * @throws system errors (EROFS, ENOSPC, EACCES …); the old content is still there then
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const real = await realpath(path).catch(() => path);
  const mode = await stat(real).then(
    found => found.mode & 0o777,
    () => 0o644,
  );
  removeAbandoned(real, 0);
  const temporary = temporaryBeside(real);
  const file = await open(temporary, ownFlags, mode);
  try {
    await file.writeFile(content);
    await file.sync();
    await rename(temporary, real);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
  await syncFolder(dirname(real));
}

/** Makes a rename, link or unlink in the folder durable, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  // Some network file systems and Windows refuse to sync a folder.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** What a system error means for a file that pgm keeps, in words; undefined for an error that is none. */
export function explainFileError(error: unknown): string | undefined {
  switch ((error as { code?: unknown } | null)?.code) {
    case 'EROFS':
      return 'the file system is read-only';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no space is left on the disk';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'the folder does not exist';
    case 'EISDIR':
      return 'it is a folder';
    case 'EIO':
      return 'the disk reported an error';
    default:
      return undefined;
  }
}
