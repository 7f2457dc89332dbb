import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { inject } from 'vitest';
import { freePort } from '../../src/cli/demo/free-port.js';
import { waitUntil } from './wait.js';
import { hostOf, type LocalServer } from './servers.js';

/** The real one, where it is installed. */
export const pgbouncerProgram = [
  '/usr/sbin/pgbouncer',
  '/usr/bin/pgbouncer',
  '/usr/local/bin/pgbouncer',
  '/opt/homebrew/bin/pgbouncer',
].find(path => existsSync(path));

export interface PgBouncer {
  readonly port: number;
  readonly pid: number;
  /** Its configuration, with one line a database under [databases]. */
  readonly file: string;
  stop(): Promise<void>;
}

export interface PgBouncerWish {
  readonly mode: 'session' | 'transaction' | 'statement';
  /** `*` for all of them. */
  readonly database: string;
  readonly folder?: string;
}

/** What [databases] says of a server. It logs in there as the superuser, whoever comes. */
export function bouncedTo(server: LocalServer, database: string): string {
  return (
    `${database} = host=${hostOf(server)} port=${server.port} ` +
    `user=postgres${server.password === undefined ? '' : ` password=${server.password}`}`
  );
}

/** PgBouncer before a server, for everybody. Whoever calls stops it. */
export async function startPgbouncer(
  server: LocalServer,
  { mode, database, folder = mkdtempSync(join(inject('runFolder'), 'pgbouncer-')) }: PgBouncerWish,
): Promise<PgBouncer> {
  if (pgbouncerProgram === undefined) throw new Error('no PgBouncer here');
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]\n${bouncedTo(server, database)}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port ` +
      `= ${port}\nunix_socket_dir =\nauth_type = any\nadmin_users = postgres\npool_mode = ${mode}\n`,
  );
  chmodSync(folder, 0o755);
  chmodSync(file, 0o666);
  // It refuses to run as root.
  const ids =
    process.getuid?.() === 0
      ? { uid: Number(execFileSync('id', ['-u', 'nobody'])), gid: Number(execFileSync('id', ['-g', 'nobody'])) }
      : {};
  const child = spawn(pgbouncerProgram, [file], { stdio: 'ignore', ...ids });
  process.once('exit', () => child.kill('SIGKILL'));
  await waitUntil('PgBouncer listens', () => listens(port));
  return {
    port,
    pid: child.pid ?? 0,
    file,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const came = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return came;
}
