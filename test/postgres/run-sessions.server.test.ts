import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { clearDeadRun } from '../../src/apply/end-run-sessions.js';
import { processEnvironment } from '../../src/postgres/environment.js';
import { endRunSessions } from '../../src/postgres/run-sessions.js';
import type { Spec } from '../../src/spec/spec.js';
import type { Conninfo } from '../../src/postgres/conninfo.js';
import { resolveConninfo } from '../../src/postgres/resolve-conninfo.js';
import { sql, url, useServers, value, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({ target: { major: 16 } });

const conninfoOf = (server: LocalServer): Conninfo => resolveConninfo(url(server, 'postgres'), processEnvironment());

const clients: pg.Client[] = [];
const stopped: number[] = [];

afterEach(async () => {
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT');
  await Promise.all(clients.splice(0).map(client => client.end().catch(() => undefined)));
});

/** A session as a killed run leaves it. */
async function session(name: string, user = 'postgres'): Promise<number> {
  const { port } = servers.target;
  const client = new pg.Client({ host: '127.0.0.1', port, user, database: 'postgres', application_name: name });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/** As one that waits for a disk in COMMIT: it does not hear that it is to end. */
async function stop(name: string): Promise<number> {
  const pid = await session(name);
  process.kill(pid, 'SIGSTOP');
  stopped.push(pid);
  return pid;
}

const isThere = async (pid: number): Promise<boolean> =>
  (await value(servers.target, 'postgres', `select count(*)::int from pg_stat_activity where pid = ${pid}`)) === '1';

it('ends what a dead run has left, and names what does not end and could still commit', async () => {
  const idle = await session('pgm: shop/apply');
  const writing = await stop('pgm: shop/copy to');
  const reading = await stop('pgm: shop/copy from');
  const switching = await stop('pgm: shop/cutover');
  const others = [await session('pgm: shop_two/apply'), await session('pgm: status'), await session('shop/apply')];
  const left = await endRunSessions(conninfoOf(servers.target), 'shop', { within: 300 });
  expect(left.map(({ pid, purpose, endable }) => ({ pid, purpose, endable }))).toEqual(
    [
      { pid: writing, purpose: 'shop/copy to', endable: true },
      { pid: switching, purpose: 'shop/cutover', endable: true },
    ].sort((a, b) => a.pid - b.pid),
  );
  expect(await isThere(idle)).toBe(false);
  for (const pid of [reading, ...others]) expect(await isThere(pid)).toBe(true);
  // It goes on, and ends by what it was told.
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT');
  expect(await endRunSessions(conninfoOf(servers.target), 'shop')).toEqual([]);
});

it('waits for a last will, and ends it never', async () => {
  const pid = await session('pgm: shop/last will');
  const left = await endRunSessions(conninfoOf(servers.target), 'shop', { within: 200 });
  expect(left.map(each => each.pid)).toEqual([pid]);
  const clearing = endRunSessions(conninfoOf(servers.target), 'shop', { within: 60_000 });
  await clients.at(-1)?.end();
  expect(await clearing).toEqual([]);
});

it('does not go on beside a session of a role that it may not end', async () => {
  await sql(servers.target, 'postgres', 'create role before login; create role after login');
  const pid = await session('pgm: shop/copy to', 'before');
  const connection = { ...conninfoOf(servers.target), user: 'after' };
  const spec = { name: 'shop', source: { connection }, target: { connection } } as unknown as Spec;
  const told: string[] = [];
  const clearing = clearDeadRun(spec, {
    sides: ['target'],
    signal: new AbortController().signal,
    tell: message => told.push(message),
  });
  await waitUntil('it is said that something is waited for', () => told.length > 0);
  expect(told).toEqual(['waiting for 1 session of an earlier run on the target to end']);
  expect(await endRunSessions(connection, 'shop', { within: 100 })).toMatchObject([
    { pid, role: 'before', endable: false },
  ]);
  await clients.at(-1)?.end();
  expect(await clearing).toEqual([]);
});

it('says of a server that cannot be asked that it was not', async () => {
  const connection = { ...conninfoOf(servers.target), hosts: [{ host: '127.0.0.1', port: 1 }] };
  const spec = { name: 'shop', source: { connection }, target: { connection } } as unknown as Spec;
  const options = { signal: new AbortController().signal, tell: () => undefined };
  expect([...(await clearDeadRun(spec, options))].sort()).toEqual(['source', 'target']);
  await expect(clearDeadRun(spec, { ...options, strict: true })).rejects.toThrow(/ECONNREFUSED|cannot be reached/);
});
