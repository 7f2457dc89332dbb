import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { useWorkspace } from '../support/pgm.js';
import {
  createDatabase,
  dropDatabases,
  isRunning,
  logicalSettings,
  sql,
  startServer,
  stopServer,
  url,
  useServers,
  value,
  type LocalServer,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers(
  { source: { major: 14, settings: logicalSettings }, target: { major: 18, settings: logicalSettings } },
  { leakCheck: false },
);
const workspace = useWorkspace();

const roles = `
do $$ begin if to_regrole('mover') is null then create role mover superuser login password 'one'; end if; end $$;
alter role mover password 'one'`;

function spec(goal: string, more = '', user = 'mover:one'): string {
  const as = (server: LocalServer): string => url(server).replace('postgres@', `${user}@`);
  return `version: 1
name: gone
source: {connection: ${as(servers.source)}}
target: {connection: ${as(servers.target)}}
databases: {include: [shop]}
method: continuous
goal: ${goal}
${more}
`;
}

/** Takes away what an earlier test left of the migration, on servers that both run again. */
async function begin(): Promise<void> {
  for (const file of ['pgm.lock.json', 'pgm.lock.json.backup']) rmSync(join(workspace.folder, file), { force: true });
  for (const server of [servers.source, servers.target]) {
    if (!isRunning(server)) await startServer(server);
    await sql(server, 'postgres', roles);
    const subscriptions = await sql<{ name: string; database: string }>(
      server,
      'postgres',
      'select subname as name, datname as database from pg_subscription s join pg_database d on d.oid = s.subdbid',
    );
    for (const { name, database } of subscriptions)
      await sql(
        server,
        database,
        `begin read write; alter subscription ${name} disable; alter subscription ${name} ` +
          `set (slot_name = none); drop subscription ${name}; commit`,
      );
  }
  for (const server of [servers.source, servers.target]) {
    await waitUntil('slots are dropped', async () => {
      await sql(
        server,
        'postgres',
        'select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active',
      );
      return (await value(server, 'postgres', 'select count(*) from pg_replication_slots')) === '0';
    });
    await dropDatabases(server, 'shop');
    await sql(server, 'postgres', 'drop schema if exists pgm, pgm_state cascade');
  }
  await createDatabase(servers.source, 'shop', 'create table item (id int primary key); insert into item values (1)');
}
beforeEach(begin);

const count = (server: LocalServer, from: string, database = 'shop'): Promise<string | undefined> =>
  value(server, database, `select count(*) from ${from}`);

async function isFreeAndWritable(server: LocalServer): Promise<void> {
  expect(await count(server, 'pg_replication_slots')).toBe('0');
  expect(await count(server, 'pg_subscription')).toBe('0');
  expect(await count(server, 'pg_publication')).toBe('0');
  expect(await value(server, 'shop', "select to_regnamespace('pgm')")).toBeUndefined();
  expect(await value(server, 'shop', "select has_database_privilege('public', 'shop', 'connect')")).toBe('true');
  await sql(server, 'shop', 'insert into item values (1000)');
}

it('a target that is gone holds nothing on the source; one that answers is not gone', async () => {
  workspace.write('pgm.yaml', spec('synced'));
  await workspace.succeeds('apply', '--auto-approve');
  const early = await workspace.pgm('destroy', '--gone', 'target', '--auto-approve');
  expect(early.code, early.stdout + early.stderr).toBe(6);
  expect(early.stderr).toContain('PGM648');
  expect(await count(servers.source, 'pg_replication_slots')).toBe('1');
  expect((await workspace.pgm('stop', '--gone', 'target')).code).toBe(3);
  expect((await workspace.pgm('destroy', '--gone', 'both', '--auto-approve')).code).toBe(3);

  await stopServer(servers.target, 'immediate');
  await workspace.succeeds('stop', '--release', '--gone', 'target');
  expect(await count(servers.source, 'pg_replication_slots')).toBe('0');
  expect(await count(servers.source, 'pg_publication')).toBe('1');
  const { stdout } = await workspace.succeeds('destroy', '--gone', 'target', '--auto-approve');
  expect(stdout).toContain('the target was not asked');
  await isFreeAndWritable(servers.source);
});

it('a source that is gone after the cutover leaves a target that stands alone', async () => {
  workspace.write('pgm.yaml', spec('cutover'));
  await workspace.succeeds('apply', '--auto-approve');
  await stopServer(servers.source, 'immediate');
  const { stdout } = await workspace.succeeds('close', '--gone', 'source', '--auto-approve');
  expect(stdout).toMatch(/Should it come back, there: alter subscription "pgm_gone_\d+_r" disable/);
  await isFreeAndWritable(servers.target);
});

it('a source that was shut takes writes again when the target is gone, also where the state went with it', async () => {
  workspace.write('pgm.yaml', spec('cutover'));
  await workspace.succeeds('apply', '--auto-approve');
  await stopServer(servers.target, 'immediate');
  await workspace.succeeds('destroy', '--gone', 'target', '--auto-approve');
  await isFreeAndWritable(servers.source);

  await begin();
  workspace.write('pgm.yaml', spec('synced', `state: {postgres: '${url(servers.target)}'}`));
  await workspace.succeeds('apply', '--auto-approve');
  await stopServer(servers.target, 'immediate');
  const { stdout } = await workspace.succeeds('destroy', '--gone', 'target', '--auto-approve');
  expect(stdout).toContain('the state cannot be read');
  await isFreeAndWritable(servers.source);
});

it('a rotated password is followed on the way back, as a step that shows no secret', async () => {
  for (const server of [servers.source, servers.target])
    await sql(server, 'postgres', "alter role mover password 'one'");
  workspace.write('pgm.yaml', spec('cutover'));
  await workspace.succeeds('apply', '--auto-approve');
  for (const server of [servers.source, servers.target])
    await sql(server, 'postgres', "alter role mover password 'twoSecret'");
  workspace.write('pgm.yaml', spec('cutover', '', 'mover:twoSecret'));
  const { stdout } = await workspace.succeeds('apply', '--auto-approve');
  expect(stdout).toMatch(/alter subscription "pgm_gone_\d+_r" connection '\(sensitive\)'/);
  expect(stdout).not.toContain('twoSecret');
  expect(await value(servers.source, 'shop', "select subconninfo like '%twoSecret%' from pg_subscription")).toBe(
    'true',
  );
  expect((await workspace.pgm('plan', '--detailed-exitcode')).code).toBe(0);
  await workspace.succeeds('destroy', '--open', '--auto-approve');
  const nothing = await workspace.succeeds('destroy', '--auto-approve');
  expect(nothing.stdout).toContain('nothing to destroy');
});
