import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  newServer,
  physicalCopy,
  sql,
  startServer,
  stopServer,
  useServers,
  value,
  type LocalServer,
} from '../support/servers.js';
import { serverBin } from '../support/majors.js';
import { findingsFor, follow, ofCode, specLine, type SpecWish } from './readiness.js';

/** Whole clusters in a bad state: on the network, in recovery, near the end of their transaction ids. */
const servers = useServers({
  source: { major: 14, settings: { ...logicalSettings, autovacuum: 'off', autovacuum_freeze_max_age: 2_000_000_000 } },
  target: { major: 14, settings: logicalSettings },
});

const findings = (wish: Partial<SpecWish> = {}): Promise<Finding[]> =>
  findingsFor({ source: servers.source, target: servers.target, ...wish });

/** An address of this machine that is not a loopback one; without a network the one that stands for all. */
const ownAddress =
  Object.values(networkInterfaces())
    .flat()
    .find(each => each?.family === 'IPv4' && !each.internal)?.address ?? '0.0.0.0';

const dataFile = (server: LocalServer, ...path: readonly string[]): string => join(server.folder, 'data', ...path);

async function restart(server: LocalServer): Promise<void> {
  await stopServer(server);
  await startServer(server);
}

afterEach(async () => {
  vi.useRealTimers();
  await dropDatabases(servers.source, 'app', 'other');
});

describe('on the network', () => {
  it('PGM204 and 104: a source that listens on this machine only, then one without TLS', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    const advertised = { sourceKeys: `advertise: {host: ${ownAddress}}` };
    const [found] = ofCode(await findings(advertised), 'PGM204');
    expect(found).toMatchObject({
      severity: 'warning',
      status: 'change',
      server: 'source',
      object: 'listen_addresses',
      current: '127.0.0.1',
      required: '*',
      change: { kind: 'server-setting', name: 'listen_addresses', value: '*', restart: true },
    });
    await sql(servers.source, 'postgres', `alter system set listen_addresses = '*'`);
    await restart(servers.source);
    expect(ofCode(await findings(advertised), 'PGM204')).toEqual([]);
    appendFileSync(dataFile(servers.source, 'pg_hba.conf'), `host all all ${ownAddress}/32 trust\n`);
    await sql(servers.source, 'postgres', 'select pg_reload_conf()');

    const away = (parameters: string): Partial<SpecWish> => ({
      source: `postgres://postgres@${ownAddress}:${servers.source.port}/postgres${parameters}`,
    });
    expect(ofCode(await findings(away('')), 'PGM104')).toMatchObject([
      { severity: 'warning', server: 'source', object: ownAddress, current: 'plain text', required: 'TLS' },
    ]);
    const key = dataFile(servers.source, 'server.key');
    execFileSync(
      'openssl',
      [
        'req',
        '-new',
        '-x509',
        '-nodes',
        '-subj',
        '/CN=localhost',
        '-days',
        '1',
        '-keyout',
        key,
        '-out',
        dataFile(servers.source, 'server.crt'),
      ],
      { stdio: 'ignore' },
    );
    chmodSync(key, 0o600);
    if (servers.source.user !== undefined) chownSync(key, servers.source.user.uid, servers.source.user.gid);
    await sql(servers.source, 'postgres', 'alter system set ssl = on');
    await sql(servers.source, 'postgres', 'select pg_reload_conf()');
    await expect.poll(async () => ofCode(await findings(away('?sslmode=require')), 'PGM104')).toEqual([]);
    // The server has TLS now and the connection does not ask for it.
    expect(ofCode(await findings(away('?sslmode=disable')), 'PGM104')).toMatchObject([{ severity: 'warning' }]);
    // A certificate that no authority vouches for, and one that the spec names.
    const verified = (root: string): Partial<SpecWish> => ({
      source: `postgres://postgres@localhost:${servers.source.port}/postgres?sslmode=verify-full&sslrootcert=${root}`,
    });
    expect(ofCode(await findings(verified('system')), 'PGM103')).toMatchObject([
      { severity: 'error', server: 'source' },
    ]);
    expect(ofCode(await findings(verified(dataFile(servers.source, 'server.crt'))), 'PGM103')).toEqual([]);
    await sql(servers.source, 'postgres', 'alter system reset all');
    await restart(servers.source);
  });

  it('PGM205, 108 and 102: pg_hba.conf that knows the address of neither, and the lines that let them in', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    await sql(servers.source, 'postgres', `alter system set listen_addresses = '*'`);
    await sql(servers.source, 'postgres', `alter role postgres password 'pw-9e1c'`);
    const rules = dataFile(servers.source, 'pg_hba.conf');
    const before = readFileSync(rules, 'utf8');
    writeFileSync(
      rules,
      `${before
        .split('\n')
        .filter(line => !line.includes(ownAddress))
        .join('\n')}\n`,
    );
    await restart(servers.source);
    const keys = `advertise: {host: ${ownAddress}}`;
    const [unnamed] = ofCode(await findings({ sourceKeys: keys }), 'PGM205');
    expect(unnamed).toMatchObject({ severity: 'error', server: 'source', object: 'pg_hba.conf' });
    expect(specLine(unnamed?.remedy)).toBe(`hba: {addresses: ['${ownAddress}/32'], method: scram-sha-256}`);

    // The role may read the rules, not write them.
    await sql(
      servers.source,
      'postgres',
      'create role reader login replication; grant pg_read_all_settings to reader; grant ' +
        'select on pg_hba_file_rules to reader; grant execute on function ' +
        `pg_hba_file_rules() to reader; alter role reader password 'pw-9e1c'`,
    );
    await sql(servers.source, 'app', 'alter table t owner to reader; grant create on database app to reader');
    const named = {
      source: `postgres://reader:pw-9e1c@127.0.0.1:${servers.source.port}/postgres`,
      sourceKeys: `${keys}, ${specLine(unnamed?.remedy)}`,
    };
    const found = await findings(named);
    expect(ofCode(found, 'PGM205')).toMatchObject([
      { severity: 'error', status: 'manual', required: `host "app" "reader" ${ownAddress}/32 scram-sha-256` },
    ]);
    expect(ofCode(found, 'PGM108')).toMatchObject([
      {
        severity: 'error',
        server: 'target',
        object: `${ownAddress}:${servers.source.port}`,
        message: expect.stringContaining('no pg_hba.conf entry') as string,
      },
    ]);
    follow(ofCode(found, 'PGM205')[0]?.remedy, servers.source.user);
    await expect
      .poll(async () =>
        (await findings(named)).filter(
          ({ code, severity }) => (code === 'PGM205' || code === 'PGM108') && severity !== 'ok',
        ),
      )
      .toEqual([]);

    const away = { source: `postgres://postgres:pw-9e1c@${ownAddress}:${servers.source.port}/postgres` };
    const [refused] = ofCode(await findings(away), 'PGM102');
    expect(refused).toMatchObject({
      severity: 'error',
      server: 'source',
      message: expect.stringContaining('pg_hba.conf') as string,
    });
    follow(refused?.remedy, {
      ...servers.source.user,
      env: { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(servers.source.port), PGUSER: 'postgres' },
    });
    await expect.poll(async () => ofCode(await findings(away), 'PGM102')).toEqual([]);

    writeFileSync(rules, before);
    await dropDatabases(servers.source, 'app');
    await sql(servers.source, 'postgres', 'drop owned by reader; drop role reader; alter role postgres password null');
    await sql(servers.source, 'postgres', 'alter system reset all');
    await restart(servers.source);
  });

  it('PGM109: the clock of this machine goes 42 s ahead of the servers’', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 42_000 });
    expect(ofCode(await findings(), 'PGM109')).toMatchObject([
      { severity: 'warning', server: 'source', current: '42 s', message: expect.stringContaining('behind') as string },
      { severity: 'warning', server: 'target', current: '42 s' },
    ]);
    vi.useRealTimers();
    expect(ofCode(await findings(), 'PGM109')).toEqual([]);
  });
});

describe('several databases', () => {
  it('PGM314: a target up to 15 that starts subscriptions one by one', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    expect(ofCode(await findings(), 'PGM314')).toEqual([]);
    await createDatabase(servers.source, 'other', 'create table t (id int primary key)');
    const [found] = ofCode(await findings(), 'PGM314');
    expect(found).toMatchObject({
      severity: 'info',
      status: 'change',
      server: 'target',
      object: 'wal_retrieve_retry_interval',
      change: { value: '500ms', restart: false },
    });
    await sql(servers.target, 'postgres', `alter system set wal_retrieve_retry_interval = '500ms'`);
    await sql(servers.target, 'postgres', 'select pg_reload_conf()');
    await expect.poll(async () => ofCode(await findings(), 'PGM314')).toEqual([]);
    await sql(servers.target, 'postgres', 'alter system reset all');
    await sql(servers.target, 'postgres', 'select pg_reload_conf()');
  });
});

describe('a standby', () => {
  it('PGM211, 315 and 106: as source, as target, and promoted', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    const standby = await physicalCopy(servers.source, { standby: true });
    try {
      await expect.poll(() => value(standby, 'postgres', 'select status from pg_stat_wal_receiver')).toBe('streaming');
      expect(ofCode(await findings({ source: standby }), 'PGM211')).toMatchObject([
        {
          severity: 'error',
          server: 'source',
          object: `127.0.0.1:${standby.port}`,
          current: 'standby',
          required: 'primary',
        },
      ]);
      expect(ofCode(await findings({ target: standby }), 'PGM315')).toMatchObject([
        { severity: 'error', server: 'target', object: `127.0.0.1:${standby.port}`, current: 'standby' },
      ]);
      expect(ofCode(await findings({ target: standby }), 'PGM106')).toMatchObject([
        { severity: 'error', server: 'target', message: expect.stringContaining('physical copy') as string },
      ]);
      // Both hosts named, as the remedy has it: the primary of them is taken.
      const both = `postgres://postgres@127.0.0.1:${standby.port},127.0.0.1:${servers.source.port}/postgres?target_session_attrs=primary`;
      expect(ofCode(await findings({ source: both }), 'PGM211')).toEqual([]);
      await sql(standby, 'postgres', 'select pg_promote()');
      expect(await value(standby, 'postgres', 'select pg_is_in_recovery()')).toBe('false');
      expect(ofCode(await findings({ source: standby }), 'PGM211')).toEqual([]);
      const after = await findings({ target: standby });
      expect(ofCode(after, 'PGM315')).toEqual([]);
      expect(ofCode(after, 'PGM106')).toMatchObject([{ severity: 'warning' }]);
      expect(ofCode(await findings(), 'PGM106')).toEqual([]);
    } finally {
      await stopServer(standby, 'immediate');
    }
  });
});

describe.runIf(serverBin(15) !== undefined)('transaction ids', () => {
  it('PGM212: a cluster near wraparound', async () => {
    expect(ofCode(await findings(), 'PGM212')).toEqual([]);
    const old = await newServer({
      major: 15,
      settings: { autovacuum: 'off', autovacuum_freeze_max_age: 2_000_000_000 },
    });
    await stopServer(old);
    wear(old, 2_000_000_000);
    await startServer(old);
    const [found] = ofCode(await findings({ source: old }), 'PGM212');
    expect(found).toMatchObject({ severity: 'warning', server: 'source', current: '144 million' });
    // Nobody may enter template0, so autovacuum alone would freeze it.
    await sql(old, 'postgres', 'alter database template0 allow_connections true');
    follow(found?.remedy);
    expect(ofCode(await findings({ source: old }), 'PGM212')).toEqual([]);
    await stopServer(old, 'immediate');
  });
});

/** Lets a stopped cluster's next transaction id be this one, with the page that holds its status. */
function wear(server: LocalServer, xid: number): void {
  const perSegment = 32 * 8192 * 4;
  const file = dataFile(
    server,
    'pg_xact',
    Math.floor(xid / perSegment)
      .toString(16)
      .toUpperCase()
      .padStart(4, '0'),
  );
  execFileSync(join(server.bin, 'pg_resetwal'), ['--next-transaction-id', String(xid), dataFile(server)], {
    ...server.user,
    cwd: server.folder,
  });
  writeFileSync(file, Buffer.alloc(32 * 8192));
  if (server.user !== undefined) chownSync(file, server.user.uid, server.user.gid);
}
