import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchHba } from '../../src/checks/hba-match.js';
import type { HbaRule } from '../../src/inspect/facts.js';
import { inspectServers } from '../../src/inspect/inspect.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers, withClient } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { findingsFor, follow, ofCode, specFor } from './readiness.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});

/** So that the tests themselves always get in. */
const ours = 'host postgres,template1 postgres 127.0.0.1/32 trust\n';

const hbaFile = (): string => join(servers.source.folder, 'data', 'pg_hba.conf');

async function useRules(...lines: readonly string[]): Promise<void> {
  writeFileSync(hbaFile(), `${ours}${lines.join('\n')}\n`);
  await sql(servers.source, 'postgres', 'select pg_reload_conf()');
}

async function getsIn(database: string, user: string): Promise<boolean> {
  return withClient(servers.source, database, () => Promise.resolve(true), user).catch(() => false);
}

let before = '';
beforeAll(async () => {
  before = readFileSync(hbaFile(), 'utf8');
  await sql(
    servers.source,
    'postgres',
    'create role alice login; create role bob login; create role staff; grant staff to alice; create role app login',
  );
  await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
  await createDatabase(servers.source, 'other', 'create table t (id int primary key)');
});
afterAll(async () => {
  writeFileSync(hbaFile(), before);
  await sql(servers.source, 'postgres', 'select pg_reload_conf()');
  await waitUntil('the old rules hold again', () => getsIn('app', 'postgres'));
  await dropDatabases(servers.source, 'app', 'other');
  await sql(servers.source, 'postgres', 'drop role alice; drop role bob; drop role staff; drop role app');
});

describe('pg_hba.conf is read as PostgreSQL reads it', () => {
  it.each([
    [[]],
    [['host all all 127.0.0.1/32 trust']],
    [['host all all 127.0.0.0 255.0.0.0 trust']],
    [['host all all 10.0.0.0/8 trust']],
    [['host app all all reject', 'host all all all trust']],
    [['host all bob 127.0.0.0/8 reject', 'host app all 0.0.0.0/0 trust']],
    [['host all +staff 127.0.0.1/32 trust']],
    [['host sameuser all 127.0.0.1/32 trust']],
    [['host samerole all 127.0.0.1/32 trust']],
    [['host replication all 127.0.0.1/32 trust']],
    [['hostssl all all 127.0.0.1/32 trust']],
    [['hostnossl other alice,bob 127.0.0.1/32 trust']],
    [['host all all ::1/128 trust']],
    [['host app alice samehost trust', 'host other alice samenet trust']],
    [['host all all 127.0.0.1/31 reject', 'host all all 127.0.0.0/8 trust']],
    [['local all all trust']],
  ])('%j', async lines => {
    await useRules(...lines);
    const rules = await sql<HbaRule>(
      servers.source,
      'postgres',
      'select line_number as line, type, database, user_name as user, address, netmask, ' +
        'auth_method as method, error from pg_hba_file_rules order by line_number',
    );
    const members: Record<string, readonly string[]> = { alice: ['staff'], bob: [], app: [] };
    const expected = Object.fromEntries(
      ['app', 'other'].flatMap(database =>
        Object.entries(members).map(([user, memberOf]) => [
          `${user}@${database}`,
          matchHba(rules, { address: '127.0.0.1', database, user, memberOf, tls: false }).kind === 'accepted',
        ]),
      ),
    );
    // The postmaster reads the file a moment after it was told to.
    await expect
      .poll(async () =>
        Object.fromEntries(
          await Promise.all(
            Object.keys(expected).map(
              async key => [key, await getsIn(key.split('@')[1] ?? '', key.split('@')[0] ?? '')] as const,
            ),
          ),
        ),
      )
      .toEqual(expected);
  });
});

describe('PGM205', () => {
  it('asks for the narrowest rule that is missing, which then lets the target in', async () => {
    await useRules('host app,other postgres 127.0.0.1/32 trust', 'host all all 10.0.0.9/32 reject');
    const wish = {
      source: servers.source,
      target: servers.target,
      sourceKeys: 'hba: {addresses: [10.0.0.0/24], method: scram-sha-256}',
    };
    const found = ofCode(await findingsFor(wish), 'PGM205');
    const line = 'host "app","other" "postgres" 10.0.0.0/24 scram-sha-256';
    expect(found).toMatchObject([
      {
        severity: 'warning',
        status: 'change',
        server: 'source',
        object: 'pg_hba.conf',
        step: 'source/hba-rule',
        change: { kind: 'hba-rule', lines: [line] },
        message: expect.stringContaining('rejects 10.0.0.0/24') as string,
      },
    ]);
    await useRules(line, 'host app,other postgres 127.0.0.1/32 trust', 'host all all 10.0.0.9/32 reject');
    expect(ofCode(await findingsFor(wish), 'PGM205')).toEqual([]);
  });

  it('tells of a line that does not parse', async () => {
    await useRules('host app,other postgres 127.0.0.1/32 trust', 'host all all nonsense/99 trust');
    const found = ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM205');
    expect(found).toMatchObject([
      { severity: 'warning', status: 'manual', message: expect.stringMatching(/line 3 does not parse/) as string },
    ]);
    follow(found[0]?.remedy, servers.source.user);
    await expect
      .poll(async () => ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM205'))
      .toEqual([]);
  });

  it('knows that the target was refused by it, though the spec names no address', async () => {
    await useRules('host app,other postgres 127.0.0.1/32 trust');
    await sql(servers.source, 'postgres', `create role remote login superuser`);
    await useRules('host all postgres 127.0.0.1/32 trust', 'host postgres,template1 remote 127.0.0.1/32 trust');
    const spec = specFor({ source: servers.source, target: servers.target, sourceUser: 'remote' });
    await expect
      .poll(async () => (await inspectServers(spec)).unreadable.map(({ database }) => database))
      .toEqual(['app', 'other']);
    const found = await findingsFor({ source: servers.source, target: servers.target, sourceUser: 'remote' });
    expect(ofCode(found, 'PGM113')).toMatchObject([{ database: 'app' }, { database: 'other' }]);
    expect(ofCode(found, 'PGM205')).toMatchObject([{ severity: 'error', object: 'pg_hba.conf' }]);
    await sql(servers.source, 'postgres', 'drop role remote');
  });
});
