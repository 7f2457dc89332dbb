import { afterAll, describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  useServers,
  value,
  withClient,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

afterAll(async () => {
  await dropDatabases(servers.source, 'shop');
  await dropDatabases(servers.target, 'shop');
});

const spec = (verify: 'full' | 'off'): void =>
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      `databases: {include: [shop], tables: {exclude: ["public.scratch_*"]}}\nverify: "${verify}"`,
    ),
  );

/** The spec leaves it out. */
const leftOut = expect.stringMatching(/^public\.scratch_0: missing/) as unknown;

/** A transaction of the side in use holds pgm's locks up, does its DDL meanwhile and commits. */
async function whileLocksAreWaitedFor(side: 'source' | 'target', ddl: string, command: 'cutover' | 'rollback') {
  return withClient(servers[side], 'shop', async client => {
    await client.query('begin; update item set v = v where id = 1');
    const run = workspace.pgm(command, '--auto-approve');
    await waitUntil(
      'pgm waits for its locks',
      async () =>
        (await value(
          servers[side],
          'shop',
          "select count(*) > 0 from pg_locks where not granted and mode = 'ExclusiveLock'",
        )) === 'true',
    );
    await client.query(`${ddl}; commit`);
    return run;
  });
}

const swap =
  "create table item_new (id int primary key, v text); insert into item_new select i, 'new' from " +
  'generate_series(1, 50) i; alter table item rename to item_old; alter table item_new rename to item';

describe('between the plan and the locks', () => {
  it('takes no table for carried that was swapped in or made, in either direction', async () => {
    await createDatabase(
      servers.source,
      'shop',
      'create table item (id int primary key, v text); create table scratch_0 (id int); create ' +
        "table other (id int primary key, v text); insert into item select i, 'old' from " +
        "generate_series(1, 100) i; insert into other values (1, 'one')",
    );
    spec('off');
    expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(0);

    const swapped = await whileLocksAreWaitedFor('source', swap, 'cutover');
    expect(swapped.code, swapped.stdout + swapped.stderr).toBe(7);
    expect(swapped.stdout + swapped.stderr).toMatch(/PGM636[^]*public\.item/);
    expect(swapped.stdout).not.toContain('every row');
    await sql(servers.source, 'shop', "insert into item values (1000, 'writable still')");
    // A new lane's slot would wait for the transaction below.
    expect((await workspace.pgm('apply', '--goal', 'synced', '--auto-approve')).code).toBe(0);

    const made = await whileLocksAreWaitedFor(
      'source',
      'create table scratch_1 (id int); create table late (id int primary key); insert into late values (1)',
      'cutover',
    );
    expect(made.code, made.stdout + made.stderr).toBe(7);
    expect(made.stdout + made.stderr).toContain('public.late was made since the plan');
    expect(made.stdout + made.stderr).not.toContain('scratch_1');

    await sql(servers.source, 'shop', 'drop table scratch_1');
    const through = await workspace.pgm('cutover', '--auto-approve');
    expect(through.code, through.stdout + through.stderr).toBe(0);
    expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([leftOut]);

    const back = await whileLocksAreWaitedFor('target', 'create table late_there (id int primary key)', 'rollback');
    expect(back.code, back.stdout + back.stderr).toBe(7);
    expect(back.stdout + back.stderr).toContain('public.late_there was made since the plan on the target');
    await sql(servers.target, 'shop', "drop table late_there; insert into item values (1001, 'writable still')");
  });

  it('goes back only where both sides are equal', async () => {
    spec('full');
    workspace.write('pgm.yaml', `${workspace.read('pgm.yaml').trimEnd()}\ngoal: cutover\n`);
    await sql(
      servers.source,
      'shop',
      "begin read write; set local session_replication_role = replica; update other set v = 'behind its back'; commit",
    );
    const refused = await workspace.pgm('rollback', '--auto-approve');
    expect(refused.code, refused.stdout + refused.stderr).toBe(9);
    expect(refused.stdout + refused.stderr).toMatch(/PGM650[^]*public\.other \(id 1 differs in v\)/);
    await sql(servers.target, 'shop', "insert into other values (2, 'writable still')");
    await sql(
      servers.source,
      'shop',
      "begin read write; set local session_replication_role = replica; update other set v = 'one' where id = 1; commit",
    );
    const returned = await workspace.pgm('rollback', '--auto-approve');
    expect(returned.code, returned.stdout + returned.stderr).toBe(0);
    expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([leftOut]);
    expect((await workspace.pgm('destroy', '--auto-approve')).code).toBe(0);
  });
});
