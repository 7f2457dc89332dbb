import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { runChecks } from '../../src/checks/run-checks.js';
import type { DatabaseListing, Facts, SlotFacts, SubscriptionFacts } from '../../src/inspect/facts.js';
import { chooseMethod } from '../../src/plan/choose-method.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { ofCode, specFor } from './readiness.js';
import { setting, someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const spec = (lines: readonly string[] = []): ReturnType<typeof specFor> =>
  specFor({
    source: 'postgres://migrator:x@db.example.com/postgres',
    target: 'postgres://migrator:x@new.example.com/postgres',
    lines,
  });
const find = (facts: Partial<Facts>, code: string, lockfile: Partial<Lockfile> | null = null): Finding[] =>
  ofCode(runChecks(spec(), someFacts(facts), lockfile as Lockfile | null), code);

const listing = (name: string, more: Partial<DatabaseListing> = {}): DatabaseListing =>
  ({
    name,
    isTemplate: false,
    allowsConnections: true,
    connectionLimit: -1,
    owner: 'o',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    localeProvider: 'c',
    collationVersion: null,
    actualCollationVersion: null,
    grants: [],
    roleSettings: [],
    ...more,
  }) as DatabaseListing;

const slot = (name: string, more: Partial<SlotFacts> = {}): SlotFacts => ({
  name,
  database: null,
  plugin: null,
  active: false,
  temporary: false,
  walStatus: 'extended',
  restartLsn: '0/1',
  confirmedFlushLsn: null,
  retainedWalBytes: 5 * 1024 ** 3,
  lagBytes: null,
  ...more,
});

describe('what the migration does not need does not block it', () => {
  const many = Array.from({ length: 30 }, (_, index) => listing(`d${index}`));

  it.each([
    ['room for what is made: only a warning, and no restart', '10', 'warning', 'manual'],
    ['too little for what is made', '2', 'warning', 'change'],
  ])('PGM202: %s', (_, value, __, status) => {
    const source = someServer({ databases: many, settings: { max_replication_slots: setting(value) } });
    const [found] = find({ source, databases: [someDatabase({})] }, 'PGM202');
    expect(found?.status).toBe(status);
    if (status === 'manual') expect(found).toMatchObject({ severity: 'warning', required: '3 or more' });
  });

  it('PGM218: what an interrupted DROP DATABASE left is told of, with its remedy', () => {
    const source = someServer({ databases: [listing('half gone', { connectionLimit: -2 }), listing('app')] });
    expect(find({ source }, 'PGM218')).toMatchObject([
      { severity: 'warning', object: 'half gone', remedy: 'drop database "half gone";' },
    ]);
  });

  it('PGM113: on the target it is dropped, since pgm makes it again', () => {
    const target = someServer({
      systemIdentifier: '2',
      startedAt: '',
      databases: [listing('app', { connectionLimit: -2 })],
    });
    const unreadable = (server: 'source' | 'target', sqlstate: string): Facts['unreadable'][number] => ({
      database: 'app',
      server,
      failure: { kind: 'unreachable', host: 'h', port: 1, failure: 'other', message: 'no', sqlstate },
    });
    const [onTarget] = find({ target, unreadable: [unreadable('target', '55000')] }, 'PGM113');
    expect(onTarget?.remedy).toMatch(/^drop database "app";/);
    const [refused] = find({ unreadable: [unreadable('source', '42501')] }, 'PGM113');
    expect(refused?.remedy).toMatch(/^grant connect .*\n-- or leave it out, .*exclude: \["app"\]/);
  });

  it.each([
    [null, 'error'],
    ['prepared', 'error'],
    ['synced', 'info'],
  ] as const)('PGM513: rows that break a foreign key, reached %s: %s', (reached, severity) => {
    const database = someDatabase({
      tables: [someTable()],
      violatedConstraints: [
        {
          schema: 'public',
          table: someTable().name,
          name: 'fk',
          kind: 'foreign-key',
          validated: true,
          looked: true,
          rowsQuery: 'select 1',
        },
      ],
    });
    const lockfile = reached === null ? null : ({ reached, stopped: true, steps: {} } as Partial<Lockfile>);
    expect(find({ databases: [database] }, 'PGM513', lockfile)).toMatchObject([{ severity }]);
  });
});

describe('advice that takes nothing from others', () => {
  it.each([
    [slot('pgm_old_16384_1'), /of pgm’s migration old\)/, /pgm destroy/],
    [slot('standby'), /physical: of a standby or a backup/, /for good/],
    [slot('cdc', { plugin: 'wal2json', database: 'app' }), /logical, by wal2json in database app/, /its reader/],
  ])('PGM213 says whose slot it is: $name', (each, words, first) => {
    const [found] = find({ source: someServer({ slots: [each] }) }, 'PGM213');
    expect(found?.message).toMatch(words);
    expect(found?.remedy).toMatch(first);
  });

  it('PGM410 never hands out superuser', () => {
    const user = {
      name: 'migrator',
      superuser: false,
      replication: true,
      createdb: true,
      createrole: true,
      bypassrls: false,
      subscribes: false,
      memberOf: [],
      canBecome: [],
    };
    const remedy = (superuser: boolean): string | null | undefined =>
      find(
        {
          target: someServer({
            systemIdentifier: '2',
            startedAt: '',
            user,
            roles: [{ name: 'owner', superuser } as never],
          }),
          databases: [someDatabase({ tables: [someTable()] })],
        },
        'PGM410',
      )[0]?.remedy;
    expect(remedy(false)).toBe('grant "owner" to "migrator";');
    expect(remedy(true)).not.toMatch(/^grant/m);
  });

  it('PGM304: no remedy empties what a target holds whose source is shut, as after a cutover', () => {
    const table = someTable({ hasRows: true });
    const remedyFor = (setting: string): string | null | undefined =>
      find(
        {
          databases: [someDatabase({ tables: [table] }, { tables: [table] })],
          source: someServer({ databases: [listing('app', { roleSettings: [{ role: null, setting }] })] }),
        },
        'PGM304',
      )[0]?.remedy;
    expect(remedyFor('work_mem=1MB')).toMatch(/^truncate "public"\."t"; {3}-- the rows .* are lost/);
    for (const on of ['on', 'true', 'YES', '1'])
      expect(remedyFor(`default_transaction_read_only=${on}`)).toMatch(/^-- do not truncate/);
  });

  it('PGM304: rows that another migration keeps in sync are not to be truncated', () => {
    const fed = { name: 'pgm_before_16384_1', database: 'app', enabled: true } as SubscriptionFacts;
    const database = {
      ...someDatabase({ tables: [someTable()] }),
      target: { ...someDatabase({ tables: [someTable({ hasRows: true })] }).source, progress: null },
    };
    const remedy = (subscriptions: readonly SubscriptionFacts[]): string | null | undefined =>
      find(
        {
          target: someServer({ systemIdentifier: '2', startedAt: '', subscriptions }),
          databases: [{ ...database, name: 'app' }],
        },
        'PGM304',
      )[0]?.remedy;
    expect(remedy([])).toMatch(/^truncate/);
    expect(remedy([fed])).toMatch(/do not truncate .*name: before/);
  });
});

it('method auto shows what continuous replication would need beside its obstacle', () => {
  const facts = someFacts({
    source: someServer({ settings: { wal_level: setting('replica') } }),
    databases: [someDatabase({ tables: [someTable({ hasPrimaryKey: false, replicaIdentity: 'd' } as never)] })],
  });
  const chosen = chooseMethod(spec(['method: auto']), facts, null);
  expect(chosen.method).toBe('dump');
  expect(chosen.fallback?.codes).toContain('PGM501');
  expect(ofCode([...chosen.findings], 'PGM201')).toMatchObject([
    { severity: 'info', status: 'ok', message: expect.stringMatching(/^continuous replication would need/) as string },
  ]);
});
