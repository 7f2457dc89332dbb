import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clientConfig,
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  useServers,
  withClient,
} from '../support/servers.js';
import type { Finding } from '../../src/checks/finding.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { waitUntil } from '../support/wait.js';
import { findingsFor, follow, ofCode, paste, type SpecWish } from './readiness.js';

/** The application's server and the one it moves to, set up as two different people would. */
const servers = useServers({
  source: {
    major: 14,
    settings: {
      ...logicalSettings,
      max_locks_per_transaction: 128,
      max_prepared_transactions: 4,
      archive_mode: 'on',
      archive_command: '/bin/true',
    },
  },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();
const roles = ['app', 'reporting', 'old_hash', 'expired', 'locked', 'batch', 'web'];
const hbaFile = (): string => join(servers.target.folder, 'data', 'pg_hba.conf');
const clients: pg.Client[] = [];
let rulesBefore = '';

async function comesIn(role: string, database = 'shop'): Promise<pg.Client> {
  const client = new pg.Client({
    ...clientConfig(servers.source, database, role),
    application_name: `${role} of shop`,
  });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

async function check(code: string): Promise<Finding[]> {
  return ofCode(await findingsFor({ source: servers.source, target: servers.target }), code);
}

beforeAll(async () => {
  const make = roles.map(role => `create role ${role} login password 'pw-${role}'`).join('; ');
  await sql(servers.source, 'postgres', make);
  await createDatabase(servers.source, 'shop', 'create table item (id int primary key)');
  await sql(
    servers.target,
    'postgres',
    `${make}; set password_encryption to 'md5'; alter role old_hash password 'pw-old_hash'; ` +
      `alter role expired valid until '2020-01-01'; alter role locked nologin`,
  );
  await createDatabase(
    servers.target,
    'shop',
    'create table item (id int primary key); revoke connect on database shop from public; ' +
      'grant connect on database shop to app, reporting, old_hash, expired, locked, web',
  );
  rulesBefore = readFileSync(hbaFile(), 'utf8');
  for (const role of roles) await comesIn(role);
});
afterAll(async () => {
  writeFileSync(hbaFile(), rulesBefore);
  await Promise.all(clients.map(client => client.end()));
  await sql(servers.target, 'postgres', 'select pg_reload_conf()');
  await waitUntil('the old rules hold again', () =>
    withClient(servers.target, 'shop', () => Promise.resolve(true), 'app').catch(() => false),
  );
  for (const server of [servers.source, servers.target]) {
    await dropDatabases(server, 'shop');
    await sql(server, 'postgres', `drop role ${roles.join(', ')}`);
  }
});

describe('what the application would notice', () => {
  it('PGM702: roles at work that the target would turn away, and what lets them in', async () => {
    writeFileSync(
      hbaFile(),
      'host all postgres 127.0.0.1/32 trust\n' +
        'host shop reporting 127.0.0.0/8 reject\n' +
        'host shop app,old_hash,expired,locked,batch samehost scram-sha-256\n',
    );
    await sql(servers.source, 'postgres', 'select pg_reload_conf()');
    await sql(servers.target, 'postgres', 'select pg_reload_conf()');
    await expect
      .poll(async () =>
        (await check('PGM702')).map(({ message }) => message.replace(/^role (\S+) in shop.*?: /, '$1: ')).sort(),
      )
      .toEqual([
        "app: it logs in without a password now, and line 3 of the target's pg_hba.conf asks for one (scram-sha-256)",
        'batch: it has no CONNECT on the target',
        "batch: it logs in without a password now, and line 3 of the target's pg_hba.conf asks for one (scram-sha-256)",
        'expired: its password is no longer valid on the target (VALID UNTIL has passed)',
        "locked: it logs in without a password now, and line 3 of the target's pg_hba.conf asks for one (scram-sha-256)",
        'locked: it may not log in on the target',
        "old_hash: line 3 of the target's pg_hba.conf asks for scram-sha-256, and its password is stored as md5",
        "reporting: line 2 of the target's pg_hba.conf rejects it",
        "web: no line of the target's pg_hba.conf lets it in",
      ]);
    for (const { remedy } of await check('PGM702')) {
      if (remedy?.includes('sed -i') === true) follow(remedy.replaceAll('scram-sha-256', 'trust'), servers.target.user);
      else if (remedy?.includes('\\password') !== true) paste(servers.target, 'postgres', remedy);
    }
    await sql(servers.target, 'postgres', "alter role expired password null; alter role old_hash password 'again'");
    writeFileSync(hbaFile(), `host shop old_hash,expired all trust\n${readFileSync(hbaFile(), 'utf8')}`);
    await sql(servers.target, 'postgres', 'select pg_reload_conf()');
    await expect.poll(() => check('PGM702')).toEqual([]);
    for (const role of roles)
      expect(await withClient(servers.target, 'shop', () => Promise.resolve(role), role).catch(String)).toBe(role);
  });

  it('PGM703, 704 and 705: limits that cut, other plans, too little room, and what puts them right', async () => {
    for (const statement of [
      "alter system set statement_timeout to '30s'",
      "alter system set work_mem to '1MB'",
      'alter role app connection limit 1',
      'alter database shop connection limit 5',
      'select pg_reload_conf()',
    ])
      await sql(servers.target, 'postgres', statement);
    await sql(servers.source, 'shop', "begin; insert into item values (1); prepare transaction 'order 1'");
    await comesIn('app');
    const codes = async (wish: SpecWish): Promise<readonly string[]> => {
      const found = (await findingsFor(wish)).filter(({ severity }) => severity !== 'ok');
      return found.flatMap(({ code, message }) => (/^PGM70[345]$/.test(code) ? [`${code} ${message}`] : []));
    };
    await expect
      .poll(() => codes(servers))
      .toEqual([
        'PGM703 statement_timeout is 30s, on the source unlimited: a statement that takes longer is cancelled',
        'PGM704 planner settings differ from those on the source: work_mem 1MB (4MB)',
        'PGM705 role app may have 1 connections on the target, and had 2 at once on the source',
        'PGM705 database shop may have 5 connections on the target, and had 8 at once on the source',
        expect.stringContaining('PGM705 max_locks_per_transaction is 64, on the source 128') as string,
        'PGM705 max_prepared_transactions is 0, on the source 4 with 1 prepared now: PREPARE TRANSACTION is refused',
      ]);
    for (const { code, object, remedy } of await findingsFor(servers))
      if (/^PGM70[345]$/.test(code) && object?.startsWith('max_') !== true) paste(servers.target, 'postgres', remedy);
    expect(await codes(servers)).toEqual([
      expect.stringContaining('PGM705 max_locks') as string,
      expect.stringContaining('PGM705 max_prepared') as string,
    ]);
    await sql(servers.source, 'shop', "rollback prepared 'order 1'");
    // The other way round there is room.
    expect(await codes({ source: servers.target, target: servers.source })).toEqual([]);
    await sql(servers.target, 'postgres', 'alter system reset all');
    await sql(servers.target, 'postgres', 'select pg_reload_conf()');
  });

  it('PGM706 to 709: what is around the source and does not come along', async () => {
    const codes = async (wish: SpecWish): Promise<readonly string[]> =>
      (await findingsFor(wish)).flatMap(({ code, message }) =>
        /^PGM70[6789]$/.test(code) ? [`${code} ${message}`] : [],
      );
    const listener = await comesIn('batch');
    await listener.query('listen jobs');
    const single = await comesIn('batch');
    await single.query('select pg_advisory_lock(42)');
    await sql(
      servers.source,
      'shop',
      "create type state as enum ('new'); create extension citext; select pg_create_physical_replication_slot('standby1')",
    );
    // An extension of that name, as far as catalogs tell.
    await sql(servers.source, 'shop', "update pg_extension set extname = 'pg_cron' where extname = 'citext'");
    expect(await codes(servers)).toEqual([
      'PGM706 1 session of role batch listens (LISTEN): it has to listen again after the switch, and what is notified meanwhile does not reach it',
      'PGM706 role batch holds 1 advisory lock for as long as its sessions live: they do not come along, and on the other server nobody holds them',
      'PGM707 extension pg_cron runs the jobs of cron.job: on the target too, as soon as it is there',
      expect.stringContaining('PGM708 the source has physical slot standby1, the target none') as string,
      expect.stringContaining('PGM708 archive_mode is off, on the source on') as string,
      expect.stringContaining('PGM709 1 enum: their OIDs differ after the switch') as string,
    ]);
    await sql(servers.source, 'shop', "update pg_extension set extname = 'citext' where extname = 'pg_cron'");
    await sql(
      servers.source,
      'shop',
      "drop extension citext; drop type state; select pg_drop_replication_slot('standby1')",
    );
    await Promise.all([listener.end(), single.end()]);
    expect(await codes({ source: servers.target, target: servers.source })).toEqual([]);
  });

  it('keeps in the state who was at work', async () => {
    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'goal: prepared'));
    expect(await workspace.pgm('apply', '--auto-approve')).toMatchObject({ code: 0 });
    const seen = (): readonly string[] =>
      (JSON.parse(workspace.read('pgm.lock.json')) as Lockfile).clients?.seen.map(
        ({ role, database, peak }) => `${role} in ${database}: ${peak}`,
      ) ?? [];
    expect(seen()).toContain('web in shop: 1');
    await comesIn('web');
    expect(await workspace.pgm('status')).toMatchObject({ code: 0 });
    expect(seen()).toContain('web in shop: 2');
    const before = workspace.read('pgm.lock.json');
    const [status, plan] = [await workspace.pgm('status'), await workspace.pgm('plan', '--goal', 'cutover')];
    for (const { stdout } of [status, plan]) {
      expect(stdout).toMatch(/Your application \(at most \d+ sessions on the source at once/);
      expect(stdout).toMatch(/Clients +7 roles from 1 address/);
    }
    expect(await workspace.pgm('status')).toMatchObject({ code: 0 });
    expect(workspace.read('pgm.lock.json')).toBe(before);
    expect(await workspace.pgm('destroy', '--auto-approve')).toMatchObject({ code: 0 });
  });
});
