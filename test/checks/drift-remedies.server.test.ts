import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import type { Plan } from '../../src/plan/plan.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

async function found(code: string): Promise<Finding[]> {
  const { stdout } = await workspace.pgm('plan', '--json');
  return (JSON.parse(stdout) as Plan).findings.filter(finding => finding.code === code && finding.severity !== 'ok');
}

/** Types the remedy as it stands, and answers yes. */
async function typed(remedy: string | null | undefined): Promise<void> {
  const [program, ...words] = (remedy ?? '').split(' ');
  expect(program).toBe('pgm');
  await workspace.succeeds(...words, '--auto-approve');
}

const lane = async (): Promise<string> =>
  (await value(
    servers.target,
    'app',
    "select subname from pg_subscription where subname like 'pgm%' order by subname limit 1",
  )) ?? '';
const slotIsFree = (name: string) => async (): Promise<boolean> =>
  (await value(servers.source, 'postgres', `select active from pg_replication_slots where slot_name = '${name}'`)) ===
  'false';

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'app',
    'create table t (id int primary key, x text); insert into t select n, n from generate_series(1, 100) n',
  );
  workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: continuous\ngoal: synced'));
  await workspace.succeeds('apply', '--auto-approve');
});

afterAll(async () => {
  await workspace.succeeds('destroy', '--auto-approve');
});

describe('what the remedy says, typed as it stands, puts it right', () => {
  const goesOn = async (row: number): Promise<void> => {
    await sql(servers.source, 'app', `insert into t values (${row}, 'since')`);
    await waitUntil(
      'both sides are equal',
      async () => (await compareDatabases(servers.source, servers.target, 'app')).length === 0,
    );
  };

  it('PGM638: the sides differ', async () => {
    expect(await found('PGM638')).toEqual([]);
    await sql(servers.target, 'app', `update t set x = 'other' where id = 1`);
    expect((await workspace.pgm('verify')).code).toBe(9);
    const [finding] = await found('PGM638');
    expect(finding?.message).toContain('public.t in app');
    expect((await workspace.pgm('status')).stdout).toContain('PGM638');
    await workspace.succeeds('verify', '--depth', 'counts');
    expect(await found('PGM638')).toHaveLength(1);
    await typed(finding?.remedy);
    expect(await found('PGM638')).toEqual([]);
    expect((await workspace.pgm('verify')).code).toBe(0);

    await sql(servers.target, 'app', `update t set x = 'other' where id = 1`);
    expect((await workspace.pgm('verify')).code).toBe(9);
    await sql(servers.target, 'app', `update t set x = '1' where id = 1`);
    expect((await workspace.pgm('verify')).code).toBe(0);
    expect(await found('PGM638')).toEqual([]);
  });

  it('PGM652: an earlier version noted neither pairs nor roles', async () => {
    expect(await found('PGM652')).toEqual([]);
    await sql(servers.target, 'app', "delete from pgm.stage where stage = 'pairs'");
    const file = join(workspace.folder, 'pgm.lock.json');
    const { followed, ...lockfile } = JSON.parse(readFileSync(file, 'utf8')) as { followed?: unknown };
    expect(followed).toBeDefined();
    writeFileSync(file, JSON.stringify(lockfile));
    const [roles, tables] = await found('PGM652');
    expect(roles?.message).toContain('changes of roles and databases on the source are not followed');
    expect(tables?.message).toContain('which of 1 table came from which is not known');
    await typed(tables?.remedy);
    expect((await found('PGM652')).map(({ object }) => object)).toEqual(['roles']);
    writeFileSync(file, JSON.stringify({ ...lockfile, followed }));
    expect(await found('PGM652')).toEqual([]);
  });

  it('PGM604: the subscription is disabled', async () => {
    await sql(servers.target, 'app', `alter subscription ${await lane()} disable`);
    const [finding] = await found('PGM604');
    await typed(finding?.remedy);
    expect(await found('PGM604')).toEqual([]);
    await goesOn(1001);
  });

  it('PGM605: a table was made', async () => {
    await sql(servers.source, 'app', 'create table fresh (id int primary key); insert into fresh values (1)');
    const [finding] = await found('PGM605');
    expect(finding).toMatchObject({ object: 'public.fresh' });
    await typed(finding?.remedy);
    expect(await found('PGM605')).toEqual([]);
    await goesOn(1002);
  });

  it('PGM612: a table was dropped and made again', async () => {
    await sql(
      servers.source,
      'app',
      'drop table fresh; create table fresh (id int primary key); insert into fresh values (2)',
    );
    const [finding] = await found('PGM612');
    expect(finding).toMatchObject({ object: 'public.fresh' });
    await typed(finding?.remedy);
    expect(await found('PGM612')).toEqual([]);
    await goesOn(1012);
  });

  it('PGM613: a table was made again on the target', async () => {
    await sql(servers.target, 'app', 'drop table fresh; create table fresh (id int primary key)');
    const [finding] = await found('PGM613');
    expect(finding).toMatchObject({ object: 'public.fresh' });
    await typed(finding?.remedy);
    expect(await found('PGM613')).toEqual([]);
    await goesOn(1013);
  });

  it('PGM601: the slot is gone', async () => {
    const name = await lane();
    await sql(servers.target, 'app', `alter subscription ${name} disable`);
    await waitUntil('the slot is free', slotIsFree(name));
    await sql(servers.source, 'postgres', `select pg_drop_replication_slot('${name}')`);
    await sql(servers.source, 'app', "insert into t values (2000, 'nobody decoded it')");
    const [finding] = await found('PGM601');
    await typed(finding?.remedy);
    expect(await found('PGM601')).toEqual([]);
    await goesOn(1003);
  });

  it('PGM611: the publication is gone', async () => {
    await sql(servers.source, 'app', `drop publication ${await lane()}`);
    const [finding] = await found('PGM611');
    await typed(finding?.remedy);
    expect(await found('PGM611')).toEqual([]);
    await goesOn(1004);
  });
});
