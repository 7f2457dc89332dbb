import { execFile } from 'node:child_process';
import { access, constants, readdir, realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../errors.js';
import { errorCode } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import type { LocalFacts } from './facts.js';
import { inspectHooks } from './hook-programs.js';

const run = promisify(execFile);

/** Folders where distributions put PostgreSQL's programs; `*` stands for the version. */
const usualFolders = [
  ['/usr/lib/postgresql', '*', 'bin'],
  ['/usr', 'pgsql-*', 'bin'],
  ['/opt/homebrew/opt', 'postgresql@*', 'bin'],
  ['/opt/homebrew/opt', 'libpq*', 'bin'],
  ['/usr/local/opt', 'postgresql@*', 'bin'],
  ['/usr/local/opt', 'libpq*', 'bin'],
  ['/Applications/Postgres.app/Contents/Versions', '*', 'bin'],
] as const;

type Program = NonNullable<LocalFacts['pgDump']>;

/**
 * The machine pgm runs on. `PGM_PG_BIN` names the folder of pg_dump and pg_restore and then is the only one looked in;
 * else PATH and the usual folders, and the newest found is taken: a new pg_dump reads every older server.
 */
export async function inspectLocal(
  spec: Pick<Spec, 'path' | 'cutover'> | null = null,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<LocalFacts> {
  const folders = await searchedFolders(environment);
  const [pgDump, pgRestore] = await Promise.all([newest(folders, 'pg_dump'), newest(folders, 'pg_restore')]);
  const hooks = spec === null ? {} : { hooks: await inspectHooks(spec, environment) };
  return { pgDump, pgRestore, cores: availableParallelism(), ...hooks };
}

async function searchedFolders(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const named = environment['PGM_PG_BIN'];
  if (named !== undefined && named !== '') return [named];
  const path = (environment['PATH'] ?? '').split(delimiter).filter(folder => folder !== '');
  const usual = await Promise.all(usualFolders.map(([root, pattern, bin]) => subfolders(root, pattern, bin)));
  return [...new Set([...path, ...usual.flat()])];
}

async function subfolders(root: string, pattern: string, bin: string): Promise<string[]> {
  const [before = '', after = ''] = pattern.split('*');
  const names = await readdir(root).catch(() => []);
  return names.filter(name => name.startsWith(before) && name.endsWith(after)).map(name => join(root, name, bin));
}

async function newest(folders: readonly string[], name: string): Promise<Program | null> {
  const found = await Promise.all(folders.map(folder => programIn(folder, name)));
  // Sorting is stable: of equal versions the one found first, so PATH goes before the usual folders.
  return found.filter(program => program !== null).sort((a, b) => b.major - a.major)[0] ?? null;
}

async function programIn(folder: string, name: string): Promise<Program | null> {
  const path = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
  try {
    await access(path, constants.X_OK);
    // Debian's wrapper chooses a version by itself; the programs it would choose from are found in their own folders.
    if (basename(await realpath(path)) === 'pg_wrapper') return null;
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    const version = /\(PostgreSQL\) (\d+[^\s]*)/.exec(stdout)?.[1];
    return version === undefined ? null : { path, major: Number.parseInt(version, 10), version };
  } catch (error) {
    // That it is not there is something else than that nothing can be started here.
    const why = exhausted[errorCode(error) ?? ''];
    if (why !== undefined)
      throw new UserError(`${path} cannot be run: ${why}`, { kind: 'stopped', code: 'PGM863', cause: error });
    return null;
  }
}

const exhausted: Readonly<Record<string, string>> = {
  EMFILE: 'too many files are open in this process (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  EAGAIN: 'no more processes can be started (ulimit -u)',
  ENOMEM: 'memory is used up',
};
