import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { appendFile, chown, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageFile } from '../../package-file.js';
import { errorCode } from '../../postgres/errors.js';
import { freePort } from './free-port.js';
import { othersMayEnter, serverUser, type SystemUser } from './server-user.js';

/** A throw-away PostgreSQL server on 127.0.0.1, all of it in one folder: `data`, `server.log`, `server.json`. */
export interface LocalServer {
  readonly folder: string;
  /** Folder of initdb, pg_ctl and postgres. */
  readonly bin: string;
  readonly port: number;
  readonly user: SystemUser | undefined;
  /** Of the superuser `postgres`; undefined: everybody is trusted. */
  readonly password: string | undefined;
}

export interface ServerOptions {
  readonly bin: string;
  /** Made here; its parent must let the server's user in. */
  readonly folder: string;
  /** Added to postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Password of the superuser `postgres`, asked for with scram-sha-256; without one everybody is trusted. */
  readonly password?: string;
}

export type StopMode = 'smart' | 'fast' | 'immediate';

const runFile = promisify(execFile);
const description = 'server.json';
const startSeconds = 60;

/** Makes a server's folder and cluster; {@link startServer} starts it. */
export async function createServer(options: ServerOptions): Promise<LocalServer> {
  const user = serverUser();
  await mkdir(options.folder, { recursive: true });
  const bin = user === undefined || othersMayEnter(options.bin) ? options.bin : await copyBinaries(options);
  const server: LocalServer = { folder: options.folder, bin, port: await freePort(), user, password: options.password };
  await writeFile(join(server.folder, description), JSON.stringify({ ...server, password: undefined }));
  await initialise(server);
  await configure(server, options.settings ?? {});
  return server;
}

/** Starts it and returns when it accepts connections. @throws Error with the server's log */
export async function startServer(server: LocalServer): Promise<void> {
  try {
    await pgCtl(server, 'start', '-w', '-t', String(startSeconds), '-l', logFile(server));
  } catch (cause) {
    const log = await readFile(logFile(server), 'utf8').catch(() => '');
    throw new Error(`the server in ${server.folder} did not start:\n${log.split('\n').slice(-20).join('\n')}`, {
      cause,
    });
  }
}

/** Stops it and returns when it is gone; a stopped server stays stopped. */
export async function stopServer(server: LocalServer, mode: StopMode = 'fast'): Promise<void> {
  if (postmasterPid(server) !== undefined) await pgCtl(server, 'stop', '-w', '-t', String(startSeconds), '-m', mode);
}

/** The last resort, for an `exit` handler: ends the server at once and removes its folder. */
export function destroyServer(server: LocalServer): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const pid = postmasterPid(server);
  if (pid !== undefined) process.kill(pid, 'SIGQUIT');
  for (let waited = 0; waited < 5_000 && postmasterPid(server) !== undefined; waited += 10)
    Atomics.wait(clock, 0, 0, 10);
  rmSync(server.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** An argv array that restarts the server, for `source.restart.command` of a spec. */
export function restartCommand(server: LocalServer): readonly string[] {
  return [process.execPath, packageFile('dist/cli/demo/restart-server.js'), server.folder];
}

/** The server that lives in a folder; its password is not written there. */
export async function openServer(folder: string): Promise<LocalServer> {
  return JSON.parse(await readFile(join(folder, description), 'utf8')) as LocalServer;
}

/** Process id of the running postmaster; undefined when there is none, also after it was killed. */
export function postmasterPid(server: LocalServer): number | undefined {
  const file = join(dataFolder(server), 'postmaster.pid');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    // Also a server that is just ending takes its file away.
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const pid = Number.parseInt(text, 10);
  return isAlive(pid) ? pid : undefined;
}

const dataFolder = (server: LocalServer): string => join(server.folder, 'data');
const logFile = (server: LocalServer): string => join(server.folder, 'server.log');

async function initialise(server: LocalServer): Promise<void> {
  const { folder, user, password } = server;
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const passwordFile = join(folder, 'password');
  if (password !== undefined) await writeFile(passwordFile, password);
  const authentication = password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', '--pwfile', passwordFile];
  await runFile(
    join(server.bin, 'initdb'),
    ['-D', dataFolder(server), '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync', ...authentication],
    spawnOptions(server),
  );
  rmSync(passwordFile, { force: true });
}

async function configure(server: LocalServer, settings: Readonly<Record<string, string | number>>): Promise<void> {
  const all = {
    listen_addresses: '127.0.0.1',
    port: server.port,
    unix_socket_directories: '',
    fsync: 'off',
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`);
  await appendFile(join(dataFolder(server), 'postgresql.conf'), lines.join(''));
}

async function pgCtl(server: LocalServer, ...parameters: readonly string[]): Promise<void> {
  await runFile(join(server.bin, 'pg_ctl'), ['-D', dataFolder(server), '-s', ...parameters], spawnOptions(server));
}

function spawnOptions(server: LocalServer): { cwd: string; uid?: number; gid?: number } {
  return { cwd: server.folder, ...server.user };
}

/** Binaries below a folder that keeps the server's user out, such as /root, are run from a copy. */
async function copyBinaries(options: ServerOptions): Promise<string> {
  const copy = join(options.folder, 'native');
  await cp(join(options.bin, '..'), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
