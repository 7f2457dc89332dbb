import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/checks/catalogue.js';
import type { Finding } from '../../src/checks/finding.js';
import { continuousObstacles, runChecks } from '../../src/checks/run-checks.js';
import type { Facts, Provider } from '../../src/inspect/facts.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { ofCode, specFor } from './readiness.js';
import { setting, someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const spec = (lines: readonly string[] = [], sourceKeys?: string): ReturnType<typeof specFor> =>
  specFor({
    source: 'postgres://migrator:x@db.example.com/postgres',
    target: 'postgres://migrator:x@new.example.com/postgres',
    lines,
    ...(sourceKeys === undefined ? {} : { sourceKeys }),
  });

const find = (facts: Partial<Facts>, code: string, lines: readonly string[] = []): Finding[] =>
  ofCode(runChecks(spec(lines), someFacts(facts)), code);

const plain = {
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
/** In pg_database of the source. */
const app = {
  oid: '1',
  name: 'app',
  owner: 'owner',
  encoding: 'UTF8',
  collate: 'de_DE.UTF-8',
  ctype: 'de_DE.UTF-8',
  localeProvider: 'c',
  icuRules: null,
  locale: null,
  collationVersion: null,
  actualCollationVersion: null,
  isTemplate: false,
  allowsConnections: true,
  connectionLimit: -1,
  tablespace: 'pg_default',
  bytes: 0,
  canConnect: true,
  acl: null,
  comment: null,
  grants: [],
  roleSettings: [],
};
const gigabyte = 1024 ** 3;

describe('what cannot be brought about on a server of a test', () => {
  it('finds nothing where nothing is wrong', () => {
    // How much room there is on the disks is the one thing that is not to be known from afar.
    expect(
      runChecks(spec(), someFacts())
        .filter(({ severity }) => severity !== 'ok')
        .map(({ code }) => code),
    ).toEqual(['PGM215', 'PGM305']);
  });

  it('goes on with a major version that is newer than those it knows', () => {
    const newer = { versionNum: 200001, version: '20.1' };
    const program = { path: '/usr/bin/pg_dump', major: 20, version: '20.1' };
    const found = runChecks(
      spec(),
      someFacts({
        source: someServer(newer),
        target: someServer({ ...newer, systemIdentifier: '2', startedAt: '' }),
        local: { pgDump: program, pgRestore: program, cores: 2 },
      }),
    );
    expect(ofCode(found, 'PGM107').map(({ severity, server }) => [severity, server])).toEqual([
      ['warning', 'source'],
      ['warning', 'target'],
    ]);
    expect(found.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual([]);
  });

  it.each([
    ['replica', 180006, ['change']],
    ['logical', 180006, []],
    ['replica', 190000, []],
    ['logical', 190000, []],
    ['minimal', 190000, ['change']],
  ] as const)('wal_level = %s on %i: a restart only where it is needed', (level, versionNum, expected) => {
    const server = someServer({ versionNum, settings: { wal_level: setting(level) } });
    const target = someServer({ versionNum, systemIdentifier: '2', settings: { wal_level: setting(level) } });
    const found = runChecks(spec(), someFacts({ source: server, target }));
    expect(ofCode(found, 'PGM201').map(({ status }) => status)).toEqual(expected);
    const back = ofCode(found, 'PGM312').filter(({ object }) => object === 'wal_level');
    expect(back.map(({ severity }) => severity)).toEqual(expected.map(() => 'warning'));
    for (const { required } of back) expect(required).toBe(versionNum < 190000 ? 'logical' : 'replica');
  });

  it('says of a source that gets no more releases that it is past its end', () => {
    const notes = (versionNum: number): readonly string[] =>
      ofCode(runChecks(spec(), someFacts({ source: someServer({ versionNum }) })), 'PGM107')
        .filter(({ severity }) => severity === 'info')
        .map(({ message }) => message);
    expect(notes(140023)).toEqual([expect.stringMatching(/PostgreSQL 14 is past its end.*2026-11-12/)]);
    expect(notes(150018)).toEqual([]);
  });

  it.each<[string, Partial<Facts>, Partial<Finding>]>([
    [
      'PGM104',
      { source: someServer({ tls: false }) },
      { severity: 'warning', server: 'source', object: 'db.example.com' },
    ],
    [
      'PGM106',
      { target: someServer({ systemIdentifier: '1', startedAt: '2024-02-01T00:00:00.000000Z' }) },
      { severity: 'warning', message: expect.stringContaining('physical copy') as string },
    ],
    [
      'PGM109',
      { target: someServer({ systemIdentifier: '2', startedAt: '', clockSkewMs: -42_000 }) },
      { severity: 'warning', server: 'target', message: expect.stringContaining('42 s behind') as string },
    ],
    [
      'PGM209',
      { source: someServer({ settings: { output_plugin_libraries: setting('wal2json', 'sighup') } }) },
      {
        status: 'change',
        change: {
          kind: 'server-setting',
          server: 'source',
          name: 'output_plugin_libraries',
          value: 'wal2json, pgoutput',
          restart: false,
        },
      },
    ],
    [
      'PGM204',
      { source: someServer({ settings: { listen_addresses: setting('localhost, 127.0.0.1') } }), dial: null },
      { status: 'change', step: 'source/server-setting/listen_addresses' },
    ],
    ['PGM211', { source: someServer({ inRecovery: true }) }, { severity: 'error', current: 'standby' }],
    ['PGM212', { source: someServer({ xidsLeft: 150_000_000 }) }, { severity: 'warning', current: '150 million' }],
    ['PGM212', { source: someServer({ xidsLeft: 10_000_000 }) }, { severity: 'error' }],
    [
      'PGM213',
      {
        source: someServer({
          slots: [
            {
              name: 'forgotten',
              database: null,
              plugin: null,
              active: false,
              temporary: false,
              walStatus: 'extended',
              restartLsn: '0/1',
              confirmedFlushLsn: null,
              retainedWalBytes: 5 * gigabyte,
              lagBytes: null,
            },
          ],
        }),
      },
      { object: 'forgotten', message: expect.stringContaining('5120 MiB') as string },
    ],
    ['PGM215', { source: someServer({ freeDiskBytes: gigabyte / 2 }) }, { severity: 'warning', current: '512 MiB' }],
    [
      'PGM305',
      {
        target: someServer({ systemIdentifier: '2', startedAt: '', freeDiskBytes: gigabyte }),
        databases: [someDatabase({ tables: [someTable({ dataBytes: 2 * gigabyte })] })],
      },
      { severity: 'error', current: '1.0 GiB', required: '2.4 GiB' },
    ],
    [
      'PGM309',
      { databases: [someDatabase({ tables: [someTable({ tablespace: 'fast' })] })] },
      { severity: 'warning', object: 'fast' },
    ],
    [
      'PGM310',
      {
        databases: [
          someDatabase({
            languages: ['plpgsql', 'plv8'],
            extensions: [
              { name: 'plpgsql', version: '1.0', schema: 'pg_catalog', comment: null, relocatable: true, usedBy: [] },
            ],
          }),
        ],
      },
      { severity: 'error', object: 'plv8' },
    ],
    [
      'PGM313',
      {
        target: someServer({
          systemIdentifier: '2',
          startedAt: '',
          memoryBytes: gigabyte,
          settings: { maintenance_work_mem: setting('1048576', 'user') },
        }),
      },
      { severity: 'warning', required: '128MB or less' },
    ],
    [
      'PGM410',
      {
        target: someServer({ systemIdentifier: '2', startedAt: '', user: plain, roles: [{ name: 'owner' } as never] }),
        databases: [someDatabase({ tables: [someTable()] })],
      },
      { severity: 'warning', object: 'owner', remedy: 'grant "owner" to "migrator";' },
    ],
    [
      'PGM505',
      { databases: [someDatabase({ largeObjects: 7, largeObjectBytes: 4 * gigabyte })] },
      {
        severity: 'info',
        message:
          '7 large objects: copied once, changed ones again during the cutover; looking ' +
          'for changes reads 4 GB in the write stop, about 11 s',
      },
    ],
    [
      'PGM505',
      { databases: [someDatabase({ largeObjects: 7, largeObjectBytes: 400 * gigabyte })] },
      { severity: 'warning', required: '30 s or less' },
    ],
    [
      'PGM414',
      {
        target: someServer({ systemIdentifier: '2', startedAt: '', user: plain }),
        databases: [someDatabase({ superuserObjects: [{ kind: 'access method', name: 'heap2' }] })],
      },
      { severity: 'error', server: 'target', object: 'heap2' },
    ],
    [
      'PGM417',
      {
        source: someServer({
          user: plain,
          canReadPasswords: false,
          roles: [
            { name: 'app', canLogin: true, settings: [] },
            { name: 'group', canLogin: false, settings: [] },
          ] as never,
        }),
        target: someServer({ systemIdentifier: '2', startedAt: '' }),
      },
      { severity: 'warning', message: expect.stringMatching(/none on the target: app$/) as string },
    ],
    [
      'PGM415',
      {
        source: someServer({
          availableExtensions: [
            { name: 'citext', defaultVersion: '1.6', versions: ['1.6'], needsSuperuser: false, comment: 'usual' },
          ],
        }),
        target: someServer({ systemIdentifier: '2', startedAt: '', user: plain }),
        databases: [
          someDatabase({
            extensions: [
              { name: 'citext', version: '1.6', schema: 'public', comment: 'ours', relocatable: true, usedBy: [] },
            ],
          }),
        ],
      },
      { severity: 'info', object: 'citext', current: 'ours' },
    ],
    ['PGM412', { source: someServer({ user: plain }) }, { severity: 'warning', server: 'source', object: 'migrator' }],
    [
      'PGM416',
      {
        source: someServer({
          user: { ...plain, memberOf: ['pg_signal_backend'] },
          databases: [{ ...app, collate: 'C', ctype: 'C' }],
        }),
      },
      { severity: 'warning', server: 'source', database: 'app', current: 'owner' },
    ],
    [
      'PGM416',
      {
        source: someServer({
          user: { ...plain, memberOf: ['owner'] },
          databases: [{ ...app, collate: 'C', ctype: 'C' }],
        }),
      },
      { severity: 'warning', server: 'source', required: 'member of pg_signal_backend' },
    ],
    [
      'PGM416',
      { target: someServer({ systemIdentifier: '2', startedAt: '', user: plain }) },
      { severity: 'warning', server: 'target', message: expect.stringContaining('no rollback') as string },
    ],
  ])('%s %#', (code, facts, finding) => {
    expect(find(facts, code)).toMatchObject([finding]);
  });

  it('PGM416: stands in the way of a cutover, unless nobody is to be kept out', () => {
    const source = someServer({ user: plain });
    expect(find({ source }, 'PGM416', ['goal: cutover'])).toMatchObject([{ severity: 'error' }]);
    expect(find({ source }, 'PGM416', ['goal: cutover', 'cutover: {freeze: none}'])).toEqual([]);
  });

  it('PGM314: only where several subscriptions wait for one another', () => {
    const two = [someDatabase(), { ...someDatabase(), name: 'other', oid: '16385' }];
    expect(find({ databases: two }, 'PGM314')).toMatchObject([
      { status: 'change', change: { name: 'wal_retrieve_retry_interval', value: '500ms', restart: false } },
    ]);
    expect(find({}, 'PGM314')).toEqual([]);
    expect(
      find(
        { databases: two, target: someServer({ systemIdentifier: '2', startedAt: '', versionNum: 160000 }) },
        'PGM314',
      ),
    ).toEqual([]);
  });

  it('PGM308: a locale that the target does not have', () => {
    const target = { systemIdentifier: '2', startedAt: '' };
    expect(find({ source: someServer({ databases: [app] }) }, 'PGM308')).toMatchObject([
      { severity: 'warning', server: 'target', object: 'de_DE.UTF-8' },
    ]);
    expect(
      find(
        { source: someServer({ databases: [app] }), target: someServer({ ...target, locales: ['de_DE.utf8'] }) },
        'PGM308',
      ),
    ).toEqual([]);
    expect(
      find(
        {
          source: someServer({ databases: [{ ...app, collationVersion: '2.31', actualCollationVersion: '2.36' }] }),
          target: someServer({ ...target, databases: [app] }),
        },
        'PGM308',
      ),
    ).toMatchObject([{ server: 'source', remedy: expect.stringContaining('reindex database "app"') as string }]);
  });
});

describe('managed services', () => {
  const providers: readonly Provider[] = [
    'rds',
    'aurora',
    'cloudsql',
    'alloydb',
    'azure',
    'supabase',
    'neon',
    'heroku',
    'digitalocean',
    'aiven',
    'crunchy',
  ];

  it.each(providers)('%s: its own remedy, and no ALTER SYSTEM, pg_hba.conf or restart by pgm', provider => {
    const source = someServer({
      provider,
      user: plain,
      alterSystem: [],
      hba: null,
      settings: { wal_level: setting('replica'), max_replication_slots: setting('1'), max_wal_senders: setting('1') },
    });
    const found = runChecks(spec([], 'hba: {addresses: [10.0.0.5/32]}'), someFacts({ source }));
    for (const code of ['PGM201', 'PGM202', 'PGM203']) {
      expect(ofCode(found, code)).toMatchObject([{ severity: 'error', status: 'manual' }]);
      expect(ofCode(found, code)[0]?.remedy).not.toMatch(/alter system/i);
    }
    expect(ofCode(found, 'PGM201')[0]?.remedy).toBe(
      catalogue.find(({ code }) => code === 'PGM201')?.providers?.[provider],
    );
    expect(found.filter(({ status, server }) => status === 'change' && server === 'source')).toEqual([]);
  });

  it('aiven_extras in the place of superuser rights', () => {
    const extras = { version: '1.1.18', callable: ['pg_create_publication', 'pg_create_subscription'], refused: [] };
    const available = [
      { name: 'aiven_extras', defaultVersion: '1.1.18', versions: ['1.1.18'], needsSuperuser: false, comment: null },
    ];
    const foreign = [someTable({ isOwner: false })];
    const source = someServer({ user: plain, availableExtensions: available });
    const target = someServer({ systemIdentifier: '2', startedAt: '', user: plain, availableExtensions: available });
    const without = runChecks(
      spec(),
      someFacts({ source, target, databases: [someDatabase({ tables: foreign }, {})] }),
    );
    expect(ofCode(without, 'PGM402')).toMatchObject([
      {
        status: 'change',
        step: 'app/extension/aiven_extras',
        change: { kind: 'extension', server: 'source', database: 'app', name: 'aiven_extras' },
      },
    ]);
    expect(ofCode(without, 'PGM403')).toMatchObject([
      { status: 'change', change: { kind: 'extension', server: 'target', database: 'app', name: 'aiven_extras' } },
    ]);
    const withExtras = runChecks(
      spec(),
      someFacts({
        source,
        target,
        databases: [someDatabase({ tables: foreign, aivenExtras: extras }, { aivenExtras: extras })],
      }),
    );
    expect([...ofCode(withExtras, 'PGM402'), ...ofCode(withExtras, 'PGM403')]).toEqual([]);
    // Present, and EXECUTE revoked from PUBLIC: the extension alone is no right.
    const revoked = { ...extras, callable: [], refused: ['pg_create_publication', 'pg_create_subscription'] };
    const withRevoked = runChecks(
      spec(),
      someFacts({
        source,
        target,
        databases: [someDatabase({ tables: foreign, aivenExtras: revoked }, { aivenExtras: revoked })],
      }),
    );
    expect(
      [...ofCode(withRevoked, 'PGM402'), ...ofCode(withRevoked, 'PGM403')].map(({ severity, current }) => [
        severity,
        current,
      ]),
    ).toEqual([
      ['error', 'no EXECUTE on aiven_extras.pg_create_publication'],
      ['error', 'no EXECUTE on aiven_extras.pg_create_subscription'],
    ]);
  });
});

describe('which findings there are', () => {
  const noRights = someServer({
    user: { ...plain, replication: false },
    settings: { wal_level: setting('replica') },
    alterSystem: [],
  });

  it('for auto: what only continuous replication needs is told apart', () => {
    const findings = runChecks(
      spec(),
      someFacts({
        source: noRights,
        databases: [someDatabase({ tables: [someTable({ isOwner: false, canSelect: false })] })],
      }),
    );
    expect(findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual([
      'PGM201',
      'PGM401',
      'PGM402',
      'PGM405',
    ]);
    expect(continuousObstacles(findings).map(({ code }) => code)).toEqual(['PGM201', 'PGM401', 'PGM402']);
  });

  it('for a dump: none of those', () => {
    const findings = runChecks(spec(['method: dump']), someFacts({ source: noRights }));
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('after the cutover: only whether the servers are there', () => {
    const lockfile = { reached: 'cutover', settings: {} } as unknown as Lockfile;
    expect(
      runChecks(spec(), someFacts({ source: noRights }), lockfile).filter(({ severity }) => severity === 'error'),
    ).toEqual([]);
  });

  it('are the same for the same facts', () => {
    const facts = someFacts({ source: noRights });
    expect(JSON.stringify(runChecks(spec(), facts))).toBe(JSON.stringify(runChecks(spec(), facts)));
  });
});
