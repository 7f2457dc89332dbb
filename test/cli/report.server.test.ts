import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MigrationReport } from '../../src/apply/report.js';
import { createDatabase, logicalSettings, sql, stopServer, url, useServers } from '../support/servers.js';
import { specText, useWorkspace } from '../support/pgm.js';

const servers = useServers(
  {
    source: { major: 14, settings: { ...logicalSettings, wal_level: 'replica' }, password: 'hunter2-source' },
    target: { major: 18, settings: logicalSettings, password: 'hunter2-target' },
  },
  { leakCheck: false },
);
const workspace = useWorkspace();

const ajv = new Ajv({
  allErrors: true,
  allowUnionTypes: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
});
ajv.addSchema(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../schemas/report.schema.json'), 'utf8')) as object,
);

async function report(...parameters: readonly string[]): Promise<MigrationReport> {
  const { stdout } = await workspace.succeeds('report', '--format', 'json', ...parameters);
  const parsed = JSON.parse(stdout) as MigrationReport;
  ajv.validate('report.schema.json', parsed);
  expect(ajv.errors).toBeNull();
  return parsed;
}

async function run(...parameters: readonly string[]): Promise<void> {
  const { code, stderr, stdout } = await workspace.pgm(...parameters, '--auto-approve');
  expect({ code, out: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, out: '' });
}

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'shop',
    `
    create table orders (id bigserial primary key, note text);
    insert into orders (note) select md5(n::text) from generate_series(1, 5000) n;
    create table "<b>log" (id int primary key);
    create view over_log as select id from "<b>log";
    create materialized view total as select count(*) from orders;
    create table gone (id int primary key);
    create view over_gone as select id from gone;
    select lo_from_bytea(0, 'x');`,
  );
  await createDatabase(
    servers.source,
    'staff',
    'create table person (id int primary key); insert into person select generate_series(1, 10)',
  );
  await createDatabase(servers.source, 'scratch');
  await sql(servers.source, 'postgres', 'create database shut allow_connections false');
  await sql(servers.source, 'postgres', 'create role clerk');
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      'method: continuous\ngoal: synced\ndatabases: {exclude: [scratch], tables: {exclude: [public.gone]}}',
    ),
  );
});

describe('the report of a migration', () => {
  it('is refused before there is anything to tell', async () => {
    expect(await workspace.pgm('report')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing is recorded for test yet') as string,
    });
  });

  it('tells in between what is there and that nothing was compared', async () => {
    await run('apply');
    const told = await report();
    expect(told).toMatchObject({
      reached: 'synced',
      equal: null,
      write_stop: null,
      totals: { databases: 2, tables: 3, rows: 5010 },
      roles_made: 1,
    });
    expect(told.left_out.databases).toEqual([
      { database: 'postgres', why: 'holds nothing of the user' },
      { database: 'scratch', why: 'excluded by the spec' },
      { database: 'shut', why: 'allows no connections' },
    ]);
    expect(told.left_out.tables).toEqual([{ database: 'shop', count: 1, names: ['public.gone'] }]);
    expect(told.left_out.dependants).toEqual([{ database: 'shop', names: ['view public.over_gone'] }]);
    expect(told.settings).toContainEqual({ server: 'source', name: 'wal_level', before: null, after: 'logical' });
    expect(told.lag.samples.length).toBeGreaterThan(0);
    const { code, stdout } = await workspace.pgm('report');
    expect(code).toBe(0);
    expect(stdout).toContain('Not compared yet');
  });

  it('tells after the end what was moved, compared and left out, with the target as it is', async () => {
    await run('cutover');
    await run('close');
    const told = await report();
    expect(told).toMatchObject({
      reached: 'ready',
      equal: true,
      source: { reachable: true },
      target: { reachable: true },
      failures: [],
    });
    expect(told.write_stop?.ms).toBeGreaterThan(0);
    expect(told.databases.map(({ name, copied }) => [name, copied?.tables, copied?.rows])).toEqual([
      ['shop', 2, 5000],
      ['staff', 1, 10],
    ]);
    expect(told.databases[0]?.objects).toMatchObject({
      source: { tables: 3, views: 2, large_objects: 1 },
      target: { tables: 2, views: 1, materialized_views: 1, large_objects: 1 },
    });
    expect(told.databases.every(({ size }) => (size.target ?? 0) > 1_000_000)).toBe(true);
    expect(
      told.comparisons
        .filter(({ moment }) => moment === 'before-cutover')
        .map(({ database, tables, rows }) => [database, tables, rows]),
    ).toEqual([
      ['shop', 2, 5000],
      ['staff', 1, 10],
    ]);
    expect(told.phases.map(({ name }) => name)).toEqual([
      'prepare',
      'define',
      'copy',
      'indexes',
      'follow',
      'finish',
      'compare',
      'cutover',
      'close',
    ]);
    for (const phase of told.phases) expect(phase.intervals.length).toBeGreaterThan(0);
  });

  it('writes one page that needs nothing beside it, holds no secret, and takes no name for markup', async () => {
    const compared = await workspace.pgm('verify', '--json');
    workspace.write('verify.json', compared.stdout);
    expect(
      await workspace.pgm('report', '--format', 'html', '--out', 'report.html', '--verification', 'verify.json'),
    ).toMatchObject({ code: 0, stdout: '' });
    const page = workspace.read('report.html');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|<link|@import|url\(|src=|https?:/);
    expect(page).not.toContain('hunter2');
    expect(workspace.read('pgm.lock.json')).not.toContain('hunter2');
    expect(page).toContain('Done, closed. All compared rows are equal.');
    expect(page).toContain('by pgm verify');
    expect(page.match(/<svg/g)?.length).toBeGreaterThan(5);
    // Well formed: every tag that is opened is closed, in order.
    const open: string[] = [];
    for (const [, closing, tag, rest] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b([^>]*)>/g)) {
      if (tag === undefined || rest === undefined || ['meta'].includes(tag) || rest.endsWith('/')) continue;
      if (closing === '/') expect(open.pop()).toBe(tag);
      else open.push(tag);
    }
    expect(open).toEqual([]);
    expect(await workspace.pgm('report', '--verification', 'pgm.yaml')).toMatchObject({ code: 3 });
  });

  it('tells what is recorded when the source is gone', async () => {
    const before = await report();
    await stopServer(servers.source);
    const told = await report();
    expect(told.source).toMatchObject({ reachable: false, address: `127.0.0.1:${new URL(url(servers.source)).port}` });
    expect(told.source.message).not.toBeNull();
    expect(told.databases.map(({ size }) => size.source)).toEqual([null, null]);
    expect(told.totals).toEqual(before.totals);
    expect(told.comparisons).toEqual(before.comparisons);
    expect((await workspace.pgm('report')).stdout).toContain('! the source did not answer');
  });
});
