import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { isSystemError } from './system-error.js';

/** What a connection or a spec may take from the machine it is read on. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Home folder, for ~/.pgpass and its like. */
  readonly home: string | undefined;
  /** Name of the operating system's user, libpq's default role. */
  readonly userName: string | undefined;
  /** False where file modes mean nothing (Windows). */
  readonly hasFileModes: boolean;
  /** Text and permission bits of a regular file; undefined when there is none. Throws when it cannot be read. */
  readFile(path: string): { readonly text: string; readonly mode: number } | undefined;
  /** False: the file is another user's, such as root's. */
  ownsFile?(path: string): boolean;
  /** True for files and folders alike. */
  exists(path: string): boolean;
}

/** The environment of this process. */
export function processEnvironment(): Environment {
  return {
    env: process.env,
    home: process.env.HOME ?? homedir(),
    userName: userName(),
    hasFileModes: process.platform !== 'win32',
    readFile,
    exists: existsSync,
    ownsFile: path => statSync(path).uid === process.getuid?.(),
  };
}

function readFile(path: string): { text: string; mode: number } | undefined {
  try {
    const { mode } = statSync(path);
    return { text: readFileSync(path, 'utf8'), mode };
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Undefined for a user id without an entry in the user database, as containers have them. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
