import { expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

const contents = 'select oid, md5(lo_get(oid)) as md5, length(lo_get(oid)) from pg_largeobject_metadata order by oid';
/** The transaction that wrote each object on this side. */
const written = 'select oid, xmin::text from pg_largeobject_metadata order by oid';

it(
  'takes a hole and a page that was written in part for the zeros they read as, and ' +
    'writes nothing again in the cutover that has not changed',
  async () => {
    await createDatabase(
      servers.source,
      'app',
      `
    create unlogged table scratch (a int);
    select lo_create(1), lo_put(1, 0, 'begins'), lo_put(1, 50000, 'after a hole');
    select lo_from_bytea(2, decode(repeat('00', 5000), 'hex'));
    select lo_from_bytea(3, ''), lo_from_bytea(4, decode(repeat('a0', 2048), 'hex')), lo_from_bytea(5, 'one'), lo_from_bytea(6, 'two');`,
    );
    workspace.write(
      'pgm.yaml',
      specText(servers.source, servers.target, 'method: continuous\ncutover: {failback: false}'),
    );
    await workspace.succeeds('apply', '--auto-approve');
    expect(await sql(servers.target, 'app', contents)).toEqual(await sql(servers.source, 'app', contents));
    const before = new Map(
      (await sql<{ oid: string; xmin: string }>(servers.target, 'app', written)).map(({ oid, xmin }) => [oid, xmin]),
    );
    await sql(servers.source, 'app', "select lo_put(5, 1, 'N'), lo_put(6, 100000, 'longer')");
    const { stdout: inSync } = await workspace.succeeds('verify');
    expect(inSync).toContain(
      '✓ app: 0 tables, 6 large objects\n  i 2 large objects differ (OID 5, 6): changed ones are copied again ' +
        'at a switch\n  i public.scratch not compared: unlogged, so its later changes do not follow\n',
    );
    expect(inSync).toContain('There was no table to compare.');
    await workspace.succeeds('cutover', '--auto-approve');
    await workspace.succeeds('close', '--auto-approve');
    expect((await workspace.succeeds('verify')).stdout).toContain(
      '✓ app: 1 table, 6 large objects\n\nSource and target are equal.',
    );
    expect(await sql(servers.target, 'app', contents)).toEqual(await sql(servers.source, 'app', contents));
    const after = await sql<{ oid: string; xmin: string }>(servers.target, 'app', written);
    expect(after.filter(({ oid, xmin }) => before.get(oid) !== xmin).map(({ oid }) => Number(oid))).toEqual([5, 6]);
    expect(await value(servers.target, 'app', 'select count(*) from pg_largeobject_metadata')).toBe('6');
    await sql(servers.target, 'app', "select lo_put(1, 0, 'changed'), lo_create(7)");
    const different = await workspace.pgm('verify');
    expect(different).toMatchObject({
      code: 9,
      stdout: expect.stringContaining(
        '✗ 2 large objects differ (OID 1, 7)\n\nSource and target differ: 2 large objects.',
      ) as string,
    });
  },
);

it('brings what somebody made in database postgres, which is there already', async () => {
  await sql(
    servers.source,
    'postgres',
    'create table kept_in_postgres (id int primary key, note text); insert into kept_in_postgres select n, ' +
      'n::text from generate_series(1, 100) n; create view over_it as select * from kept_in_postgres',
  );
  workspace.write(
    'postgres.yaml',
    specText(servers.source, servers.target, 'method: dump').replace('name: test', 'name: other'),
  );
  await workspace.succeeds('apply', 'postgres.yaml', '--auto-approve');
  expect(await value(servers.target, 'postgres', 'select sum(id) from over_it')).toBe('5050');
});
