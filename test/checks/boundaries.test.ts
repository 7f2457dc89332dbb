import { describe, expect, it } from 'vitest';
import { coverage, maskedRange, parseRange } from '../../src/checks/ip-range.js';
import { runChecks } from '../../src/checks/run-checks.js';
import type { Facts, SequenceFacts, SubscriptionFacts } from '../../src/inspect/facts.js';
import { ofCode, specFor } from './readiness.js';
import { setting, someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const spec = (lines: readonly string[] = []): ReturnType<typeof specFor> =>
  specFor({
    source: 'postgres://migrator:x@db.example.com/postgres',
    target: 'postgres://migrator:x@new.example.com/postgres',
    lines,
  });

/** What a check says of one side, with what is there and what is asked for; `ok` is said too. */
function said(code: string, facts: Partial<Facts>, lines: readonly string[] = []): readonly string[] {
  return runChecks(spec(lines), someFacts(facts))
    .filter(found => found.code === code)
    .map(({ severity, server, current, required }) => `${severity} ${server} ${current ?? '-'} ${required ?? '-'}`);
}

type Wish = NonNullable<Parameters<typeof someServer>[0]>;
const source = (more: Wish): Partial<Facts> => ({ source: someServer(more) });
const target = (more: Wish): Partial<Facts> => ({
  target: someServer({ systemIdentifier: '2', startedAt: '2024-01-02T00:00:00.000000Z', ...more }),
});
const limit = (name: string, value: number): Wish => ({ settings: { [name]: setting(String(value)) } });
const subscription = (name: string, enabled = true): SubscriptionFacts =>
  ({ database: 'other', name, enabled, slot: null, owner: 'o', publications: [], comment: null }) as never;
const gigabyte = 1024 ** 3;

describe('a clock (PGM109)', () => {
  it.each<[Wish, readonly string[]]>([
    [{ clockSkewMs: 5_000, roundTripMs: 0 }, []],
    [{ clockSkewMs: 5_001, roundTripMs: 0 }, ['warning source 5 s 5 s or less']],
    [{ clockSkewMs: -9_600, roundTripMs: 0 }, ['warning source 10 s 5 s or less']],
    [{ clockSkewMs: 7_000, roundTripMs: 2_000 }, []],
  ])('%j', (more, expected) => {
    expect(said('PGM109', source(more))).toEqual(expected);
  });

  it('is said to be ahead or behind', () => {
    const message = (clockSkewMs: number): string | undefined =>
      ofCode(runChecks(spec(), someFacts(target({ clockSkewMs }))), 'PGM109')[0]?.message;
    expect(message(60_000)).toBe("the server's clock is 60 s ahead of this machine's");
    expect(message(-60_000)).toBe("the server's clock is 60 s behind this machine's");
  });
});

describe('two clusters (PGM106)', () => {
  const one = { systemIdentifier: '1', startedAt: 'then' };
  it.each<[string, Wish, Wish, readonly string[]]>([
    ['one server', one, one, ['error target 1 another cluster']],
    [
      'one server that does not say its identifier',
      { ...one, systemIdentifier: null },
      one,
      ['error target 1 another cluster'],
    ],
    ['a copy', one, { ...one, startedAt: 'later' }, ['warning target 1 another cluster']],
    ['a standby', one, { ...one, startedAt: 'later', inRecovery: true }, ['error target 1 another cluster']],
    [
      'a standby as the source',
      { ...one, inRecovery: true },
      { ...one, startedAt: 'later' },
      ['error target 1 another cluster'],
    ],
    ['two', one, { systemIdentifier: '2', startedAt: 'then' }, ['ok target 2 -']],
    [
      'two that do not say it',
      { ...one, systemIdentifier: null },
      { systemIdentifier: null, startedAt: 'later' },
      ['ok target - -'],
    ],
  ])('%s', (_, from, to, expected) => {
    expect(said('PGM106', { source: someServer(from), target: someServer(to) })).toEqual(expected);
  });
});

describe('versions (PGM107)', () => {
  const at = (from: number, to: number): readonly string[] =>
    said('PGM107', {
      source: someServer({ versionNum: from * 10_000, version: `${from}.1` }),
      target: someServer({ systemIdentifier: '2', startedAt: 'x', versionNum: to * 10_000, version: `${to}.1` }),
    }).filter(line => !line.startsWith('info') && !line.startsWith('ok'));
  it.each<[number, number, readonly string[]]>([
    [16, 16, []],
    [16, 17, []],
    [17, 16, ['error target 16.1 17 or newer']],
    [11, 16, ['error source 11.1 12 or newer']],
    [12, 16, []],
    [18, 20, ['warning target 20.1 12 to 19']],
  ])('from %i to %i', (from, to, expected) => {
    expect(at(from, to)).toEqual(expected);
  });
});

describe('room for lanes', () => {
  it.each<[string, string, Wish, readonly string[], readonly string[]]>([
    ['PGM202', 'one slot, two in reserve', limit('max_replication_slots', 3), [], ['ok source 3 3 or more']],
    ['PGM202', 'one too few', limit('max_replication_slots', 2), [], ['error source 2 3 or more']],
    ['PGM203', 'one sender, two in reserve', limit('max_wal_senders', 3), [], ['ok source 3 3 or more']],
    ['PGM203', 'one too few', limit('max_wal_senders', 2), [], ['error source 2 3 or more']],
    [
      'PGM203',
      'others at work',
      { ...limit('max_wal_senders', 5), walSendersInUse: 3 },
      [],
      ['error source 5 6 or more'],
    ],
  ])('%s on the source: %s', (code, _, more, lines, expected) => {
    expect(said(code, source({ alterSystem: 'none' as never, ...more }), lines)).toEqual(expected);
  });

  it('PGM301: a worker for each lane, for each subscription of others, and the launcher', () => {
    const workers = (own: number, all: number, subscriptions: readonly SubscriptionFacts[] = []): readonly string[] =>
      said(
        'PGM301',
        target({
          settings: {
            max_logical_replication_workers: setting(String(own)),
            max_worker_processes: setting(String(all)),
          },
          subscriptions,
        }),
      );
    expect(workers(1, 2)).toEqual(['ok target 1 1 or more', 'ok target 2 2 or more']);
    expect(workers(0, 2)[0]).toBe('error target 0 1 or more');
    expect(workers(1, 1)[1]).toBe('error target 1 2 or more');
    expect(workers(1, 2, [subscription('theirs')])).toEqual(['error target 1 2 or more', 'error target 2 3 or more']);
    expect(workers(1, 2, [subscription('theirs', false), subscription('pgm_shop_16384_1')])).toEqual([
      'ok target 1 1 or more',
      'ok target 2 2 or more',
    ]);
  });

  it('PGM302: an origin for each subscription, under the name that the version has', () => {
    const origins = (settings: Readonly<Record<string, number>>, subscriptions: readonly SubscriptionFacts[]) =>
      said(
        'PGM302',
        target({
          settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, setting(String(value))])),
          subscriptions,
        }),
      );
    expect(origins({ max_replication_slots: 1 }, [])).toEqual(['ok target 1 1 or more']);
    expect(origins({ max_replication_slots: 1 }, [subscription('theirs', false)])).toEqual([
      'error target 1 2 or more',
    ]);
    expect(origins({ max_replication_slots: 1, max_active_replication_origins: 9 }, [subscription('theirs')])).toEqual([
      'ok target 9 2 or more',
    ]);
  });

  it('is not asked for where there is no database, or no server', () => {
    for (const code of ['PGM202', 'PGM203', 'PGM301', 'PGM302', 'PGM305'])
      expect(said(code, { databases: [] }), code).toEqual([]);
    const away = { kind: 'unreachable', host: 'h', port: 1, message: 'm', failure: 'refused', sqlstate: null } as never;
    for (const code of ['PGM202', 'PGM203', 'PGM201', 'PGM204']) expect(said(code, { source: away }), code).toEqual([]);
    for (const code of ['PGM301', 'PGM302', 'PGM305', 'PGM313']) expect(said(code, { target: away }), code).toEqual([]);
  });
});

describe('connections (PGM303)', () => {
  const jobs = ['copy: {jobs: 4, index_jobs: 2}'];
  const of = (server: 'source' | 'target', most: number, more: Wish = {}): readonly string[] =>
    said(
      'PGM303',
      (server === 'source' ? source : target)({
        connectionsInUse: 0,
        ...more,
        settings: { max_connections: setting(String(most)), ...more.settings },
      }),
      jobs,
    ).filter(line => line.includes(` ${server} `));

  it('are as many as jobs and six beside them', () => {
    expect(of('source', 10)).toEqual(['ok source 10 10']);
    expect(of('source', 9)).toEqual(['warning source 9 10']);
    expect(of('source', 6)).toEqual(['warning source 6 10']);
    expect(of('source', 5)).toEqual(['error source 5 10']);
    expect(of('target', 12)).toEqual(['ok target 12 12']);
    expect(of('target', 11)).toEqual(['warning target 11 12']);
  });

  it('less what is in use, and what only superusers get', () => {
    expect(of('source', 20, { connectionsInUse: 10 })).toEqual(['ok source 10 10']);
    expect(of('source', 20, { connectionsInUse: 11 })).toEqual(['warning source 9 10']);
    const reserved = { superuser_reserved_connections: setting('3'), reserved_connections: setting('2') };
    expect(of('source', 14, { settings: reserved })).toEqual(['ok source 14 10']);
    const user = { ...someServer().user, superuser: false };
    expect(of('source', 14, { settings: reserved, user })).toEqual(['warning source 9 10']);
    expect(of('source', 15, { settings: reserved, user })).toEqual(['ok source 10 10']);
  });

  it('are spared by fewer jobs, as far as one is left', () => {
    const remedy = (server: 'source' | 'target', most: number): string | null | undefined =>
      ofCode(
        runChecks(
          spec(jobs),
          someFacts(
            (server === 'source' ? source : target)({
              connectionsInUse: 0,
              settings: { max_connections: setting(String(most)) },
            }),
          ),
        ),
        'PGM303',
      ).find(found => found.server === server)?.remedy;
    expect(remedy('source', 9)).toBe('# in the spec:\ncopy: {jobs: 3}');
    expect(remedy('source', 7)).toBe('# in the spec:\ncopy: {jobs: 1}');
    expect(remedy('source', 6)).toContain('max_connections');
    expect(remedy('target', 11)).toBe('# in the spec:\ncopy: {jobs: 3, index_jobs: 2}');
    expect(remedy('target', 8)).toBe('# in the spec:\ncopy: {jobs: 1, index_jobs: 1}');
    expect(remedy('target', 7)).toContain('max_connections');
  });
});

describe('room on the target', () => {
  const disk = (freeDiskBytes: number | null, more: Parameters<typeof someDatabase>[1] = null): readonly string[] =>
    said('PGM305', {
      ...target({ freeDiskBytes }),
      databases: [
        someDatabase(
          {
            tables: [
              someTable({ name: 'a', dataBytes: 6 * gigabyte, indexBytes: 4 * gigabyte }),
              someTable({ name: 'out', dataBytes: 90 * gigabyte, inScope: false }),
            ],
          },
          more,
        ),
      ],
    }).map(line => line.split(' ').slice(0, 2).join(' '));

  it('is for tables and indexes and a fifth more (PGM305)', () => {
    expect(disk(12 * gigabyte)).toEqual(['ok target']);
    expect(disk(12 * gigabyte - 1)).toEqual(['error target']);
    expect(disk(null)).toEqual(['info target']);
  });

  it('is for the index builds of all jobs (PGM313)', () => {
    const memory = (megabytes: number, gigabytes: number | null, lines: readonly string[] = []): readonly string[] =>
      said(
        'PGM313',
        target({
          memoryBytes: gigabytes === null ? null : gigabytes * gigabyte,
          settings: { maintenance_work_mem: setting(String(megabytes * 1024), 'user', { unit: 'kB' }) },
        }),
        lines,
      );
    expect(memory(1024, 8)).toEqual([]);
    expect(memory(1025, 8)).toEqual(['warning target 1025MB 1024MB or less']);
    expect(memory(1024, 8, ['copy: {index_jobs: 4}'])).toEqual(['warning target 1024MB 512MB or less']);
    expect(memory(1024, null)).toEqual([]);
    expect(memory(1024, 0.25)).toEqual(['warning target 1024MB 64MB or less']);
  });
});

describe('a sequence (PGM512)', () => {
  const sequence = (more: Partial<SequenceFacts>): readonly string[] =>
    said('PGM512', {
      databases: [
        someDatabase({
          sequences: [
            {
              schema: 'public',
              name: 's',
              cycles: false,
              increment: '1',
              min: '0',
              max: '100',
              inScope: true,
              feeds: null,
              ...more,
            } as SequenceFacts,
          ],
        }),
      ],
    });
  it.each<[Partial<SequenceFacts>, readonly string[]]>([
    [{ lastValue: '89' }, []],
    [{ lastValue: '90' }, ['warning source 90 less than 90 %']],
    [{ lastValue: '95', cycles: true }, []],
    [{ lastValue: '95', inScope: false }, []],
    [{ lastValue: null }, []],
    [{ lastValue: '10', increment: '-1' }, ['warning source 10 less than 90 %']],
    [{ lastValue: '11', increment: '-1' }, []],
    [{ lastValue: '5', min: '5', max: '5' }, []],
  ])('%j', (more, expected) => {
    expect(sequence(more)).toEqual(expected);
  });
});

describe('names (PGM514)', () => {
  it.each<[string, number, number, readonly string[]]>([
    ['as long', 63, 63, []],
    ['longer on the target', 63, 127, []],
    ['cut by the target', 127, 63, ['warning target 63 127 or more']],
  ])('%s', (_, from, to, expected) => {
    expect(
      said('PGM514', {
        ...source(limit('max_identifier_length', from)),
        ...target(limit('max_identifier_length', to)),
      }),
    ).toEqual(expected);
  });

  it.each<[readonly string[], number]>([
    [[], 0],
    [['part', 'entry', 'stage', 'setting'], 0],
    [['part', 'mine'], 1],
  ])('of schema pgm: %j', (relations, count) => {
    const contents = { pgmSchema: { relations } as never };
    expect(said('PGM514', { databases: [someDatabase(contents)] })).toHaveLength(count);
    expect(said('PGM514', { databases: [someDatabase({}, contents)] })).toHaveLength(count);
  });
});

describe('listening (PGM204)', () => {
  const far = { dial: null };
  it.each<[string, readonly string[]]>([
    ['*', ['ok source * -']],
    ['localhost', ['warning source localhost *']],
    ['127.0.0.1, ::1', ['warning source 127.0.0.1, ::1 *']],
    ['localhost, 10.0.0.5', ['ok source localhost, 10.0.0.5 -']],
    ['', ["warning source '' *"]],
  ])('on %j', (value, expected) => {
    const found = said('PGM204', { ...source({ settings: { listen_addresses: setting(value) } }), ...far });
    expect(found).toEqual(expected);
  });

  it('is proven by a target that has just reached the source', () => {
    expect(said('PGM204', source({ settings: { listen_addresses: setting('localhost') } }))).toEqual([
      'ok source localhost -',
    ]);
  });
});

describe('an address of pg_hba.conf', () => {
  const range = (text: string): NonNullable<ReturnType<typeof parseRange>> => {
    const parsed = parseRange(text);
    if (parsed === undefined) throw new Error(`${text} is no address`);
    return parsed;
  };

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/x',
    '::1/129',
    'fd00',
    'fd00::1::2',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'example.com',
  ])('%j is none', text => {
    expect(parseRange(text)).toBeUndefined();
  });

  it('is read in each of its forms', () => {
    expect(range('10.0.0.1')).toEqual({ bits: 32, address: 0x0a000001n, length: 32 });
    expect(range('255.255.255.255/0')).toEqual({ bits: 32, address: 0xffffffffn, length: 0 });
    expect(range('::1')).toEqual({ bits: 128, address: 1n, length: 128 });
    expect(range('::')).toEqual({ bits: 128, address: 0n, length: 128 });
    expect(range('fd00::/8')).toEqual({ bits: 128, address: 0xfdn << 120n, length: 8 });
    expect(range('1:2:3:4:5:6:7:8').address).toBe(0x00010002000300040005000600070008n);
    expect(range('1::8').address).toBe((1n << 112n) | 8n);
  });

  it('may come with a netmask', () => {
    expect(maskedRange('10.0.0.0', '255.0.0.0')).toEqual(range('10.0.0.0/8'));
    expect(maskedRange('10.0.0.1', null)).toEqual(range('10.0.0.1/32'));
    expect(maskedRange('all', null)).toBeUndefined();
    expect(maskedRange('10.0.0.0', 'x')).toBeUndefined();
  });

  it.each<[string, string, ReturnType<typeof coverage>]>([
    ['10.0.0.0/8', '10.1.2.3', 'all'],
    ['10.0.0.0/8', '10.0.0.0/8', 'all'],
    ['10.0.0.0/8', '11.0.0.1', 'none'],
    ['10.1.0.0/16', '10.0.0.0/8', 'part'],
    ['0.0.0.0/0', '192.168.0.1', 'all'],
    ['::/0', '10.0.0.1', 'none'],
  ])('%s covers of %s: %s', (outer, inner, expected) => {
    expect(coverage(range(outer), range(inner))).toBe(expected);
  });
});
