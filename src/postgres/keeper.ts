import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { packageFile } from '../package-file.js';
import { endMarked, programMark } from './marked-processes.js';

/** What a keeper is asked to run. */
export interface KeptProgram {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** How the mark of its processes begins, for whoever looks for them later; left out: nobody does. */
  readonly mark?: string;
}

export type KeeperRequest = { readonly id: number } & (
  | { readonly run: KeptProgram & { readonly mark: string } }
  | { readonly end: true }
  /** Makes a folder with that beginning. */
  | { readonly folder: string }
);

export type KeeperAnswer = { readonly id: number } & (
  | { readonly group: number }
  | { readonly folder: string }
  | { readonly output: string }
  | { readonly cannotStart: string }
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
);

/** How a program ended, and the last of what it said on both its outputs. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was not started at all, and why; null: it ran. */
  readonly cannotStart: string | null;
  readonly words: string;
}

interface Running {
  words: string;
  group: number | null;
  readonly mark: string;
  readonly ended: (end: ProgramEnd) => void;
}

/** Characters of a program's output that are kept: its last. */
const wordsKept = 2000;

/**
 * Runs programs that end when pgm does, however pgm ends: also by kill -9, alone or with its whole process group. A
 * small process of its own starts them, each in a group of its own, and ends that group as soon as the pipe from pgm
 * closes; on Linux also what left the group for a session of its own. It takes some 50 ms to start: whoever is in a
 * hurry later starts it early.
 */
export class Keeper {
  readonly #child: ChildProcess;
  readonly #requests: Writable;
  readonly #running = new Map<number, Running>();
  readonly #folders = new Map<number, { made: (folder: string) => void; failed: (error: Error) => void }>();
  #count = 0;
  #gone: string | null = null;

  private constructor(child: ChildProcess, requests: Writable) {
    this.#child = child;
    this.#requests = requests;
  }

  static start(): Keeper {
    // A session of its own: what ends pgm's group must not end the keeper first. The programs' environment comes by the
    // pipe.
    const child = spawn(process.execPath, [packageFile('dist/postgres/keeper-process.js')], {
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      detached: true,
      env: {},
    });
    const keeper = new Keeper(child, child.stdio[0] as Writable);
    child.on('error', error => keeper.#lose(error.message));
    keeper.#requests.on('error', () => undefined);
    createInterface({ input: child.stdio[3] as Readable }).on('line', line =>
      keeper.#take(JSON.parse(line) as KeeperAnswer),
    );
    child.on('close', () => keeper.#lose('the process that runs it has ended'));
    return keeper;
  }

  /**
   * Runs a program to its end; when the signal comes first, the program is ended at once with all that it started in
   * its group. Never throws.
   */
  run(program: KeptProgram, signal: AbortSignal): Promise<ProgramEnd> {
    if (this.#gone !== null) return Promise.resolve(notStarted(this.#gone));
    const id = ++this.#count;
    const end = (): void => this.#ask({ id, end: true });
    const mark = `${program.mark ?? ''}${randomUUID()}`;
    const ended = new Promise<ProgramEnd>(resolve =>
      this.#running.set(id, { words: '', group: null, mark, ended: resolve }),
    );
    this.#ask({ id, run: { ...program, env: { ...program.env, [programMark]: mark }, mark } });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    return ended.finally(() => signal.removeEventListener('abort', end));
  }

  /** A new folder for temporary files, ours alone; it goes, with all in it, when the keeper closes or pgm is gone. */
  folder(): Promise<string> {
    if (this.#gone !== null) return Promise.reject(new Error(this.#gone));
    const id = ++this.#count;
    const folder = new Promise<string>((made, failed) => this.#folders.set(id, { made, failed }));
    this.#ask({ id, folder: join(tmpdir(), 'pgm-') });
    return folder;
  }

  /** What still runs is ended, and its folders are removed. */
  async close(): Promise<void> {
    if (this.#gone !== null) return;
    const closed = new Promise<void>(resolve => this.#child.once('close', () => resolve()));
    this.#requests.end();
    await closed;
  }

  #ask(request: KeeperRequest): void {
    if (!this.#requests.destroyed) this.#requests.write(`${JSON.stringify(request)}\n`);
  }

  #take(answer: KeeperAnswer): void {
    if ('folder' in answer) {
      this.#folders.get(answer.id)?.made(answer.folder);
      this.#folders.delete(answer.id);
      return;
    }
    if (this.#folders.has(answer.id) && 'cannotStart' in answer) {
      this.#folders.get(answer.id)?.failed(new Error(answer.cannotStart));
      this.#folders.delete(answer.id);
      return;
    }
    const running = this.#running.get(answer.id);
    if (running === undefined) return;
    if ('group' in answer) {
      running.group = answer.group;
      return;
    }
    if ('output' in answer) {
      running.words = (running.words + answer.output).slice(-wordsKept);
      return;
    }
    this.#running.delete(answer.id);
    running.ended(
      'cannotStart' in answer
        ? notStarted(answer.cannotStart)
        : { code: answer.code, signal: answer.signal, cannotStart: null, words: running.words },
    );
  }

  #lose(why: string): void {
    this.#gone ??= why;
    for (const { ended, words, group, mark } of this.#running.values()) {
      // Nobody else ends it now.
      if (group !== null) endProgram(group, mark);
      ended({ ...notStarted(why), words });
    }
    this.#running.clear();
    for (const { failed } of this.#folders.values()) failed(new Error(why));
    this.#folders.clear();
  }
}

/** The leader of a group of processes, all in it, and what left it. */
export function endProgram(leader: number, mark: string): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has just ended.
  }
  endMarked(mark);
}

function notStarted(why: string): ProgramEnd {
  return { code: null, signal: null, cannotStart: why, words: '' };
}

/** For one program; several share a {@link Keeper}. */
export async function withKeeper<T>(use: (keeper: Keeper) => Promise<T>): Promise<T> {
  const keeper = Keeper.start();
  try {
    return await use(keeper);
  } finally {
    await keeper.close();
  }
}
