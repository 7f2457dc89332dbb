import { closeSync, existsSync, openSync, rmSync, statfsSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  useServers,
  value,
  type LocalServer,
} from '../support/servers.js';
import { serverBin } from '../support/majors.js';
import { findingsFor, follow, ofCode, paste, type SpecWish } from './readiness.js';

/** What the machines, programs and roles under the servers lack. */
const servers = useServers({
  source: { major: 14, settings: { ...logicalSettings, autovacuum: 'off' } },
  target: { major: 18, settings: logicalSettings },
});

const findings = (wish: Partial<SpecWish> = {}): Promise<Finding[]> =>
  findingsFor({ source: servers.source, target: servers.target, ...wish });
const keyed = 'create table t (id int primary key)';
const gigabyte = 1024 ** 3;

afterEach(async () => {
  vi.unstubAllEnvs();
  await dropDatabases(servers.source, 'app');
  await dropDatabases(servers.target, 'app');
});

/** A table that is said to be as large as this, in files that take no room. */
async function blowUp(server: LocalServer, database: string, table: string, bytes: number): Promise<void> {
  const path = join(
    server.folder,
    'data',
    (await value(server, database, `select pg_relation_filepath('${table}')`)) ?? '',
  );
  for (let segment = 0; segment * gigabyte < bytes; segment++) {
    const file = segment === 0 ? path : `${path}.${segment}`;
    closeSync(openSync(file, 'a'));
    truncateSync(file, gigabyte);
  }
}

describe('disk and memory', () => {
  it('PGM305, 215 and 316: more to come than the target has room for, and more WAL than the source has', async () => {
    await createDatabase(servers.source, 'app', `${keyed}; create table big (id int primary key)`);
    const { bavail, bsize } = statfsSync(join(servers.source.folder, 'data'));
    expect([...ofCode(await findings(), 'PGM305'), ...ofCode(await findings(), 'PGM215')]).toEqual([]);
    await blowUp(servers.source, 'app', 'big', bavail * bsize * 1.1);
    const tight = await findings();
    expect(ofCode(tight, 'PGM305')).toMatchObject([
      {
        severity: 'error',
        server: 'target',
        current: expect.stringMatching(/GiB/) as string,
        required: expect.stringMatching(/GiB/) as string,
      },
    ]);
    expect(ofCode(tight, 'PGM215')).toEqual([]);
    expect(ofCode(tight, 'PGM316')).toContainEqual(
      expect.objectContaining({
        severity: 'info',
        status: 'change',
        server: 'target',
        object: 'checkpoint_timeout',
        change: { kind: 'load-setting', name: 'checkpoint_timeout', value: '30min' },
      }),
    );
    await blowUp(servers.source, 'app', 'big', bavail * bsize * 11);
    expect(ofCode(await findings(), 'PGM215')).toMatchObject([
      { severity: 'warning', server: 'source', current: expect.stringMatching(/GiB/) as string },
    ]);
    const without = await findings({ lines: ['databases: {tables: {exclude: [public.big]}}'] });
    expect([...ofCode(without, 'PGM305'), ...ofCode(without, 'PGM215'), ...ofCode(without, 'PGM316')]).toEqual([]);
  });

  it('PGM305 and 215: a role that is not shown where the data lies', async () => {
    await createDatabase(servers.source, 'app', keyed);
    await sql(servers.target, 'postgres', 'create role plain login');
    await sql(servers.source, 'postgres', 'create role plain login');
    const found = await findings({ sourceUser: 'plain', targetUser: 'plain' });
    expect(ofCode(found, 'PGM305')).toMatchObject([{ severity: 'info', status: 'ok', current: 'unknown' }]);
    expect(ofCode(found, 'PGM215')).toMatchObject([{ severity: 'info', status: 'ok', current: 'unknown' }]);
    await sql(servers.target, 'postgres', 'drop role plain');
    await sql(servers.source, 'postgres', 'drop role plain');
  });

  it('PGM313: index builds that would take more than the machine has', async () => {
    await createDatabase(servers.source, 'app', keyed);
    await sql(servers.target, 'postgres', `alter system set maintenance_work_mem = '1TB'`);
    await sql(servers.target, 'postgres', 'select pg_reload_conf()');
    const [found] = ofCode(await findings(), 'PGM313');
    expect(found).toMatchObject({
      severity: 'warning',
      server: 'target',
      object: 'maintenance_work_mem',
      current: '1048576MB',
    });
    paste(servers.target, 'postgres', found?.remedy);
    await expect.poll(async () => ofCode(await findings(), 'PGM313')).toEqual([]);
    await sql(servers.target, 'postgres', 'alter system reset all');
  });

  it('PGM309: a tablespace of tables and of a database', async () => {
    const folder = join(servers.source.folder, 'fast disk');
    follow(`mkdir '${folder}'`, servers.source.user);
    await sql(servers.source, 'postgres', `create tablespace fast location '${folder}'`);
    await sql(servers.source, 'postgres', 'create database app tablespace fast');
    await sql(servers.source, 'app', keyed);
    const [found] = ofCode(await findings(), 'PGM309');
    expect(found).toMatchObject({
      severity: 'warning',
      server: 'target',
      database: 'app',
      object: 'fast',
      message: expect.stringContaining('database app') as string,
    });
    follow(found?.remedy, servers.target.user);
    expect(ofCode(await findings(), 'PGM309')).toEqual([]);
    await dropDatabases(servers.source, 'app');
    for (const server of [servers.source, servers.target]) await sql(server, 'postgres', 'drop tablespace fast');
    rmSync(folder, { recursive: true });
  });
});

describe('programs and languages', () => {
  it.runIf(serverBin(15) !== undefined)('PGM110: pg_dump of 15 and a source of 18', async () => {
    const programs = serverBin(15) ?? '';
    expect(existsSync(join(programs, 'pg_dump'))).toBe(true);
    vi.stubEnv('PGM_PG_BIN', programs);
    const found = ofCode(await findings({ source: servers.target, target: servers.source }), 'PGM110');
    expect(found).toMatchObject([
      {
        severity: 'error',
        server: 'local',
        object: 'pg_dump',
        required: '18 or newer',
        message: expect.stringContaining(join(programs, 'pg_dump')) as string,
      },
      { severity: 'error', server: 'local', object: 'pg_restore' },
    ]);
    expect(ofCode(await findings(), 'PGM110')).toEqual([]);
  });

  it('PGM310: a language that came without an extension', async () => {
    await createDatabase(servers.source, 'app', `${keyed}; create trusted language plodd handler plpgsql_call_handler`);
    expect(ofCode(await findings(), 'PGM310')).toMatchObject([
      { severity: 'error', server: 'target', database: 'app', object: 'plodd' },
    ]);
    await createDatabase(servers.target, 'app', 'create trusted language plodd handler plpgsql_call_handler');
    expect(ofCode(await findings(), 'PGM310')).toEqual([]);
  });

  it('PGM209 and 514: a source with settings which no server here has', async () => {
    await createDatabase(servers.source, 'app', keyed);
    // One came with the minor releases of August 2026, the other is a source built for longer names.
    const told = (name: string, setting: string, context: string): string =>
      `select '${name}', '${setting}', null, 'x', 'x', null, '${context}', 'string', 'default', ` +
      `null, null, null, '${setting}', '${setting}', null, null, false`;
    const pretend = async (...rows: readonly string[]): Promise<void> => {
      await sql(
        servers.source,
        'postgres',
        'set allow_system_table_mods = on; create or replace view pg_catalog.pg_settings ' +
          `as ${["select * from pg_show_all_settings() where name not in ('output_plugin_libraries', 'max_identifier_length')", ...rows].join(' union all ')}`,
      );
    };
    await pretend(
      told('output_plugin_libraries', 'wal2json', 'sighup'),
      told('max_identifier_length', '127', 'internal'),
    );
    const found = await findings();
    expect(ofCode(found, 'PGM209')).toMatchObject([
      {
        status: 'change',
        server: 'source',
        current: 'wal2json',
        change: {
          kind: 'server-setting',
          server: 'source',
          name: 'output_plugin_libraries',
          value: 'wal2json, pgoutput',
          restart: false,
        },
      },
    ]);
    expect(ofCode(found, 'PGM514')).toMatchObject([
      {
        severity: 'warning',
        server: 'target',
        object: 'max_identifier_length',
        current: '63',
        required: '127 or more',
      },
    ]);
    await pretend(
      told('output_plugin_libraries', 'wal2json, pgoutput', 'sighup'),
      told('max_identifier_length', '63', 'internal'),
    );
    const after = await findings();
    expect([...ofCode(after, 'PGM209'), ...ofCode(after, 'PGM514')]).toEqual([]);
  });
});

describe('rights on both sides', () => {
  it('PGM410: an owner whom the target role may not make owner', async () => {
    await createDatabase(servers.source, 'app', `create role boss; ${keyed}; alter table t owner to boss`);
    await sql(servers.target, 'postgres', 'create role boss; create role plain login createdb createrole');
    const found = ofCode(await findings({ targetUser: 'plain' }), 'PGM410');
    // Schema public of 14 is the superuser's.
    expect(found).toMatchObject([
      { severity: 'warning', server: 'target', object: 'boss', required: 'member of boss' },
      { object: 'postgres' },
    ]);
    for (const { remedy } of found) paste(servers.target, 'postgres', remedy);
    // Nothing that is pasted makes anybody superuser.
    const left = ofCode(await findings({ targetUser: 'plain' }), 'PGM410').map(({ object }) => object);
    expect(left.filter(object => object !== 'postgres')).toEqual([]);
    expect(left).toEqual(['postgres']);
    // From 16 on a member may not have SET, and then it cannot give anything to the role.
    await sql(servers.target, 'postgres', 'grant boss to plain with set false');
    expect(ofCode(await findings({ targetUser: 'plain' }), 'PGM410')).toMatchObject([
      { object: 'boss' },
      { object: 'postgres' },
    ]);
    await dropDatabases(servers.source, 'app');
    await sql(servers.source, 'postgres', 'drop role boss');
    await sql(servers.target, 'postgres', 'drop role plain; drop role boss');
  });

  it('PGM412: roles that could not follow the target after cutover', async () => {
    await createDatabase(servers.source, 'app', keyed);
    for (const server of [servers.source, servers.target]) await sql(server, 'postgres', 'create role plain login');
    const roles = { sourceUser: 'plain', targetUser: 'plain' };
    const found = ofCode(await findings(roles), 'PGM412');
    expect(found.map(({ severity, server, object }) => [severity, server, object])).toEqual([
      ['warning', 'source', 'plain'],
      ['warning', 'target', 'plain'],
    ]);
    expect(
      ofCode(await findings({ ...roles, lines: ['goal: cutover'] }), 'PGM412').map(({ severity }) => severity),
    ).toEqual(['error', 'error']);
    expect(ofCode(await findings({ ...roles, lines: ['cutover: {failback: false}'] }), 'PGM412')).toEqual([]);
    for (const { server, remedy } of found)
      paste(server === 'source' ? servers.source : servers.target, 'postgres', remedy);
    expect(ofCode(await findings(roles), 'PGM412')).toEqual([]);
    for (const server of [servers.source, servers.target]) await sql(server, 'postgres', 'drop role plain');
  });

  it('PGM416: roles that could not keep writers out of the old side', async () => {
    await createDatabase(servers.source, 'app', keyed);
    for (const server of [servers.source, servers.target]) await sql(server, 'postgres', 'create role plain login');
    const roles = { sourceUser: 'plain', targetUser: 'plain' };
    const found = ofCode(await findings(roles), 'PGM416');
    expect(found.map(({ severity, server, required }) => [severity, server, required])).toEqual([
      ['warning', 'source', 'ownership'],
      ['warning', 'source', 'member of pg_signal_backend'],
      ['warning', 'target', 'member of pg_signal_backend'],
    ]);
    expect(
      ofCode(await findings({ ...roles, lines: ['goal: cutover'] }), 'PGM416').map(({ severity }) => severity),
    ).toEqual(['error', 'error', 'error']);
    for (const { server, remedy } of found)
      paste(server === 'source' ? servers.source : servers.target, 'postgres', remedy);
    expect(ofCode(await findings(roles), 'PGM416')).toEqual([]);
    await dropDatabases(servers.source, 'app');
    for (const server of [servers.source, servers.target]) await sql(server, 'postgres', 'drop role plain');
  });
});
