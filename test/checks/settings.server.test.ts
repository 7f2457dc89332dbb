import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Finding } from '../../src/checks/finding.js';
import {
  createDatabase,
  dropDatabases,
  sql,
  startServer,
  stopServer,
  useServers,
  withClient,
  type LocalServer,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { findingsFor, follow, ofCode, paste, specLine, type SpecWish } from './readiness.js';

const servers = useServers({
  source: {
    major: 14,
    settings: { wal_level: 'replica', max_replication_slots: 1, max_wal_senders: 1, max_prepared_transactions: 5 },
  },
  target: {
    major: 18,
    settings: {
      wal_level: 'replica',
      max_logical_replication_workers: 0,
      max_worker_processes: 1,
      max_active_replication_origins: 0,
      max_connections: 20,
    },
  },
});

const findings = (wish: Partial<SpecWish> = {}): Promise<Finding[]> =>
  findingsFor({ source: servers.source, target: servers.target, ...wish });

async function restart(server: LocalServer): Promise<void> {
  await stopServer(server);
  await startServer(server);
}

/** What the plan's step would do, one statement at a time. */
async function carryOut(change: Change | undefined): Promise<void> {
  if (change?.kind !== 'server-setting') throw new Error('no setting to change');
  await sql(servers[change.server], 'postgres', `alter system set ${change.name} = '${change.value}'`);
  if (change.restart) await restart(servers[change.server]);
  else await sql(servers[change.server], 'postgres', 'select pg_reload_conf()');
}

async function takeBack(server: LocalServer): Promise<void> {
  await sql(server, 'postgres', 'alter system reset all');
  await restart(server);
}

beforeEach(() => createDatabase(servers.source, 'app', 'create table t (id int primary key)'));
afterEach(async () => {
  await dropDatabases(servers.source, 'app', 'second', 'third');
});

describe('settings that pgm changes', () => {
  it('PGM201, 202 and 203: all that the restart must bring, in one run, and clean after it', async () => {
    const found = await findings();
    const codes = ['PGM201', 'PGM202', 'PGM203'];
    const expected = [
      { name: 'wal_level', value: 'logical' },
      { name: 'max_replication_slots', value: '3' },
      { name: 'max_wal_senders', value: '3' },
    ];
    for (const [index, code] of codes.entries()) {
      const { name, value } = expected[index] ?? { name: '', value: '' };
      expect(ofCode(found, code)).toMatchObject([
        {
          severity: 'warning',
          status: 'change',
          server: 'source',
          object: name,
          step: `source/server-setting/${name}`,
          change: { kind: 'server-setting', server: 'source', name, value, restart: true },
        },
      ]);
    }
    for (const code of codes)
      await sql(
        servers.source,
        'postgres',
        `alter system set ${ofCode(found, code)[0]?.object ?? ''} = '${expected[codes.indexOf(code)]?.value ?? ''}'`,
      );
    // Set, and not yet in force.
    const waiting = await findings();
    expect(ofCode(waiting, 'PGM201')).toMatchObject([
      { status: 'change', message: expect.stringContaining('waits for a restart') as string },
    ]);
    await restart(servers.source);
    const after = await findings();
    for (const code of codes) expect(ofCode(after, code)).toEqual([]);
    await takeBack(servers.source);
  });

  it('PGM202: a slot for each database, and those of others', async () => {
    await createDatabase(servers.source, 'second');
    await createDatabase(servers.source, 'third');
    await sql(servers.source, 'postgres', `select pg_create_physical_replication_slot('standby')`);
    expect(ofCode(await findings(), 'PGM202')).toMatchObject([{ current: '1', required: '6 or more' }]);
    await sql(servers.source, 'postgres', `select pg_drop_replication_slot('standby')`);
  });

  it.each([
    ['PGM206', 'wal_sender_timeout', '1s'],
    ['PGM207', 'max_slot_wal_keep_size', '64MB'],
  ])('%s: %s = %s', async (code, name, bad) => {
    await sql(servers.source, 'postgres', `alter system set ${name} = '${bad}'`);
    await sql(servers.source, 'postgres', 'select pg_reload_conf()');
    const [found] = ofCode(await findings(), code);
    expect(found).toMatchObject({ server: 'source', object: name });
    if (found?.status === 'change') await carryOut(found.change);
    else paste(servers.source, 'postgres', found?.remedy);
    expect(ofCode(await findings(), code)).toEqual([]);
    await takeBack(servers.source);
  });

  it('asks the user where the role may not, and what is asked works as typed', async () => {
    await sql(servers.source, 'postgres', 'create role plain login; grant pg_read_all_settings to plain');
    const [found] = ofCode(await findings({ sourceUser: 'plain' }), 'PGM201');
    expect(found).toMatchObject({ severity: 'error', status: 'manual', current: 'replica', required: 'logical' });
    paste(servers.source, 'postgres', found?.remedy);
    await restart(servers.source);
    expect(ofCode(await findings({ sourceUser: 'plain' }), 'PGM201')).toEqual([]);
    await sql(servers.source, 'postgres', 'drop role plain');
    await takeBack(servers.source);
  });
});

describe('the state of the source', () => {
  it('PGM208: timeouts of the role', async () => {
    await sql(
      servers.source,
      'postgres',
      `create role hasty login superuser; alter role hasty set statement_timeout = '5s'`,
    );
    expect(ofCode(await findings({ sourceUser: 'hasty' }), 'PGM208')).toMatchObject([
      { severity: 'info', object: 'statement_timeout', current: '5000' },
    ]);
    await sql(servers.source, 'postgres', 'drop role hasty');
  });

  it('PGM208: transaction_timeout, which the copy cannot do without noticing', async () => {
    await sql(
      servers.target,
      'postgres',
      `create role hasty login superuser; alter role hasty set transaction_timeout = '5min'`,
    );
    const [found] = ofCode(await findings({ targetUser: 'hasty' }), 'PGM208');
    expect(found).toMatchObject({ severity: 'warning', server: 'target', object: 'transaction_timeout' });
    paste(servers.target, 'postgres', found?.remedy);
    expect(ofCode(await findings({ targetUser: 'hasty' }), 'PGM208')).toEqual([]);
    await sql(servers.target, 'postgres', 'drop role hasty');
  });

  it('PGM210: a forgotten prepared transaction', async () => {
    await withClient(servers.source, 'app', async client => {
      await client.query('begin');
      await client.query('insert into t values (1)');
      await client.query(`prepare transaction 'forgotten'`);
    });
    await withClient(servers.source, 'app', async client => {
      await client.query('begin; insert into t values (2)');
      // A moment is nothing to tell; from 10 s on both would hold up the slot.
      expect(ofCode(await findings(), 'PGM210')).toEqual([]);
      await waitUntil('both are told', async () => ofCode(await findings(), 'PGM210').length === 2);
      const found = ofCode(await findings(), 'PGM210');
      expect(found.map(({ severity, server, database }) => [severity, server, database])).toEqual([
        ['warning', 'source', 'app'],
        ['warning', 'source', 'app'],
      ]);
      expect(found.find(({ object }) => object === 'forgotten')).toBeDefined();
      expect(found.find(({ message }) => message.includes('insert into t values (2)'))?.object).toMatch(/^pid \d+$/);
      for (const { object, remedy } of found) {
        paste(servers.source, 'app', remedy);
        // What becomes of a prepared transaction is for its manager to say: the remedy only shows it, and names both.
        if (object !== 'forgotten') continue;
        expect(remedy).toMatch(/commit prepared 'forgotten'.*rollback prepared 'forgotten'/);
        await sql(servers.source, 'app', `rollback prepared 'forgotten'`);
      }
    }).catch((error: unknown) => {
      // The remedy ended the session.
      expect(String(error)).toMatch(/terminat/);
    });
    await expect.poll(async () => ofCode(await findings(), 'PGM210')).toEqual([]);
  });

  it('PGM213: a slot of another migration', async () => {
    await sql(servers.source, 'postgres', `select pg_create_physical_replication_slot('pgm_old_1_1')`);
    const [found] = ofCode(await findings(), 'PGM213');
    expect(found).toMatchObject({ severity: 'warning', object: 'pgm_old_1_1' });
    paste(servers.source, 'postgres', found?.remedy);
    expect(ofCode(await findings(), 'PGM213')).toEqual([]);
  });

  it('PGM214: a value that waits for a restart', async () => {
    await sql(servers.source, 'postgres', 'alter system set max_connections = 50');
    await sql(servers.source, 'postgres', 'select pg_reload_conf()');
    const [found] = ofCode(await findings(), 'PGM214');
    expect(found).toMatchObject({
      severity: 'warning',
      server: 'source',
      object: 'max_connections',
      current: '100',
      required: '50',
    });
    paste(servers.source, 'postgres', found?.remedy);
    await expect.poll(async () => ofCode(await findings(), 'PGM214')).toEqual([]);
  });
});

describe('the target', () => {
  it('PGM301 and 302: no room for workers and origins; the target is the user’s to restart', async () => {
    const found = await findings();
    expect(ofCode(found, 'PGM301').map(({ object, severity, status }) => [object, severity, status])).toEqual([
      ['max_logical_replication_workers', 'error', 'manual'],
      ['max_worker_processes', 'error', 'manual'],
    ]);
    expect(ofCode(found, 'PGM302')).toMatchObject([
      { severity: 'error', object: 'max_active_replication_origins', current: '0', required: '1 or more' },
    ]);
    for (const { remedy } of [...ofCode(found, 'PGM301'), ...ofCode(found, 'PGM302')])
      paste(servers.target, 'postgres', remedy);
    await restart(servers.target);
    const after = await findings();
    expect([...ofCode(after, 'PGM301'), ...ofCode(after, 'PGM302')]).toEqual([]);
    await takeBack(servers.target);
  });

  it('PGM303: too few connections for the jobs', async () => {
    const [found] = ofCode(await findings({ lines: ['copy: {jobs: 30}'] }), 'PGM303');
    expect(found).toMatchObject({ severity: 'warning', server: 'target', object: 'max_connections' });
    expect(ofCode(await findings({ lines: [specLine(found?.remedy)] }), 'PGM303')).toEqual([]);
  });

  it('PGM312: the way back, a warning first, an error when cutover is the goal, nothing without failback', async () => {
    const settings = (found: readonly Finding[]): unknown[] =>
      ofCode(found, 'PGM312').map(({ object, severity, server }) => [object, severity, server]);
    const found = await findings();
    expect(settings(found)).toEqual([['wal_level', 'warning', 'target']]);
    expect(settings(await findings({ lines: ['goal: cutover'] }))).toEqual([['wal_level', 'error', 'target']]);
    expect(settings(await findings({ lines: ['cutover: {failback: false}'] }))).toEqual([]);
    paste(servers.target, 'postgres', ofCode(found, 'PGM312')[0]?.remedy);
    await restart(servers.target);
    expect(settings(await findings())).toEqual([]);
    await takeBack(servers.target);
  });

  it('PGM315: a target that does not take writes', async () => {
    await sql(
      servers.target,
      'postgres',
      'create role quiet login superuser; alter role quiet set default_transaction_read_only = on',
    );
    const [found] = ofCode(await findings({ targetUser: 'quiet' }), 'PGM315');
    expect(found).toMatchObject({ severity: 'error', object: 'default_transaction_read_only' });
    paste(servers.target, 'postgres', found?.remedy);
    expect(ofCode(await findings({ targetUser: 'quiet' }), 'PGM315')).toEqual([]);
    await sql(servers.target, 'postgres', 'drop role quiet');
  });

  it('PGM403, 408 and 409: a role with no rights', async () => {
    await sql(servers.target, 'postgres', 'create role plain login');
    await sql(servers.source, 'postgres', 'create role app_owner');
    const found = await findings({ targetUser: 'plain' });
    for (const [code, required] of [
      ['PGM403', 'superuser, pg_create_subscription or aiven_extras'],
      ['PGM408', 'CREATEDB'],
      ['PGM409', 'CREATEROLE'],
    ] as const) {
      expect(ofCode(found, code)).toMatchObject([{ severity: 'error', server: 'target', required }]);
      paste(servers.target, 'postgres', ofCode(found, code)[0]?.remedy);
    }
    const after = await findings({ targetUser: 'plain' });
    // Now the password that only superusers may do without is what is missing.
    expect(ofCode(after, 'PGM403')).toMatchObject([{ severity: 'error', required: 'a password' }]);
    expect([...ofCode(after, 'PGM408'), ...ofCode(after, 'PGM409')]).toEqual([]);
    await sql(servers.target, 'postgres', 'drop role plain');
    await sql(servers.source, 'postgres', 'drop role app_owner');
  });

  it('PGM308, 309 and 311: encoding, tablespaces and owners', async () => {
    await sql(servers.target, 'postgres', `create database app encoding 'LATIN1' locale 'C' template template0`);
    await sql(servers.source, 'app', `create role ghost; alter table t owner to ghost`);
    const found = await findings({ lines: ['roles: skip'] });
    expect(ofCode(found, 'PGM308')).toMatchObject([
      { severity: 'error', server: 'target', database: 'app', current: 'LATIN1', required: 'UTF8' },
    ]);
    expect(ofCode(found, 'PGM311')).toMatchObject([{ severity: 'warning', server: 'target', object: 'ghost' }]);
    paste(servers.target, 'postgres', ofCode(found, 'PGM308')[0]?.remedy);
    paste(servers.target, 'postgres', ofCode(found, 'PGM311')[0]?.remedy);
    const after = await findings({ lines: ['roles: skip'] });
    expect([...ofCode(after, 'PGM308'), ...ofCode(after, 'PGM311')]).toEqual([]);
    await sql(servers.target, 'postgres', 'drop role ghost');
    await dropDatabases(servers.source, 'app');
    await sql(servers.source, 'postgres', 'drop role ghost');
  });

  it('PGM308: a locale that the target has not been told of', async () => {
    await sql(servers.source, 'postgres', `create database second template template0 locale 'C.UTF-8'`);
    await sql(servers.source, 'second', 'create table t (id int primary key)');
    const known = await sql(
      servers.target,
      'postgres',
      `delete from pg_collation where collcollate ilike 'c.utf%' returning collname`,
    );
    const found = ofCode(await findings(), 'PGM308').filter(({ database }) => database === 'second');
    expect(found).toMatchObject([
      {
        severity: 'warning',
        server: 'target',
        object: 'C.UTF-8',
        required: 'C.UTF-8',
        remedy: expect.stringContaining('localedef -i C -f UTF-8 C.UTF-8\n') as string,
      },
    ]);
    // This machine has the locale: what is left to do is the last line.
    follow(found[0]?.remedy?.split('\n').at(-1));
    expect(known.length).toBeGreaterThan(0);
    expect(ofCode(await findings(), 'PGM308')).toEqual([]);
  });

  it('tells ten obstacles in one run', async () => {
    await sql(
      servers.source,
      'app',
      'create table bare (x int); create unlogged table quick (id int primary key); create materialized view ' +
        `m as select 1 as one; create sequence s as smallint; select setval('s', 32700); create extension ` +
        `pageinspect; update pg_extension set extname = 'nowhere' where extname = 'pageinspect'`,
    );
    await createDatabase(servers.target, 'app', 'create table t (id bigint primary key); insert into t values (1)');
    const found = await findings({ lines: ['databases: {exclude: [nosuch]}'] });
    const codes = new Set(found.filter(({ severity }) => severity !== 'ok').map(({ code }) => code));
    expect([...codes].sort()).toEqual([
      'PGM107', // a source that gets no more releases
      'PGM111',
      'PGM201',
      'PGM202',
      'PGM203',
      'PGM301',
      'PGM302',
      'PGM304',
      'PGM306',
      'PGM307',
      'PGM312',
      'PGM501',
      'PGM503',
      'PGM506',
      'PGM512',
    ]);
    await dropDatabases(servers.target, 'app');
  });
});
