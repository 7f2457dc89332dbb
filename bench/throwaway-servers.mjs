// Embedded servers for one benchmark, in a folder that goes with the process.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createServer, destroyServer, startServer } from '../dist/cli/demo/server.js';
import { findServerBinaries } from '../dist/cli/demo/server-binaries.js';

export const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-'));
chmodSync(folder, 0o755);
const made = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
// Also when it could not even begin.
process.once('exit', () => {
  for (const server of made) destroyServer(server);
  rmSync(folder, { recursive: true, force: true });
});

/** @param settings added to postgresql.conf */
export async function start(major, settings) {
  const place = mkdtempSync(join(folder, `${major}-`));
  chmodSync(place, 0o755);
  const server = await createServer({ bin: findServerBinaries(major), folder: place, settings });
  made.add(server);
  await startServer(server);
  return server;
}

export function stop(server) {
  made.delete(server);
  destroyServer(server);
}

export const config = (server, database) => ({ host: '127.0.0.1', port: server.port, user: 'postgres', database });

export async function sql(server, database, text) {
  const client = new pg.Client(config(server, database));
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
