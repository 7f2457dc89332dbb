import { describe, expect, it } from 'vitest';
import type { DatabaseListing, Facts, SlotFacts, TableFacts } from '../../src/inspect/facts.js';
import { buildListing, buildSlot } from '../plan/build-facts.js';
import { aLockfile, aSetting } from '../state/a-lockfile.js';
import { setting, someDatabase, someServer, someTable } from './some-facts.js';
import { whole, words } from './whole.js';

type Wish = NonNullable<Parameters<typeof someServer>[0]>;
const source = (more: Wish): Partial<Facts> => ({ source: someServer(more) });
const servers = (from: Wish, to: Wish): Partial<Facts> => ({
  source: someServer(from),
  target: someServer({ host: 'new.example.com', systemIdentifier: '2', startedAt: 'x', ...to }),
});
const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

describe('a standby as the source (PGM211)', () => {
  it('is named by host and port', () => {
    expect(whole('PGM211', source({ inRecovery: true }))).toEqual([
      'error source | - | db.example.com:5432 | standby | primary | its',
    ]);
    expect(whole('PGM211', source({ inRecovery: false }))).toEqual([]);
  });
});

describe('transaction ids (PGM212)', () => {
  const remedy = 'vacuumdb --all --freeze --host=db.example.com --port=5432 --username=migrator';
  it.each<[number, readonly string[]]>([
    [200_000_000, []],
    [199_999_999, [`warning source | - | - | 199 million | 200 million or more | ${remedy}`]],
    [40_000_000, [`warning source | - | - | 40 million | 200 million or more | ${remedy}`]],
    [39_999_999, [`error source | - | - | 39 million | 200 million or more | ${remedy}`]],
  ])('%i left', (xidsLeft, expected) => {
    expect(whole('PGM212', source({ xidsLeft }))).toEqual(expected);
  });
});

describe('slots of others (PGM213)', () => {
  const slot = (more: Partial<SlotFacts>): Partial<Facts> =>
    source({
      slots: [buildSlot(1, { name: 'theirs', active: false, retainedWalBytes: gibibyte + 1, database: null, ...more })],
    });
  const found = (name: string, database: string, first: string): readonly string[] => [
    `warning source | ${database} | ${name} | inactive | - | select pg_drop_replication_slot('${name}');\n-- ${first}`,
  ];
  const reader = 'only when its reader, a subscription or a program, is gone for good';
  it.each<[string, Partial<SlotFacts>, readonly string[]]>([
    ['logical', {}, found('theirs', '-', reader)],
    ['of a database', { database: 'app' }, found('theirs', 'app', reader)],
    ['physical', { plugin: null }, found('theirs', '-', 'only when that standby or backup is gone for good')],
    [
      'of another migration of pgm, however little it holds',
      { name: 'pgm_other_16384_1', retainedWalBytes: 0 },
      found('pgm_other_16384_1', '-', 'only when that migration is over; pgm destroy, with its spec, does it too'),
    ],
    ['with a name that only begins like pgm’s', { name: 'pgm_x', retainedWalBytes: 0 }, found('pgm_x', '-', reader)],
    ['lost', { walStatus: 'lost', retainedWalBytes: null }, found('theirs', '-', reader)],
    ['that holds a gibibyte', { retainedWalBytes: gibibyte }, []],
    ['of which nobody knows what it holds', { retainedWalBytes: null }, []],
    ['that is read', { active: true }, []],
    ['for a session', { temporary: true }, []],
    ['of ours', { name: 'pgm_shop_16384_1' }, []],
    ['of our way back', { name: 'pgm_shop_16384_r' }, []],
  ])('%s', (_, more, expected) => {
    expect(whole('PGM213', slot(more))).toEqual(expected);
  });

  it('say whose they are and what they hold', () => {
    const said = (more: Partial<SlotFacts>): string => words('PGM213', slot(more))[0] ?? '';
    expect(said({ database: 'app' })).toContain(
      '(logical, by pgoutput in database app) is not in use and holds 1025 MiB',
    );
    expect(said({})).toContain('(logical, by pgoutput) is');
    expect(said({ walStatus: 'lost' })).toMatch(/is lost$/);
    expect(said({ name: 'pgm_a_b_16384_1' })).toContain('migration a_b)');
  });
});

describe('settings that wait for a restart (PGM214)', () => {
  const waiting = (fileValue: string | null): Wish => ({
    settings: { max_connections: setting('100', 'postmaster', { pendingRestart: true, fileValue }) },
  });
  const undo = 'alter system reset max_connections;\nselect pg_reload_conf();';
  it('are told of both servers, with the value to come', () => {
    const found = whole('PGM214', servers(waiting('200'), waiting(null)));
    expect(found.map(line => line.split('\n-- ')[0])).toEqual([
      `warning source | - | max_connections | 100 | 200 | ${undo}`,
      `warning target | - | max_connections | 100 | - | ${undo}`,
    ]);
  });

  it('are none where nothing waits, or pgm itself has set it', () => {
    expect(whole('PGM214', {})).toEqual([]);
    const set = aSetting('source', 'max_connections', { before: '100', after: '200' });
    const lockfile = aLockfile({ settings: { 'source/max_connections': set } });
    expect(whole('PGM214', servers(waiting('200'), {}), { lockfile })).toEqual([]);
    expect(whole('PGM214', servers({}, waiting('200')), { lockfile })).toHaveLength(1);
  });

  it('are a managed service’s own to undo', () => {
    expect(whole('PGM214', servers({ ...waiting('200'), provider: 'rds' }, {}))[0]).toContain(
      "Set max_connections = 100 in the instance's parameter group.",
    );
  });
});

describe('room for WAL on the source (PGM215)', () => {
  const holding = (freeDiskBytes: number | null, dataBytes: number): readonly string[] =>
    whole('PGM215', {
      ...source({ freeDiskBytes }),
      databases: [
        someDatabase({ tables: [someTable({ dataBytes }), someTable({ dataBytes: 99e12, inScope: false })] }),
      ],
    });
  it.each<[string, number | null, number, readonly string[]]>([
    ['a gibibyte for little', gibibyte, 0, []],
    ['less', gibibyte - 1, 0, ['warning source | - | - | 1024 MiB | 1.0 GiB or more | its']],
    ['a tenth of much', 2 * gibibyte, 20 * gibibyte, []],
    ['less than it', 2 * gibibyte - 1, 20 * gibibyte, ['warning source | - | - | 2.0 GiB | 2.0 GiB or more | its']],
    ['unknown', null, 0, ['info source | - | - | unknown | 1.0 GiB or more | -']],
    ['half a gibibyte', 512 * mebibyte, 0, ['warning source | - | - | 512 MiB | 1.0 GiB or more | its']],
  ])('%s', (_, free, bytes, expected) => {
    expect(holding(free, bytes)).toEqual(expected);
  });

  it('is nothing to ask for without a database', () => {
    expect(whole('PGM215', { ...source({ freeDiskBytes: 0 }), databases: [] })).toEqual([]);
  });
});

describe('databases on the target (PGM308)', () => {
  const both = (from: Partial<DatabaseListing>, to: Partial<DatabaseListing> | null, more: Wish = {}): Partial<Facts> =>
    servers({ databases: [buildListing(from)] }, { databases: to === null ? [] : [buildListing(to)], ...more });
  const again = 'drop database "app";   -- pgm makes it again, when nothing in it is needed';
  const differs = (severity: string, current: string, required: string): readonly string[] => [
    `${severity} target | app | app | ${current} | ${required} | ${again}`,
  ];
  it.each<[string, Partial<DatabaseListing>, Partial<DatabaseListing>, readonly string[]]>([
    ['alike', {}, {}, []],
    ['in UTF8, which has all characters', { encoding: 'LATIN1' }, {}, differs('warning', 'UTF8', 'LATIN1')],
    ['in UTF8, from bytes that nobody checked', { encoding: 'SQL_ASCII' }, {}, differs('error', 'UTF8', 'SQL_ASCII')],
    ['in an encoding that lacks some', {}, { encoding: 'LATIN1' }, differs('error', 'LATIN1', 'UTF8')],
    ['sorted otherwise', { collate: 'de_DE.UTF-8' }, {}, differs('warning', 'C', 'de_DE.UTF-8')],
    ['sorted alike under another spelling', { collate: 'de_DE.UTF-8' }, { collate: 'de_DE.utf8' }, []],
    [
      'sorted by ICU',
      {},
      { localeProvider: 'i', locale: 'de', icuRules: '&a<b' },
      differs('warning', 'icu de with rules &a<b', 'C'),
    ],
    [
      'sorted by another locale of ICU',
      { localeProvider: 'i', locale: 'en' },
      { localeProvider: 'i', locale: 'de' },
      differs('warning', 'icu de', 'icu en'),
    ],
    [
      'sorted by other rules of ICU',
      { localeProvider: 'i', locale: 'en' },
      { localeProvider: 'i', locale: 'en', icuRules: '&a<b' },
      differs('warning', 'icu en with rules &a<b', 'icu en'),
    ],
    ['sorted by the builtin provider', {}, { localeProvider: 'b', locale: 'C' }, differs('warning', 'builtin C', 'C')],
    ['without a locale of their own, said in two ways', { locale: null }, { locale: '' }, []],
  ])('are %s', (_, from, to, expected) => {
    expect(whole('PGM308', both(from, to))).toEqual(expected);
  });

  const making = (locale: string, description: string, characters: string): string =>
    `warning target | app | ${locale} | - | ${locale} | # on the target's machine, as root:\n` +
    `localedef -i ${description} -f ${characters} ${locale}\n` +
    'psql --no-psqlrc --host=new.example.com --port=5432 --username=migrator --dbname=postgres ' +
    `--command='select pg_import_system_collations('\\''pg_catalog'\\'')'`;
  it.each<[string, Partial<DatabaseListing>, Wish, readonly string[]]>([
    ['of the server itself', { collate: 'C', ctype: 'POSIX' }, {}, []],
    ['known to it', { collate: 'de_DE.UTF-8' }, { locales: ['de_DE.utf8'] }, []],
    [
      'of another of its databases',
      { collate: 'de_DE.UTF-8', ctype: 'fr_FR.UTF-8' },
      { databases: [buildListing({ name: 'x', collate: 'de_DE.UTF-8', ctype: 'fr_FR.UTF-8' })] },
      [],
    ],
    ['unknown', { collate: 'de_DE.utf8', ctype: 'de_DE.utf8' }, {}, [making('de_DE.utf8', 'de_DE', 'UTF-8')]],
    [
      'unknown, two of them',
      { collate: 'de_DE.ISO-8859-1', ctype: 'fr_FR' },
      {},
      [making('de_DE.ISO-8859-1', 'de_DE', 'ISO-8859-1'), making('fr_FR', 'fr_FR', 'UTF-8')],
    ],
    ['of ICU', { collate: 'xx', localeProvider: 'i' }, {}, []],
    ['of the builtin provider', { collate: 'xx', localeProvider: 'b' }, {}, []],
  ])('that pgm makes need a locale: %s', (_, from, more, expected) => {
    expect(whole('PGM308', both(from, null, more))).toEqual(expected);
  });

  it('and on the source are sorted by a library that has changed', () => {
    const stale = { collationVersion: '2.31', actualCollationVersion: '2.36' };
    const found = (server: string): string =>
      `warning ${server} | app | app | 2.36 | 2.31 | reindex database "app";\nalter database "app" refresh collation version;`;
    expect(whole('PGM308', both(stale, {}))).toEqual([found('source')]);
    expect(whole('PGM308', both({}, stale))).toEqual([found('target')]);
    expect(whole('PGM308', both(stale, null))).toEqual([found('source')]);
    expect(whole('PGM308', both({ ...stale, collationVersion: null }, {}))).toEqual([]);
    expect(whole('PGM308', both({ ...stale, actualCollationVersion: null }, {}))).toEqual([]);
    expect(whole('PGM308', both({ collationVersion: '1', actualCollationVersion: '1' }, {}))).toEqual([]);
  });
});

describe('settings for the load (PGM316)', () => {
  const load = (gibibytes: number): readonly TableFacts[] => [
    someTable({ dataBytes: (gibibytes * gibibyte) / 2, indexBytes: (gibibytes * gibibyte) / 2 }),
  ];
  const usual = {
    max_wal_size: setting('1024', 'sighup', { unit: 'MB' }),
    checkpoint_timeout: setting('300', 'sighup', { unit: 's' }),
    wal_writer_delay: setting('200', 'sighup', { unit: 'ms' }),
    autovacuum: setting('on', 'sighup'),
  };
  const seen = (
    gibibytes: number,
    more: Wish = {},
    there: Parameters<typeof someDatabase>[1] = null,
  ): readonly string[] =>
    whole('PGM316', {
      ...servers({}, { ...more, settings: { ...usual, ...more.settings } }),
      databases: [someDatabase({ tables: load(gibibytes) }, there)],
    }).map(line => line.split(' | ').slice(2, 5).join(' '));
  const all = [
    'max_wal_size 1024MB 4GB',
    'checkpoint_timeout 300s 30min',
    'wal_writer_delay 200ms 2ms',
    'autovacuum on off',
  ];
  const disk = (gibibytes: number): Wish => ({ freeDiskBytes: gibibytes * gibibyte });

  it('are for loads of half a gibibyte and more', () => {
    expect(seen(0.5, disk(100))).toEqual(['max_wal_size 1024MB 2GB', ...all.slice(1)]);
    expect(seen(0.49, disk(100))).toEqual([]);
  });

  it.each<[number, number | null, string | undefined]>([
    [1.6, 100, '4GB'],
    [1.61, 100, '8GB'],
    [100, 10_000, '64GB'],
    // 1.2 times the load is for the data itself; half of the rest for WAL.
    [10, 28, '8GB'],
    [10, 27.9, '4GB'],
    [10, 15, undefined],
    [8, null, '4GB'],
    [7.9, null, '2GB'],
    [3.9, null, undefined],
  ])('max_wal_size for %d GiB with %d GiB free: %s', (gibibytes, free, expected) => {
    const found = seen(gibibytes, { freeDiskBytes: free === null ? null : free * gibibyte });
    expect(found.find(line => line.startsWith('max_wal_size'))?.split(' ')[2]).toBe(expected);
  });

  it.each<[string, Wish, readonly number[]]>([
    ['a greater max_wal_size', { settings: { max_wal_size: setting('4096', 'sighup', { unit: 'MB' }) } }, [1, 2, 3]],
    ['a later checkpoint', { settings: { checkpoint_timeout: setting('1800', 'sighup', { unit: 's' }) } }, [0, 2, 3]],
    ['a quick WAL writer', { settings: { wal_writer_delay: setting('2', 'sighup', { unit: 'ms' }) } }, [0, 1, 3]],
    ['no autovacuum', { settings: { autovacuum: setting('off', 'sighup') } }, [0, 1, 2]],
    ['a database of others', { databases: [buildListing({ name: 'theirs' })] }, [0, 1, 2]],
    ['the database itself', { databases: [buildListing({ name: 'app' })] }, [0, 1, 2, 3]],
    ['database postgres', { databases: [buildListing({ name: 'postgres' })] }, [0, 1, 2, 3]],
    ['a template', { databases: [buildListing({ name: 'x', isTemplate: true })] }, [0, 1, 2, 3]],
    ['a shut database', { databases: [buildListing({ name: 'x', allowsConnections: false })] }, [0, 1, 2, 3]],
  ])('stay where there is %s', (_, more, expected) => {
    expect(seen(1.5, { ...disk(100), ...more })).toEqual(expected.map(each => all[each]));
  });

  it.each<[string, Wish]>([
    ['a managed service', { provider: 'rds' }],
    ['no ALTER SYSTEM', { alterSystem: [] }],
    ['no reload', { canReload: false }],
    ['no sight of what was there before', { altered: null }],
  ])('are only wished for with %s', (_, more) => {
    expect(seen(1.5, { ...disk(100), ...more })).toEqual(['- - -']);
  });

  it('those that the role may set are set', () => {
    expect(seen(1.5, { ...disk(100), alterSystem: ['autovacuum'] })).toEqual([all[3], '- - -']);
  });
});
