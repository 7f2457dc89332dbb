import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors.js';
import { explainFileError, syncFolder } from './durable-file.js';
import { parseHolder, type Holder } from './holder.js';

/** The file that exists while a run is at work on a lockfile; its content is the holder, its mtime the heartbeat. */
export function runFilePath(lockfile: string): string {
  return `${lockfile}.run`;
}

/** Who holds the file; null: nobody. A file that is not pgm's counts as held by nobody known. */
export async function readRunFile(path: string): Promise<Holder | null> {
  try {
    const text = await readFile(path, 'utf8');
    const holder = parseHolder(text);
    if (holder !== null) return holder;
    throw new UserError(`${path} is not a lock of pgm.`, {
      kind: 'locked',
      code: 'lock-unreadable',
      hint: 'Check what it is; if no pgm is running, delete it.',
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw explained(path, 'read', error);
  }
}

/** Milliseconds since the holder's last heartbeat, by this machine's clock; null: no file. */
export async function runFileAge(path: string): Promise<number | null> {
  return await stat(path).then(
    found => Date.now() - found.mtimeMs,
    () => null,
  );
}

/**
 * Takes the file if nobody has it. @returns false when somebody has. @throws UserError when the folder is not writable
 */
export async function takeRunFile(path: string, holder: Holder): Promise<boolean> {
  // A link appears with its content in it: nobody ever reads a half-written one.
  const own = `${path}.${holder.id}`;
  try {
    await writeFile(own, `${JSON.stringify(holder, null, 2)}\n`, { flag: 'wx' });
    return await claimName(own, path);
  } catch (error) {
    throw explained(path, 'made', error);
  } finally {
    await rm(own, { force: true }).catch(() => undefined);
  }
}

/** Renews the heartbeat of the file. Never throws: whether it is still ours is for {@link holdsRunFile}. */
export async function touchRunFile(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

export async function holdsRunFile(path: string, holder: Holder): Promise<boolean> {
  return (await readRunFile(path))?.id === holder.id;
}

/**
 * Removes the file of that holder, and no other's.
 * @returns false when it was somebody else's or gone
 */
export async function removeRunFile(path: string, id: string): Promise<boolean> {
  if ((await readRunFile(path))?.id !== id) return false;
  // Renamed first, then looked at again: between the look and the removal it may have changed hands.
  const aside = `${path}.${id}.gone`;
  try {
    await rename(path, aside);
    const removed = (await readRunFile(aside))?.id === id;
    if (!removed) await link(aside, path).catch(() => undefined);
    await rm(aside, { force: true });
    await syncFolder(dirname(path));
    return removed;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return false;
    throw explained(path, 'removed', error);
  }
}

async function claimName(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    // A file system without links.
    try {
      await writeFile(path, await readFile(own), { flag: 'wx' });
    } catch (second) {
      if ((second as { code?: unknown }).code === 'EEXIST') return false;
      throw second;
    }
  }
  await syncFolder(dirname(path));
  return true;
}

function explained(path: string, done: 'read' | 'made' | 'removed', error: unknown): unknown {
  const why = explainFileError(error);
  if (why === undefined || error instanceof UserError) return error;
  return new UserError(`${path} cannot be ${done}: ${why}.`, {
    code: 'state-unwritable',
    hint:
      'pgm needs to write beside the spec; make the folder writable for this user, or keep ' +
      'the state in a database: state: {postgres: ${STATE_URL}}.',
    cause: error,
  });
}
