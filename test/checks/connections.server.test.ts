import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { pgbouncerProgram, startPgbouncer } from '../support/pgbouncer.js';
import { complete, findingsFor, follow, ofCode, paste, type SpecWish } from './readiness.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings, password: 'pw-0f3a' },
  target: { major: 18, settings: logicalSettings },
});

const findings = (wish: Partial<SpecWish> = {}): Promise<Finding[]> =>
  findingsFor({ source: servers.source, target: servers.target, ...wish });

afterEach(async () => {
  vi.unstubAllEnvs();
  await dropDatabases(servers.source, 'app', 'other');
});

describe('connections that cannot be had', () => {
  const sourceAt = (address: string): string => `postgres://postgres:pw-0f3a@${address}`;

  it.each([
    ['PGM101', 'nobody listens', () => sourceAt('127.0.0.1:1/postgres'), /refused/],
    ['PGM101', 'an unknown host', () => sourceAt('nowhere.invalid/postgres'), /not known/],
    [
      'PGM101',
      'an unknown database',
      () => sourceAt(`127.0.0.1:${servers.source.port}/nosuch`),
      /no such database.*nosuch/,
    ],
    [
      'PGM102',
      'a wrong password',
      () => `postgres://postgres:pw-bad1@127.0.0.1:${servers.source.port}/postgres`,
      /password authentication failed/,
    ],
    [
      'PGM102',
      'no password',
      () => `postgres://postgres@127.0.0.1:${servers.source.port}/postgres`,
      /asks for a password/,
    ],
    [
      'PGM103',
      'TLS that the server does not speak',
      () => sourceAt(`127.0.0.1:${servers.source.port}/postgres?sslmode=require`),
      /TLS could not be set up/,
    ],
  ])('%s: %s', async (code, _, source, message) => {
    const found = await findings({ source: source() });
    expect(ofCode(found, code)).toMatchObject([
      { severity: 'error', server: 'source', message: expect.stringMatching(message) as string },
    ]);
    // The other server is judged all the same.
    expect(found.find(finding => finding.code === 'PGM101' && finding.server === 'target')?.severity).toBe('ok');
    expect(JSON.stringify(found)).not.toMatch(/pw-0f3a|pw-bad1/);
    complete(found);
  });

  it('PGM101: what is to be typed first tells that nobody answers', async () => {
    const [found] = ofCode(await findings({ source: sourceAt('127.0.0.1:1/postgres') }), 'PGM101');
    const { stdout, status } = spawnSync('sh', ['-c', found?.remedy ?? ''], { encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: '127.0.0.1:1 - no response\n', status: 2 });
  });

  it('PGM101 and PGM102: both servers are told of in one run', async () => {
    const found = await findings({
      source: sourceAt('127.0.0.1:1/postgres'),
      target: `postgres://postgres@127.0.0.1:${servers.source.port}/postgres`,
    });
    expect(found.filter(({ severity }) => severity === 'error').map(({ code, server }) => [code, server])).toEqual([
      ['PGM101', 'source'],
      ['PGM102', 'target'],
    ]);
  });

  it.skipIf(pgbouncerProgram === undefined).each([
    ['transaction', 'a connection pooler in transaction mode'],
    ['session', 'a connection pooler or proxy'],
    ['statement', 'PgBouncer'],
  ] as const)('PGM105: PgBouncer in mode %s is refused, and the server behind it is not', async (mode, current) => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    const pooler = await startPgbouncer(servers.source, { mode, database: '*' });
    try {
      const found = await findings({ source: sourceAt(`127.0.0.1:${pooler.port}/postgres`) });
      // Before anything else, and alone.
      expect(found.filter(({ severity }) => severity !== 'ok')).toMatchObject([
        {
          code: 'PGM105',
          severity: 'error',
          server: 'source',
          object: `127.0.0.1:${pooler.port}`,
          current,
          required: 'PostgreSQL itself',
        },
      ]);
      const [, itself] =
        /connects to ([\d.:]+)\.$/.exec(found.find(({ code }) => code === 'PGM105')?.remedy ?? '') ?? [];
      // In mode statement nothing can be asked.
      expect(itself).toBe(mode === 'statement' ? undefined : `127.0.0.1:${servers.source.port}`);
      if (itself !== undefined)
        expect(ofCode(await findings({ source: sourceAt(`${itself}/postgres`) }), 'PGM105')).toEqual([]);
    } finally {
      await pooler.stop();
    }
  });

  it.runIf(pgbouncerProgram !== undefined)('PGM780 and 781: a hook and a PgBouncer that are not ready', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    const pooler = await startPgbouncer(servers.source, { mode: 'session', database: 'app' });
    const hook = join(dirname(pooler.file), 'switch.sh');
    writeFileSync(hook, '#!/bin/sh\n');
    const wish = {
      lines: [
        'goal: cutover',
        `cutover: {timeout: 300s, hooks: {switch: [["${hook}"]]}, ` +
          `pgbouncer: {admin: "postgres://postgres@127.0.0.1:${pooler.port}", databases: [app]}}`,
      ],
    };
    const rewrite = (from: RegExp, to: string): void =>
      writeFileSync(pooler.file, readFileSync(pooler.file, 'utf8').replace(from, to));
    const asPooled = { host: '127.0.0.1', port: pooler.port, user: 'postgres', database: 'pgbouncer' };
    try {
      const found = await findings(wish);
      expect(ofCode(found, 'PGM780')).toMatchObject([{ severity: 'error', server: 'local', object: hook }]);
      expect(ofCode(found, 'PGM781').map(({ current }) => current)).toEqual(['session', 'query_wait_timeout = 120']);
      follow(ofCode(found, 'PGM780')[0]?.remedy);
      // What the remedies say.
      rewrite(/pool_mode = session/, 'pool_mode = transaction\nquery_wait_timeout = 600');
      const console = new pg.Client(asPooled);
      await console.connect();
      await console.query('RELOAD');
      await console.end();
      const after = await findings(wish);
      expect([...ofCode(after, 'PGM780'), ...ofCode(after, 'PGM781')]).toEqual([]);
      expect(after).toContainEqual(
        expect.objectContaining({
          code: 'PGM781',
          message: expect.stringMatching(/^PgBouncer [\d.]+ answers/) as string,
        }),
      );
    } finally {
      await pooler.stop();
    }
    const [gone] = ofCode(await findings(wish), 'PGM781');
    expect(gone).toMatchObject({ severity: 'error', message: expect.stringContaining('does not answer') as string });
  });

  it('PGM113: a database that refuses the role is named, the others are read', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    await createDatabase(servers.source, 'other');
    await sql(
      servers.source,
      'postgres',
      `create role reader login password 'read'; revoke connect on database other from public`,
    );
    const wish = { source: `postgres://reader:read@127.0.0.1:${servers.source.port}/postgres` };
    const found = ofCode(await findings(wish), 'PGM113');
    expect(found).toMatchObject([{ severity: 'error', server: 'source', database: 'other', object: 'other' }]);
    paste(servers.source, 'postgres', found[0]?.remedy);
    expect(ofCode(await findings(wish), 'PGM113')).toEqual([]);
    await dropDatabases(servers.source, 'app', 'other');
    await sql(servers.source, 'postgres', 'drop role reader');
  });
});

describe('servers that do not fit together', () => {
  it('PGM106: the same cluster under another name', async () => {
    const found = await findings({
      source: servers.target,
      target: `postgres://postgres@localhost:${servers.target.port}/postgres`,
    });
    expect(ofCode(found, 'PGM106')).toMatchObject([
      { severity: 'error', status: 'blocked', server: 'target', object: `localhost:${servers.target.port}` },
    ]);
  });

  it('PGM107: an older target', async () => {
    const found = await findings({ source: servers.target, target: servers.source });
    expect(ofCode(found, 'PGM107')).toMatchObject([{ severity: 'error', status: 'blocked', required: '18 or newer' }]);
  });

  it('PGM108: the target cannot dial the advertised address', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    const found = await findings({ sourceKeys: 'advertise: {host: 127.0.0.1, port: 1}' });
    expect(ofCode(found, 'PGM108')).toMatchObject([
      {
        severity: 'error',
        server: 'target',
        object: '127.0.0.1:1',
        message: expect.stringContaining('Connection refused') as string,
      },
    ]);
    expect(await value(servers.target, 'postgres', 'select count(*) from pg_subscription')).toBe('0');
  });

  it('PGM108: a target role that may not ask', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    await sql(servers.target, 'postgres', 'create role plain login');
    const found = await findings({ targetUser: 'plain' });
    expect(ofCode(found, 'PGM108')).toMatchObject([{ severity: 'info' }]);
    await sql(servers.target, 'postgres', 'drop role plain');
  });

  it('PGM110: no pg_dump', async () => {
    vi.stubEnv('PGM_PG_BIN', '/nonexistent');
    expect(ofCode(await findings(), 'PGM110').map(({ object, severity }) => [object, severity])).toEqual([
      ['pg_dump', 'error'],
      ['pg_restore', 'error'],
    ]);
  });
});

describe('names and databases', () => {
  it('PGM111: names that match nothing, with what was meant', async () => {
    await createDatabase(servers.source, 'app', 'create table orders (id int primary key)');
    const found = await findings({ lines: ['databases: {exclude: [ap], tables: {include: [public.order]}}'] });
    expect(ofCode(found, 'PGM111').map(({ object, severity, remedy }) => [object, severity, remedy])).toEqual([
      ['ap', 'error', 'Did you mean "app"? Correct or remove the name in the spec.'],
      ['public.order', 'error', 'Did you mean "public.orders"? Correct or remove the name in the spec.'],
    ]);
  });

  it('PGM111: a name that PostgreSQL has cut', async () => {
    const name = 'a_table_with_a_name_that_is_longer_than_postgresql_keeps_of_any_name';
    await createDatabase(servers.source, 'app', `create table ${name} (id int primary key)`);
    const found = await findings({ lines: [`databases: {include: [app], tables: {exclude: ["public.${name}"]}}`] });
    expect(ofCode(found, 'PGM111')).toMatchObject([
      { severity: 'error', remedy: expect.stringContaining(`"public.${name.slice(0, 63)}"`) as string },
    ]);
  });

  it('PGM112: nothing to migrate', async () => {
    expect(ofCode(await findings(), 'PGM112')).toMatchObject([{ severity: 'error', server: 'source' }]);
  });
});
