import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { restartCommand, url, type LocalServer } from './servers.js';
import { waitUntil } from './wait.js';

/** What came of one run of the command. `code` is null where a signal ended it. */
export interface PgmResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that is still going. */
export interface RunningPgm {
  readonly process: ChildProcess;
  readonly result: Promise<PgmResult>;
  /** Both outputs so far. */
  output(): string;
  /** Returns when the output so far matches. */
  printed(pattern: RegExp, timeout?: number): Promise<void>;
}

/** A folder of its own with a spec, where commands are run as a user would. */
export interface Workspace {
  readonly folder: string;
  /** Added to the environment of every run from now on. */
  readonly environment: Record<string, string>;
  /** Runs `bin/pgm.js` to its end. */
  pgm(...parameters: readonly string[]): Promise<PgmResult>;
  /** As {@link Workspace.pgm}. @throws Error with all that it printed when it ends with another code than 0 */
  succeeds(...parameters: readonly string[]): Promise<PgmResult>;
  /** Starts `bin/pgm.js` and returns at once. */
  start(...parameters: readonly string[]): RunningPgm;
  /** As {@link Workspace.start}, as the leader of a process group of its own, as a shell starts it. */
  startInGroup(...parameters: readonly string[]): RunningPgm;
  /** Folders on the way are made. */
  write(name: string, text: string): void;
  read(name: string): string;
}

const program = resolve(import.meta.dirname, '../../bin/pgm.js');

/** A workspace for the tests of this file or block, removed after them. */
export function useWorkspace(): Workspace {
  let folder = '';
  const environment: Record<string, string> = {};
  const running = new Set<ChildProcess>();
  beforeAll(() => {
    folder = mkdtempSync(join(inject('runFolder'), 'workspace-'));
    chmodSync(folder, 0o755);
  });
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const begin = (parameters: readonly string[], detached: boolean): RunningPgm => {
    const child = spawn(process.execPath, [program, ...parameters], {
      cwd: folder,
      env: { ...cleanEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
    });
    running.add(child);
    child.once('close', () => running.delete(child));
    return follow(child);
  };
  const start = (...parameters: readonly string[]): RunningPgm => begin(parameters, false);
  return {
    get folder() {
      return folder;
    },
    environment,
    start,
    startInGroup: (...parameters) => begin(parameters, true),
    pgm: (...parameters) => start(...parameters).result,
    succeeds: async (...parameters) => {
      const result = await start(...parameters).result;
      if (result.code !== 0)
        throw new Error(
          `pgm ${parameters.join(' ')} ended ` +
            `with ${result.code ?? result.signal ?? ''}:\n${result.stdout}${result.stderr}`,
        );
      return result;
    },
    write: (name, text) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    },
    read: name => readFileSync(join(folder, name), 'utf8'),
  };
}

/** A spec for two servers; the source restarts by itself. `rest` is more YAML at the top level. */
export function specText(source: LocalServer, target: LocalServer, rest = ''): string {
  return `version: 1
name: test
source:
  connection: ${url(source)}
  restart: {command: ${JSON.stringify(restartCommand(source))}}
target:
  connection: ${url(target)}
${unwatched(rest)}
`;
}

/** A test's clients need not come to the other side for the switch to end, but where the test says so. */
function unwatched(rest: string): string {
  if (/method: dump|\bwatch:/.test(rest)) return rest;
  if (/^cutover: \{/m.test(rest)) return rest.replace(/^cutover: \{/m, 'cutover: {watch: 0s, ');
  if (/^cutover:$/m.test(rest)) return rest.replace(/^cutover:$/m, 'cutover:\n  watch: 0s');
  return `${rest}\ncutover: {watch: 0s}`;
}

function follow(child: ChildProcess): RunningPgm {
  let stdout = '';
  let stderr = '';
  let ended = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const result = new Promise<PgmResult>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => {
      ended = true;
      done({ code, signal, stdout, stderr });
    });
  });
  const output = (): string => stdout + stderr;
  const printed = async (pattern: RegExp, timeout?: number): Promise<void> => {
    await waitUntil(`output matches ${String(pattern)}`, () => pattern.test(output()) || ended, timeout);
    if (!pattern.test(output()))
      throw new Error(`pgm ended before its output matched ${String(pattern)}:\n${output()}`);
  };
  return { process: child, result, output, printed };
}

/** Ours without what would change pgm's output or whom it connects to. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(PG[A-Z]+|FORCE_COLOR|NO_COLOR|CI|VITEST.*|NODE_ENV|NODE_OPTIONS)$/.test(name),
    ),
  );
}
