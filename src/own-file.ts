import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * A name beside `path` that nobody can foresee: whoever may write in the folder cannot lay a link there for us to
 * follow. Opened with {@link ownFlags} it is a new file in any case.
 */
export function temporaryBeside(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.tmp`;
}

/** Windows knows none. */
const nofollow = (constants as { readonly O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;

/** Never through a link, never into what was there. */
export const ownFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | nofollow;

/** Milliseconds after which nobody writes on such a file any more. */
const abandoned = 60_000;

/**
 * Removes what killed runs have left beside `path`. Whatever fails disturbs nobody.
 * @param age milliseconds; 0 where nobody else writes, by the run's lock
 */
export function removeAbandoned(path: string, age = abandoned): void {
  const [folder, name] = [dirname(path), basename(path)];
  try {
    for (const each of readdirSync(folder)) {
      if (!each.startsWith(`${name}.`) || !/^\.[0-9a-f]{16}\.tmp$/.test(each.slice(name.length))) continue;
      const file = join(folder, each);
      // The file system tells parts of a millisecond, the clock does not.
      if (Date.now() - Math.floor(lstatSync(file).mtimeMs) >= age) rmSync(file, { force: true });
    }
  } catch {
    // The next run tries again.
  }
}

/**
 * Writes a file that the user named, whole or not at all; a link of that name is replaced, not followed. What is no
 * file, such as /dev/stdout, is written to.
 * @param mode of the new file
 * @throws system errors
 */
export function writeOwnFile(path: string, content: string, mode: number): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (
    found?.isDirectory() === true ||
    /^\/(dev\/(std(out|err)$|fd\/)|proc\/)/.test(path) ||
    (found !== undefined && !found.isFile())
  ) {
    writeFileSync(path, content);
    return;
  }
  removeAbandoned(path);
  const temporary = temporaryBeside(path);
  const file = openSync(temporary, ownFlags, mode);
  try {
    writeFileSync(file, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
