// PgBouncer before the servers, and the switch hook that points it at the other one.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folder, sql } from '../throwaway-servers.mjs';

const program = [
  '/usr/sbin/pgbouncer',
  '/usr/bin/pgbouncer',
  '/usr/local/bin/pgbouncer',
  '/opt/homebrew/bin/pgbouncer',
].find(path => existsSync(path));

const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * @returns its port, what the spec says of it, and when it paused first and let clients go last (Date.now), by its own
 * log
 */
export async function startBouncer(server) {
  if (program === undefined) throw new Error('pgbouncer is not installed: apt-get install pgbouncer');
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]\nshop = host=127.0.0.1 port=${server.port} user=postgres\n[pgbouncer]\nlisten_addr = ` +
      `127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any\nadmin_users = postgres\npool_mode ` +
      '= transaction\n',
  );
  chmodSync(file, 0o666);
  const script = join(folder, 'switch.sh');
  writeFileSync(
    script,
    '#!/bin/sh\necho "$PGM_HOST $PGM_PORT" > new.at && mv new.at at\nsed "s/^shop = .*/shop = host=$PGM_HOST port=$PGM_PORT user=postgres/" ' +
      'pgbouncer.ini > new.ini && cat new.ini > pgbouncer.ini\n',
  );
  chmodSync(script, 0o755);
  // It refuses to run as root.
  const ids =
    process.getuid?.() === 0
      ? { uid: Number(execFileSync('id', ['-u', 'nobody'])), gid: Number(execFileSync('id', ['-g', 'nobody'])) }
      : {};
  const child = spawn(program, [file], { stdio: ['ignore', 'ignore', 'pipe'], ...ids });
  const paused = { first: 0, last: 0 };
  child.stderr.setEncoding('utf8').on('data', text => {
    if (paused.first === 0 && /PAUSE .*command issued/.test(text)) paused.first = Date.now();
    if (/RESUME .*command issued/.test(text)) paused.last = Date.now();
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for (let tries = 0; ; tries++) {
    try {
      await sql({ port }, 'shop', 'select 1');
      break;
    } catch (error) {
      if (tries > 100) throw error;
      await sleep(50);
    }
  }
  return {
    port,
    paused,
    spec:
      '  hooks: {switch: [[./switch.sh]]}\n  pgbouncer: {admin: ' +
      `"postgres://postgres@127.0.0.1:${port}/pgbouncer"}\n`,
  };
}
