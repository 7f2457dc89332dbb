import { constants } from 'node:fs';
import { copyFile, link, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { UserError } from '../errors.js';
import { shellWord } from '../shell-word.js';
import type { Expected, StateBackend } from './backend.js';
import { removeAbandoned, temporaryBeside } from '../own-file.js';
import { explainFileError, replaceFile, syncFolder } from './durable-file.js';
import type { Lockfile } from './lockfile.js';
import { formatLockfile, parseLockfile } from './lockfile-text.js';
import { readRunFile, runFilePath } from './run-file.js';

/** `shop.yaml` keeps its state in `shop.lock.json` beside it. */
export function lockfilePath(specPath: string): string {
  return `${specPath.replace(/\.ya?ml$/i, '')}.lock.json`;
}

/** The lockfile as a file beside the spec, with the last good one as `.backup`. */
export class FileBackend implements StateBackend {
  readonly kind = 'file';
  readonly #path: string;
  readonly #name: string;
  /** As it was last read; a run reads it before each write, and has nearly always written it itself. */
  #seen: { readonly text: string; readonly lockfile: Lockfile } | undefined;

  constructor(path: string, name: string) {
    this.#path = path;
    this.#name = name;
  }

  describe(): string {
    return this.#path;
  }

  async read(): Promise<Lockfile | null> {
    const content = await this.#text(this.#path);
    if (content === null) return null;
    if (content !== this.#seen?.text)
      this.#seen = {
        text: content,
        lockfile: parseLockfile(content, { place: this.#path, name: this.#name, remedy: await this.#wayBack() }),
      };
    return this.#seen.lockfile;
  }

  async warnings(): Promise<readonly string[]> {
    const [current, backup] = [await this.read(), await this.#readBackup()];
    if (backup === null) return [];
    if (current === null)
      return [`${this.#path} is gone, ${basename(this.#backupPath)} (serial ${backup.serial}) is still there.`];
    if (current.lineage !== backup.lineage || current.serial >= backup.serial) return [];
    return [
      `${this.#path} (serial ${current.serial}) is older than ${basename(this.#backupPath)} ` +
        `(serial ${backup.serial}): an earlier one was put back.`,
    ];
  }

  /** A file needs no fencing beyond the run's file: its ID is the token. */
  claim(holder: string): Promise<string> {
    return Promise.resolve(holder);
  }

  async write(next: Lockfile, expected: Expected): Promise<void> {
    const current = await this.#expect(expected);
    if (current !== null && current.lineage !== next.lineage) {
      throw new UserError(
        `${this.#path} is of another lineage (${current.lineage}) than what should be written (${next.lineage}).`,
        {
          code: 'state-foreign',
          hint:
            `It is the state of another migration of the name "${this.#name}": keep ` +
            'it, and give one of the two another name or folder.',
        },
      );
    }
    try {
      if (current !== null) await this.#keepBackup();
      const text = formatLockfile(next);
      await replaceFile(this.#path, text);
      this.#seen = { text, lockfile: next };
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  async remove(expected: Expected): Promise<void> {
    await this.#expect(expected);
    try {
      await rm(this.#path, { force: true });
      await rm(this.#backupPath, { force: true });
      await syncFolder(dirname(this.#path));
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  get #backupPath(): string {
    return `${this.#path}.backup`;
  }

  async #expect(expected: Expected): Promise<Lockfile | null> {
    const [current, run] = [await this.read(), await readRunFile(runFilePath(this.#path))];
    if (run !== null && run.id !== expected.token) {
      throw new UserError(`${this.#path} was taken over by another run (lock ID ${run.id}); nothing was written.`, {
        kind: 'locked',
        code: 'lock-lost',
      });
    }
    const serial = current?.serial ?? null;
    if (serial !== expected.serial) {
      throw new UserError(
        `${this.#path} was changed while this run was working: serial ${serial ?? 'none (no file)'}, ` +
          `expected ${expected.serial ?? 'none (no file)'}; nothing was written.`,
        {
          kind: 'locked',
          code: 'state-changed',
          hint:
            'See who changed it (another run, git checkout, an editor), then run ' +
            'pgm again: it goes on from what the servers say.',
        },
      );
    }
    return current;
  }

  /** The replaced file itself becomes the backup, by a link where the file system has them. */
  async #keepBackup(): Promise<void> {
    removeAbandoned(this.#backupPath, 0);
    const temporary = temporaryBeside(this.#backupPath);
    await link(this.#path, temporary).catch(() => copyFile(this.#path, temporary, constants.COPYFILE_EXCL));
    await rename(temporary, this.#backupPath);
  }

  async #readBackup(): Promise<Lockfile | null> {
    try {
      const content = await this.#text(this.#backupPath);
      return content === null
        ? null
        : parseLockfile(content, { place: this.#backupPath, name: this.#name, remedy: '' });
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  }

  async #wayBack(): Promise<string> {
    const backup = await this.#readBackup();
    const anew =
      `delete it (rm ${shellWord(this.#path)}): pgm apply recognises its ` +
      'own objects on the servers and rebuilds it';
    if (backup === null) return `Restore it from git, or ${anew}.`;
    return (
      `Put the last good one back (cp ${shellWord(this.#backupPath)} ${shellWord(this.#path)}; ` +
      `serial ${backup.serial} of ${backup.updated_at}), or ${anew}.`
    );
  }

  async #text(path: string): Promise<string | null> {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return null;
      const why = explainFileError(error);
      if (why === undefined) throw error;
      throw new UserError(`${path} cannot be read: ${why}.`, { code: 'state-unreadable', cause: error });
    }
  }

  #unwritable(error: unknown): unknown {
    const why = explainFileError(error);
    if (why === undefined) return error;
    return new UserError(`${this.#path} cannot be written: ${why}. What was in it is unchanged.`, {
      code: 'state-unwritable',
      hint: 'Make the folder writable for this user, or keep the state in a database: state: {postgres: ${STATE_URL}}.',
      cause: error,
    });
  }
}
