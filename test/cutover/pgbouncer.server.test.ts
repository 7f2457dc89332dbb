import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgbouncerProgram, startPgbouncer, type PgBouncer } from '../support/pgbouncer.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();
let bouncer: PgBouncer | undefined;
let port = 0;
let sales = 0;

beforeAll(async () => {
  if (pgbouncerProgram === undefined) return;
  bouncer = await startPgbouncer(servers.source, { mode: 'transaction', database: 'shop', folder: workspace.folder });
  port = bouncer.port;
  const script = join(workspace.folder, 'switch.sh');
  writeFileSync(
    script,
    '#!/bin/sh\n[ "$PGM_REHEARSE" = true ] && exit 0\nsed "s/^shop = .*/shop = host=$PGM_HOST port=$PGM_PORT user=postgres/" ' +
      'pgbouncer.ini > new.ini && cat new.ini > pgbouncer.ini\n',
  );
  chmodSync(script, 0o755);
  await createDatabase(servers.source, 'shop', 'create table sale (id int primary key, at timestamptz default now())');
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      'method: continuous\ncutover:\n  failback: true\n  hooks: {switch: [[./switch.sh]], rehearse: true}\n  pgbouncer: ' +
        `{admin: "postgres://postgres@127.0.0.1:${port}/pgbouncer"}\ngoal: synced`,
    ),
  );
  const { code, stdout, stderr } = await workspace.pgm('apply', '--auto-approve');
  expect(code, stdout + stderr).toBe(0);
});

afterAll(() => bouncer?.stop());

/** Clients of the bouncer that never connect again: any error of theirs is one that an application would see. */
function startClients(): {
  readonly count: () => number;
  stop(): Promise<{ readonly written: number; readonly errors: readonly string[]; readonly longest: number }>;
} {
  let stopped = false;
  let longest = 0;
  const errors: string[] = [];
  let written = 0;
  const work = async (): Promise<void> => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'shop' });
    await client.connect();
    client.on('error', error => errors.push(error.message));
    while (!stopped) {
      const began = performance.now();
      await client.query(`begin; insert into sale (id) values (${++sales}); commit`);
      written++;
      longest = Math.max(longest, performance.now() - began);
    }
    await client.end();
  };
  const running = Promise.all(
    Array.from({ length: 4 }, async () => work().catch((error: unknown) => errors.push(String(error)))),
  );
  return {
    count: () => written,
    async stop() {
      stopped = true;
      await running;
      return { written, errors, longest };
    },
  };
}

describe.skipIf(pgbouncerProgram === undefined)('clients behind PgBouncer', () => {
  it('see a pause and no error, there and back', async () => {
    const before = Number(await value(servers.source, 'shop', 'select count(*) from sale'));
    const clients = startClients();
    await waitUntil('writes', () => clients.count() > 50);
    const { stdout: rehearsed } = await workspace.succeeds('cutover', '--rehearse', '--json');
    expect(Object.keys((JSON.parse(rehearsed) as { parts: object }).parts)).toContain('resume');
    for (const [command, side] of [
      ['cutover', servers.target],
      ['rollback', servers.source],
    ] as const) {
      const { code, stdout, stderr } = await workspace.pgm(command, '--auto-approve');
      expect(code, stdout + stderr).toBe(0);
      expect(workspace.read('pgbouncer.ini')).toContain(`port=${side.port} `);
      const seen = clients.count();
      await waitUntil('writes after the switch', () => clients.count() > seen + 50);
    }
    const { written, errors, longest } = await clients.stop();
    expect(errors).toEqual([]);
    expect(Number(await value(servers.source, 'shop', 'select count(*) from sale'))).toBe(before + written);
    // 500 ms on a machine that has nothing else to do.
    expect(longest).toBeLessThan(5_000);
  });

  it('go on by themselves when pgm is killed while they wait', async () => {
    const clients = startClients();
    await waitUntil('writes', () => clients.count() > 50);
    Object.assign(workspace.environment, {
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'kill-at.mjs')}`,
      KILL_AT: "'pgm', 'drain'",
      KILL_WHEN: 'after',
    });
    const killed = await workspace.pgm('cutover', '--auto-approve');
    for (const name of ['NODE_OPTIONS', 'KILL_AT', 'KILL_WHEN']) Reflect.deleteProperty(workspace.environment, name);
    expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
    const seen = clients.count();
    await waitUntil('writes on the source', () => clients.count() > seen + 50);
    const { errors } = await clients.stop();
    expect(errors).toEqual([]);
  });

  it('leave nothing behind', async () => {
    const { code, stdout, stderr } = await workspace.pgm('destroy', '--auto-approve');
    expect(code, stdout + stderr).toBe(0);
  });
});
