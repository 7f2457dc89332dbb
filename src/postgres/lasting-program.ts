import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rmdir, unlink } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageFile } from '../package-file.js';
import { isProcess, type ProcessMark } from '../process-mark.js';

/**
 * Where a program that outlives pgm keeps what it says and how it ended. Plain JSON without secrets, for the lockfile.
 */
export interface LastingPlace {
  /** The machine. */
  readonly host: string;
  /** Ours alone (0700), in the folder for temporary files. */
  readonly folder: string;
}

/** `pid`: once it runs. */
export interface LastingBegin {
  readonly pid: number;
  readonly process: ProcessMark | null;
}

export interface LastingEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly cannotStart: string | null;
}

export interface LastingRequest {
  readonly argv: readonly string[];
  readonly folder: string;
}

/** Names in the folder. */
export const lastingFiles = { begun: 'begun', ended: 'ended', output: 'output' } as const;

const prefix = 'pgm-lasting-';
/** Milliseconds between two looks. */
const every = 100;

export async function makeLastingPlace(): Promise<LastingPlace> {
  return { host: hostname(), folder: await mkdtemp(join(tmpdir(), prefix)) };
}

/**
 * Starts a program that goes on to its end whatever becomes of pgm: in a session of its own, so that no signal to pgm's
 * group and no Ctrl-C reaches it, with its output in a file, so that it never writes to a pipe that nobody reads.
 * Returns when it runs. The environment is pgm's without libpq's variables, which may hold a password.
 */
export async function startLasting(argv: readonly string[], { folder }: LastingPlace): Promise<void> {
  const output = await open(join(folder, lastingFiles.output), 'wx', 0o600);
  try {
    const child = spawn(process.execPath, [packageFile('dist/postgres/lasting-process.js')], {
      stdio: ['pipe', output.fd, output.fd],
      detached: true,
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))),
    });
    child.stdin?.on('error', () => undefined);
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    child.stdin?.end(`${JSON.stringify({ argv, folder } satisfies LastingRequest)}\n`);
    child.unref();
    const told = new Promise<void>(resolve => child.once('exit', () => resolve()));
    await Promise.race([failed, told, untilBegun(folder)]);
  } finally {
    await output.close();
  }
}

async function untilBegun(folder: string): Promise<void> {
  while ((await readJson(join(folder, lastingFiles.begun))) === null) await sleep(every / 2);
}

/** How a program that was started there is. `unknown`: on another machine, or before this one was started anew. */
export type LastingState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not-begun' }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly end: LastingEnd }
  /** It was ended before it could say how. */
  | { readonly kind: 'lost' };

export async function lastingState({ host, folder }: LastingPlace): Promise<LastingState> {
  if (host !== hostname() || !isPlace(folder)) return { kind: 'unknown' };
  const begun = await readJson<LastingBegin>(join(folder, lastingFiles.begun));
  const ended = await readJson<LastingEnd>(join(folder, lastingFiles.ended));
  if (ended !== null) return { kind: 'ended', end: ended };
  if (begun === null) return { kind: 'not-begun' };
  return isProcess(begun.pid, begun.process) ? { kind: 'running' } : { kind: 'lost' };
}

/** The last of what it said on both its outputs; empty: nothing, or it cannot be read here. */
export async function lastingWords({ host, folder }: LastingPlace): Promise<string> {
  if (host !== hostname() || !isPlace(folder)) return '';
  const text = await readFile(join(folder, lastingFiles.output), 'utf8').catch(() => '');
  return text.slice(-2000).trim();
}

/** Takes the place away, with the files in it that are pgm's; what else lies there stays. */
export async function removeLastingPlace({ host, folder }: LastingPlace): Promise<void> {
  if (host !== hostname() || !isPlace(folder)) return;
  for (const name of Object.values(lastingFiles)) await unlink(join(folder, name)).catch(() => undefined);
  await rmdir(folder).catch(() => undefined);
}

/** A lockfile may come from anywhere: no other folder is read or removed on its word. */
function isPlace(folder: string): boolean {
  return dirname(folder) === tmpdir() && new RegExp(`^${prefix}[A-Za-z0-9]{6}$`).test(basename(folder));
}

async function readJson<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch {
    return null;
  }
}
