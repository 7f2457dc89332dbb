import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  startServer,
  stopServer,
  useServers,
  value,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({
  source: { major: 16, settings: logicalSettings },
  target: { major: 16, settings: logicalSettings },
});
const workspace = useWorkspace();

afterAll(async () => {
  await dropDatabases(servers.source, 'shop');
  await dropDatabases(servers.target, 'shop');
});

const rows = (side: 'source' | 'target'): Promise<string | undefined> =>
  value(servers[side], 'shop', 'select count(*) from item');

async function caughtUp(): Promise<void> {
  await waitUntil('the target has every row', async () => (await rows('target')) === (await rows('source')));
  await waitUntil(
    'the source knows',
    async () =>
      (await value(
        servers.source,
        'postgres',
        'select bool_and(active and confirmed_flush_lsn >= pg_current_wal_lsn()) from pg_replication_slots',
      )) === 'true',
  );
}

it('never calls a target in sync that was restored from an older backup', async () => {
  await createDatabase(
    servers.source,
    'shop',
    'create table item (id int primary key); insert into item select generate_series(1, 100)',
  );
  workspace.write('pgm.yaml', specText(servers.source, servers.target, 'verify: "off"'));
  expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(0);
  expect((await workspace.pgm('status')).stdout).toMatch(/^test: .*in sync/m);

  const [data, backup] = [join(servers.target.folder, 'data'), join(servers.target.folder, 'backup')];
  await stopServer(servers.target);
  execFileSync('cp', ['-a', data, backup]);
  await startServer(servers.target);
  await sql(servers.source, 'shop', 'insert into item select generate_series(101, 300)');
  await caughtUp();
  await stopServer(servers.target);
  rmSync(data, { recursive: true });
  execFileSync('cp', ['-a', backup, data]);
  await startServer(servers.target);
  await waitUntil(
    'its worker is connected',
    async () =>
      (await value(servers.source, 'postgres', 'select bool_and(active) from pg_replication_slots')) === 'true',
  );

  expect(await rows('target')).toBe('100');
  const status = await workspace.pgm('status');
  expect(status.stdout).toMatch(/PGM617[^]*the target may lack rows of shop/);
  expect(status.stdout).not.toMatch(/^(test:| *shop ).*in sync/m);
  const cutover = await workspace.pgm('cutover', '--auto-approve');
  // Nobody can know but by a compare, which the spec would leave out.
  expect(cutover.code, cutover.stdout + cutover.stderr).toBe(9);
  expect(cutover.stdout).toContain('pgm apply --goal synced --resync shop:public.item');
  expect(await rows('target')).toBe('100');

  const again = await workspace.pgm('apply', '--goal', 'synced', '--resync', 'shop:public.item', '--auto-approve');
  expect(again.code, again.stdout + again.stderr).toBe(0);
  expect(await rows('target')).toBe('300');
  const { drift } = JSON.parse((await workspace.pgm('status', '--json')).stdout) as { drift: { code: string }[] };
  expect(drift.filter(({ code }) => code === 'PGM617')).toEqual([]);
  expect((await workspace.pgm('status')).stdout).toMatch(/^test: .*in sync/m);

  // A restart of the target of an idle lane looks the same, and does not stand in the way.
  await sql(
    servers.source,
    'shop',
    "select pg_logical_emit_message(false, 'other', repeat('x', 1000)), pg_switch_wal()",
  );
  await caughtUp();
  await stopServer(servers.target);
  await startServer(servers.target);
  const through = await workspace.pgm('cutover', '--auto-approve');
  expect(through.code, through.stdout + through.stderr).toBe(0);
  expect(through.stdout).toMatch(/PGM617[^]*compare every row of 1 table/);
  expect((await workspace.pgm('destroy', '--auto-approve')).code).toBe(0);
});
