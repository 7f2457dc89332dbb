import { afterAll, describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { useWorkspace, specText } from '../support/pgm.js';
import { waitUntil } from '../support/wait.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  useServers,
  value,
  withClient,
} from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 16, settings: logicalSettings },
});
const workspace = useWorkspace();

afterAll(async () => {
  await dropDatabases(servers.source, 'shop', 'dots');
  await dropDatabases(servers.target, 'shop', 'dots');
});

const spec = (database: string, rest: string): void =>
  workspace.write('pgm.yaml', specText(servers.source, servers.target, `databases: {include: [${database}]}\n${rest}`));

async function driftOf(): Promise<Record<string, string[]>> {
  const { stdout } = await workspace.pgm('status', '--json');
  const { drift } = JSON.parse(stdout) as { drift: { code: string; object: string }[] };
  const found: Record<string, string[]> = {};
  for (const { code, object } of drift) (found[code] ??= []).push(object);
  return found;
}

/** Dropped and made again, swapped by names, renamed, moved, turned round in a circle; and remade on the target. */
const ddl = `
begin; drop table remade; create table remade (id int primary key, v text, more int); insert into remade select i, 'new', i from generate_series(1, 50) i; commit;
create table swapped_new (id int primary key, v text);
insert into swapped_new select i, 'new' from generate_series(1, 70) i;
begin; alter table swapped rename to swapped_old; alter table swapped_new rename to swapped; commit;
alter table named rename to renamed;
create schema archive; alter table moved set schema archive;
begin; alter table circle_a rename to hold; alter table circle_b rename to circle_a; alter table hold rename to circle_b; commit;
create table made (id serial primary key); insert into made default values;`;
const writes = [
  'remade',
  'swapped',
  'swapped_old',
  'renamed',
  'archive.moved',
  'circle_a',
  'circle_b',
  'rewritten',
  'remade_there',
]
  .map(table => `insert into ${table} (id, v) values (1000, 'late')`)
  .join(';');

describe('a table is what the server says it is', () => {
  it('follows what was remade, swapped, renamed and moved, and hands over every row', async () => {
    const names = ['remade', 'swapped', 'named', 'moved', 'circle_a', 'circle_b', 'rewritten', 'remade_there'];
    await createDatabase(
      servers.source,
      'shop',
      names
        .map(
          name =>
            `create table ${name} (id int primary key, v text); insert into ${name} ` +
            `select i, '${name}' from generate_series(1, 100) i`,
        )
        .join(';'),
    );
    spec('shop', 'verify: "off"');
    expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(0);
    expect(await driftOf()).toEqual({});

    await sql(servers.source, 'shop', ddl);
    await sql(servers.source, 'shop', 'vacuum full rewritten');
    await sql(
      servers.target,
      'shop',
      'drop table remade_there; create table remade_there (id int primary key, v text)',
    );
    await sql(servers.source, 'shop', writes);
    const drift = await driftOf();
    expect(drift.PGM605).toEqual(['public.made']);
    expect(drift.PGM612?.sort()).toEqual([
      'archive.moved',
      'public.circle_a',
      'public.circle_b',
      'public.remade',
      'public.renamed',
      'public.swapped_old',
    ]);
    expect(drift.PGM613).toEqual(['public.remade_there', 'public.swapped']);

    const again = await workspace.pgm('apply', '--auto-approve');
    expect(again.code, again.stdout + again.stderr).toBe(0);
    expect(await driftOf()).toEqual({});
    expect(
      await value(
        servers.target,
        'shop',
        "select to_regclass('public.named') is null and to_regclass('public.moved') is null",
      ),
    ).toBe('true');
    await sql(servers.source, 'shop', writes.replaceAll('1000', '2000'));
    expect((await workspace.pgm('cutover', '--auto-approve')).code).toBe(0);
    expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);

    // The way back brings all that is made on the target, or does not begin.
    expect((await driftOf()).PGM614 ?? []).toEqual([]);
    const invoice = 'create table invoice (id int primary key, v text)';
    await sql(
      servers.target,
      'shop',
      `${invoice}; insert into invoice select i, 'paid' from generate_series(1, 500) i`,
    );
    await sql(servers.target, 'shop', 'alter table renamed add column more int; create sequence tickets');
    expect((await driftOf()).PGM614).toEqual(['public.invoice', 'public.renamed', 'public.tickets']);
    const refused = await workspace.pgm('rollback', '--auto-approve');
    expect(refused.code).toBe(6);
    expect(refused.stdout + refused.stderr).toContain('public.invoice');
    await sql(servers.target, 'shop', "insert into invoice values (501, 'writable still')");
    await sql(
      servers.source,
      'shop',
      `begin read write; ${invoice}; alter table renamed add column more int; create sequence tickets; commit`,
    );
    const back = (await value(servers.target, 'shop', 'select pubname from pg_publication')) ?? '';
    await sql(servers.target, 'shop', `alter publication ${back} add table only invoice`);
    await withClient(servers.source, 'shop', async client => {
      await client.query('set default_transaction_read_only = off');
      await client.query(`alter subscription ${back} refresh publication`);
    });
    await waitUntil('nothing is left behind', async () => (await driftOf()).PGM614 === undefined);
    await sql(servers.target, 'shop', "insert into invoice values (502, 'last'); select nextval('tickets')");
    const returned = await workspace.pgm('rollback', '--auto-approve');
    expect(returned.code, returned.stdout + returned.stderr).toBe(0);
    expect(await value(servers.source, 'shop', 'select count(*) from invoice')).toBe('502');
    expect(await value(servers.source, 'shop', 'select last_value from tickets')).toBe('1');
    expect((await workspace.pgm('destroy', '--auto-approve')).code).toBe(0);
  });

  it('tells tables apart whose joined names are the same', async () => {
    await createDatabase(
      servers.source,
      'dots',
      `create schema a; create schema "a.b"; create schema "x.y"; create schema x;
      create table a."b.c" (id int primary key, v text); insert into a."b.c" select i, 'first' from generate_series(1, 10) i;
      create table "a.b".c (id int primary key, v text); insert into "a.b".c select i, 'second' from generate_series(1, 20) i;
      create table x."y.z" (id int primary key); insert into x."y.z" select generate_series(1, 5);
      create table "x.y".z (id int primary key); insert into "x.y".z select generate_series(1, 6)`,
    );
    workspace.write(
      'pgm.yaml',
      specText(servers.source, servers.target, `databases: {include: [dots], tables: {exclude: ['"x.y".z']}}`),
    );
    expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(0);
    expect(await value(servers.target, 'dots', `select count(*) from x."y.z"`)).toBe('5');
    expect(await value(servers.target, 'dots', `select to_regclass('"x.y".z') is null`)).toBe('true');
    await sql(servers.source, 'dots', `insert into "a.b".c values (21, 'late'); update a."b.c" set v = 'changed'`);
    expect((await workspace.pgm('apply', '--auto-approve', '--resync', '"a.b".c')).code).toBe(0);
    const both = await workspace.pgm('apply', '--auto-approve', '--resync', 'a.b.c');
    expect(both.code).toBe(3);
    expect(both.stderr).toContain(`--resync 'dots:"a.b".c'`);
    const verified = await workspace.pgm('verify', '--json');
    expect(verified.code).toBe(0);
    const { databases } = JSON.parse(verified.stdout) as {
      databases: { tables: { schema: string; table: string; rows_source: number }[] }[];
    };
    expect(databases[0]?.tables.map(({ schema, table, rows_source }) => [schema, table, rows_source])).toEqual([
      ['a', 'b.c', 10],
      ['a.b', 'c', 21],
      ['x', 'y.z', 5],
    ]);
    expect((await workspace.pgm('destroy', '--auto-approve')).code).toBe(0);
  });
});
