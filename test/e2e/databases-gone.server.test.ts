import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({
  source: { major: 16, settings: logicalSettings },
  target: { major: 16, settings: logicalSettings },
});
const workspace = useWorkspace();
const names = ['app', 'shop', 'store', 'temp'];

afterAll(async () => {
  await dropDatabases(servers.source, ...names);
  await dropDatabases(servers.target, ...names);
});

async function driftOf(code: string): Promise<readonly { object: string; severity: string; message: string }[]> {
  const { stdout } = await workspace.pgm('status', '--json');
  const { drift } = JSON.parse(stdout) as {
    drift: { code: string; object: string; severity: string; message: string }[];
  };
  return drift.filter(each => each.code === code);
}

/** Nobody may be connected to a database that is renamed or dropped: its lane ends first. */
async function detach(database: string): Promise<void> {
  const lane = await value(
    servers.target,
    database,
    'select subname from pg_subscription s join pg_database d on d.oid = subdbid where datname = current_database()',
  );
  await sql(servers.target, database, `set transaction_read_only = off; alter subscription ${lane ?? ''} disable`);
  await waitUntil(
    'nobody reads its slot',
    async () =>
      (await value(
        servers.source,
        'postgres',
        `select not active from pg_replication_slots where slot_name = '${lane ?? ''}'`,
      )) === 'true',
  );
}

const pgmOn = (side: 'source' | 'target'): Promise<string | undefined> =>
  value(
    servers[side],
    'postgres',
    "select (select count(*) from pg_subscription) || ' subscriptions, ' || " +
      "(select count(*) from pg_replication_slots) || ' slots'",
  );

describe('databases in mid-sync', () => {
  beforeAll(async () => {
    for (const name of ['app', 'shop', 'temp'])
      await createDatabase(servers.source, name, 'create table item (id int primary key); insert into item values (1)');
    // Somebody else's, before the migration.
    await createDatabase(servers.target, 'app', 'create table audit (id int primary key); create sequence audit_no');
    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'verify: "off"'));
    expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(0);
    expect((await workspace.pgm('status')).stdout).toContain('in sync');
  });

  it('names one that was renamed, and goes on when both sides call it the same', async () => {
    await detach('shop');
    await sql(servers.source, 'postgres', 'alter database shop rename to store');
    const plan = await workspace.pgm('plan');
    expect(plan.code).toBe(6);
    expect(plan.stdout).toMatch(/PGM616[^]*database shop of the target is called store on the source/);
    expect((await workspace.pgm('status')).stdout).not.toMatch(/^test: .*in sync/m);
    await sql(servers.target, 'postgres', 'alter database shop rename to store');
    const again = await workspace.pgm('apply', '--auto-approve');
    expect(again.code, again.stdout + again.stderr).toBe(0);
    expect(await driftOf('PGM616')).toEqual([]);
  });

  it('says that one was dropped, hands nothing over with a lane of it, and closes the lane', async () => {
    await detach('temp');
    await sql(servers.source, 'postgres', 'drop database temp with (force)');
    expect(await driftOf('PGM616')).toMatchObject([{ object: 'temp', severity: 'warning' }]);
    expect((await workspace.pgm('status')).stdout).not.toMatch(/^test: .*in sync/m);
    const refused = await workspace.pgm('cutover', '--auto-approve');
    expect(refused.code, refused.stdout + refused.stderr).toBe(6);
    expect(refused.stdout).toContain('database temp was dropped on the source');

    // Destroyed now, nothing would be left either; here the migration goes on without it.
    const closed = await workspace.pgm('apply', '--goal', 'synced', '--auto-approve');
    expect(closed.code, closed.stdout + closed.stderr).toBe(0);
    expect(await pgmOn('target')).toBe('2 subscriptions, 0 slots');
    expect(
      await value(servers.target, 'temp', "select to_regnamespace('pgm') is null and count(*) = 1 from item"),
    ).toBe('true');
    expect((await workspace.pgm('cutover', '--auto-approve')).code).toBe(0);
  });

  it('goes back beside what stood on the target before', async () => {
    expect(await driftOf('PGM614')).toEqual([]);
    await sql(servers.target, 'app', 'create table made (id int primary key)');
    expect(await driftOf('PGM614')).toMatchObject([{ object: 'public.made' }]);
    await sql(servers.target, 'app', 'drop table made');
    const back = await workspace.pgm('rollback', '--auto-approve');
    expect(back.code, back.stdout + back.stderr).toBe(0);
  });

  it('destroys what is of a database that is dropped', async () => {
    await detach('store');
    await sql(servers.source, 'postgres', 'drop database store with (force)');
    const destroyed = await workspace.pgm('destroy', '--auto-approve');
    expect(destroyed.code, destroyed.stdout + destroyed.stderr).toBe(0);
    expect(await pgmOn('target')).toBe('0 subscriptions, 0 slots');
    expect(await pgmOn('source')).toBe('0 subscriptions, 0 slots');
    expect(await value(servers.target, 'store', "select to_regnamespace('pgm') is null")).toBe('true');
  });
});
