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
import { findingsFor, follow, ofCode, paste } from './readiness.js';

/** The application's server and the one it moves to, set up as two different people would. */
const servers = useServers({
  source: { major: 14, settings: logicalSettings },
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

  it('keeps in the state who was at work', async () => {
    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'goal: prepared'));
    expect(await workspace.pgm('apply', '--auto-approve')).toMatchObject({ code: 0 });
    const seen = (): readonly string[] =>
      (JSON.parse(workspace.read('pgm.lock.json')) as Lockfile).clients?.seen.map(
        ({ role, database, peak }) => `${role} in ${database}: ${peak}`,
      ) ?? [];
    expect(seen()).toContain('app in shop: 1');
    await comesIn('app');
    expect(await workspace.pgm('status')).toMatchObject({ code: 0 });
    expect(seen()).toContain('app in shop: 2');
    const before = workspace.read('pgm.lock.json');
    expect(await workspace.pgm('status')).toMatchObject({ code: 0 });
    expect(workspace.read('pgm.lock.json')).toBe(before);
    expect(await workspace.pgm('destroy', '--auto-approve')).toMatchObject({ code: 0 });
  });
});
