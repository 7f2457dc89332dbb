import { describe, expect, it } from 'vitest';
import type { Facts, SlotFacts, SubscriptionFacts } from '../../src/inspect/facts.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import {
  buildProgress,
  buildPublication,
  buildSlot,
  buildSubscription,
  streamingWorld,
  tablesNamed,
  type WorldWish,
} from '../plan/build-facts.js';
import { factsOf } from '../plan/planning.js';
import { aLockfile } from '../state/a-lockfile.js';
import { drift, driftWords } from './whole.js';

const mebibyte = 1024 ** 2;
const synced = (more: Partial<Lockfile> = {}): Lockfile => aLockfile({ reached: 'synced', stopped: false, ...more });
const seen = (
  code: string,
  wish: WorldWish = {},
  {
    lines = [],
    lockfile = synced(),
    facts = {},
  }: { lines?: readonly string[]; lockfile?: Lockfile | null; facts?: Partial<Facts> } = {},
): readonly string[] => drift(code, { ...factsOf(streamingWorld(wish)), ...facts }, { lines, lockfile });
const withSlot = (more: Partial<SlotFacts>): WorldWish => ({ source: { slots: [buildSlot(1, more)] } });
const withSubscription = (more: Partial<SubscriptionFacts>): WorldWish => ({
  target: { subscriptions: [buildSubscription(1, more)] },
});
const noSubscription: WorldWish = { target: { subscriptions: [] } };
const noSlot: WorldWish = { source: { slots: [] } };
const noPublication: WorldWish = { contents: { publications: [] } };
const noLane: WorldWish = { ...noSubscription, ...noSlot, ...noPublication };
const lane = 'app | pgm_shop_16384_1';
const again = 'a lane | pgm apply';

const cases: readonly (readonly [code: string, name: string, wish: WorldWish, found: readonly string[]])[] = [
  ['PGM601', 'a slot that is at work', {}, []],
  [
    'PGM601',
    'a slot that is gone',
    noSlot,
    [`warning source | ${lane} | - | a slot that holds all changes | pgm apply`],
  ],
  [
    'PGM601',
    'a slot that was invalidated',
    withSlot({ walStatus: 'lost' }),
    [`warning source | ${lane} | lost | a slot that holds all changes | pgm apply`],
  ],
  ['PGM601', 'a whole lane that is gone', noLane, [`warning source | app | app | - | ${again}`]],
  ['PGM601', 'a database that was never copied', { ...noLane, there: { progress: null } }, []],

  ['PGM602', 'a slot that is read', withSlot({ active: true, retainedWalBytes: 9000 * mebibyte }), []],
  [
    'PGM602',
    'a slot that nobody reads',
    withSlot({ active: false, retainedWalBytes: 3 * mebibyte }),
    [`warning source | ${lane} | 3 MiB of WAL | active | its`],
  ],
  [
    'PGM602',
    'a slot whose WAL is not known',
    withSlot({ active: false, retainedWalBytes: null }),
    [`warning source | ${lane} | 0 MiB of WAL | active | its`],
  ],
  [
    'PGM602',
    'a slot of a subscription that is disabled',
    { ...withSlot({ active: false }), ...withSubscription({ enabled: false }) },
    [],
  ],
  ['PGM602', 'a slot without a subscription', { ...withSlot({ active: false }), ...noSubscription }, []],
  ['PGM602', 'a slot that is lost', withSlot({ active: false, walStatus: 'lost' }), []],
  ['PGM602', 'no slot', noSlot, []],

  ['PGM604', 'a subscription at work', {}, []],
  [
    'PGM604',
    'a subscription that is gone',
    noSubscription,
    [`warning target | ${lane} | - | a running apply worker | pgm apply`],
  ],
  [
    'PGM604',
    'a subscription that is disabled',
    withSubscription({ enabled: false }),
    [`warning target | ${lane} | disabled | a running apply worker | pgm apply`],
  ],
  [
    'PGM604',
    'a subscription without a worker',
    withSubscription({ workerPid: null, applyErrors: null }),
    [
      `warning target | ${lane} | no worker | a running apply worker | Read the target's log: it names the change ` +
        'that cannot be applied, or why no worker starts.',
    ],
  ],
  [
    'PGM604',
    'a subscription that fails, with its error',
    withSubscription({ workerPid: null, applyErrors: 3, failure: 'duplicate key' }),
    [
      `warning target | ${lane} | 3 errors | a running apply worker | Fix on the target what the error names; the ` +
        'worker tries again every 5 s by itself.',
    ],
  ],
  ['PGM604', 'a subscription whose slot is gone', { ...noSlot, ...withSubscription({ enabled: false }) }, []],
  [
    'PGM604',
    'a subscription whose slot is lost',
    { ...withSlot({ walStatus: 'lost' }), ...withSubscription({ enabled: false }) },
    [],
  ],

  ['PGM611', 'a publication that is there', {}, []],
  [
    'PGM611',
    'a publication that is gone',
    noPublication,
    [`warning source | ${lane} | - | the publication | pgm apply`],
  ],
  ['PGM611', 'a publication that is gone with its slot', { ...noPublication, ...noSlot }, []],
];

describe('drift of a lane', () => {
  it.each(cases)('%s: %s', (code, _, wish, found) => {
    expect(seen(code, wish)).toEqual(found);
  });

  it('PGM601: a database that the target does not have has none', () => {
    const { database } = streamingWorld(noLane);
    expect(seen('PGM601', noLane, { facts: { databases: [{ ...database, target: null }] } })).toEqual([]);
  });

  it('PGM602: more WAL than the spec allows, read or not', () => {
    const lines = ['replication: {max_retained_wal: 2GB}'];
    const held = (megabytes: number, active: boolean): readonly string[] =>
      seen('PGM602', withSlot({ active, retainedWalBytes: megabytes * mebibyte }), { lines });
    expect(held(2048, true)).toEqual([]);
    expect(held(2049, true)).toEqual([`warning source | ${lane} | 2.0 GiB of WAL | 2.0 GiB or less | its`]);
    expect(held(4096, false)).toEqual([`warning source | ${lane} | 4.0 GiB of WAL | 2.0 GiB or less | its`]);
  });

  const away = { kind: 'unreachable', host: 'h', port: 1, message: 'm', failure: 'refused', sqlstate: null } as never;
  it.each<[string, Parameters<typeof seen>[2]]>([
    ['before anything was applied', { lockfile: null }],
    ['before the copy', { lockfile: synced({ reached: null }) }],
    ['while stopped', { lockfile: synced({ stopped: true }) }],
    ['after the cutover', { lockfile: synced({ reached: 'cutover' }) }],
    ['while the source is away', { facts: { source: away } }],
    ['while the target is away', { facts: { target: away } }],
  ])('is none %s', (_, asked) => {
    expect(seen('PGM601', noSlot, asked)).toEqual([]);
    expect(seen('PGM601', noLane, asked)).toEqual([]);
    expect(seen('PGM602', withSlot({ active: false }), asked)).toEqual([]);
    expect(seen('PGM604', noSubscription, asked)).toEqual([]);
    expect(seen('PGM611', noPublication, asked)).toEqual([]);
  });
});

describe('drift of tables', () => {
  const both = tablesNamed('a', 'b');
  const [a, b] = both as [(typeof both)[number], (typeof both)[number]];
  const copied = buildProgress([]);
  const step = (kind: string, at: string): object => ({ [`app/${kind}`]: { kind, finished_at: at, state: 'done' } });
  const steps = (...each: readonly object[]): Lockfile => synced({ steps: Object.assign({}, ...each) as never });
  const column = (name: string, type: string): never => ({ name, type, generated: '', identity: '' }) as never;

  it('PGM605: a table that only the source has', () => {
    const made = (more: object = {}): WorldWish => ({
      contents: {
        tables: [...both, { ...a, name: 'new', oid: '9', ...more }],
        publications: [buildPublication(1, ['a', 'b'])],
      },
    });
    expect(seen('PGM605', made())).toEqual([
      'warning source | app | public.new | not replicated | on both sides | pgm apply',
    ]);
    expect(seen('PGM605', made({ persistence: 'u' }))).toEqual([]);
    expect(seen('PGM605', made({ inScope: false }))).toEqual([]);
    expect(seen('PGM605', { ...made(), there: { tables: [...both, { ...a, name: 'new' }] } })).toEqual([]);
    expect(
      seen('PGM605', {
        ...made(),
        contents: { ...made().contents, publications: [buildPublication(1, ['a', 'b', 'new'])] },
      }),
    ).toEqual([]);
    expect(seen('PGM605', made(), { lockfile: synced({ stopped: true }) })).toEqual([]);
  });

  it('PGM606: columns that are on one side only, or of another type', () => {
    const here = { ...a, columns: [column('id', 'integer'), column('more', 'text'), column('n', 'bigint')] };
    const there = { ...a, columns: [column('id', 'integer'), column('old', 'date'), column('n', 'integer')] };
    expect(seen('PGM606', { tables: [here], there: { tables: [there] } })).toEqual([
      'warning target | app | public.a | different columns | the same columns | ' +
        [
          '-- on the target; or the other way round on the source:',
          'alter table "public"."a" add column "more" text;',
          'alter table "public"."a" drop column "old";   -- its values are lost; one that was renamed is renamed instead',
          'alter table "public"."a" alter column "n" type bigint;',
        ].join('\n'),
    ]);
    expect(seen('PGM606', { tables: [here], there: { tables: [here] } })).toEqual([]);
    expect(seen('PGM606', { tables: [here], there: { tables: [] } })).toEqual([]);
  });

  it('PGM607: a table that one side has dropped', () => {
    expect(seen('PGM607')).toEqual([]);
    expect(seen('PGM607', { contents: { tables: [a], publications: [buildPublication(1, ['a'])] } })).toEqual([
      'warning source | app | public.b | gone | on both sides | drop table "public"."b";   -- on the target, with all its ' +
        'rows, when they are no longer needed',
    ]);
    expect(seen('PGM607', { there: { tables: [a] } })).toEqual([
      'error target | app | public.b | gone | on both sides | Put the table back under its name; without its rows, start ' +
        'over: pgm destroy, then pgm apply.',
    ]);
    expect(
      seen('PGM607', { contents: { tables: [a], publications: [buildPublication(1, ['a'])] }, there: { tables: [a] } }),
    ).toEqual([]);
    expect(seen('PGM607', { there: { tables: [a, b], progress: copied } })).toEqual([]);
  });

  it('PGM607: is carried out by the next apply where definitions are followed', () => {
    const world = streamingWorld({ contents: { tables: [a], publications: [buildPublication(1, ['a'])] } });
    const compared = {
      ...world,
      database: { ...world.database, definitions: { kind: 'compared', differences: [], histories: null } as const },
    };
    const remedy = (lines: readonly string[]): string =>
      drift('PGM607', factsOf(compared), { lines, lockfile: synced() })[0] ?? '';
    expect(remedy([])).toContain('pgm apply   # drops it on the target too');
    expect(remedy(['schema_changes: block'])).toContain('drop table "public"."b";');
  });

  it('says since when, or at which time where a server knows it', () => {
    const changed = (ofSource: string | null, ofTarget: string | null): WorldWish => ({
      tables: [{ ...a, definedAt: ofSource, columns: [column('id', 'integer')] }],
      there: { tables: [{ ...a, definedAt: ofTarget }] },
    });
    const lockfile = steps(step('schema', '2026-01-02T00:00:00.123Z'), step('constraints', '2026-01-03T00:00:00.456Z'));
    const since = 'since the copy of 2026-01-02T00:00:00Z';
    const said = (wish: WorldWish, held: Lockfile): string =>
      driftWords('PGM606', factsOf(streamingWorld(wish)), { lockfile: held })[0] ?? '';
    expect(said(changed(null, null), steps())).toContain('altered since the copy and');
    expect(said(changed(null, null), lockfile)).toContain(`altered ${since} and`);
    expect(said(changed('2026-01-02T00:00:00.123Z', null), lockfile)).toContain(since);
    expect(said(changed('2026-01-02T00:00:01.000Z', null), lockfile)).toContain(
      'altered at 2026-01-02T00:00:01.000Z and',
    );
    expect(said(changed(null, '2026-01-02T12:00:00.000Z'), lockfile)).toContain(since);
    expect(said(changed(null, '2026-01-04T00:00:00.000Z'), lockfile)).toContain(
      'altered at 2026-01-04T00:00:00.000Z and',
    );
    expect(said(changed('2026-01-05T00:00:00.000Z', '2026-01-04T00:00:00.000Z'), lockfile)).toContain(
      'altered at 2026-01-05',
    );
    expect(
      said(changed(null, '2026-01-02T12:00:00.000Z'), steps(step('schema', '2026-01-02T00:00:00.123Z'))),
    ).toContain('altered at 2026-01-02T12');
  });
});

describe('other writers on the target (PGM608)', () => {
  const writer = { pid: 5, gid: null, user: 'app', database: 'app', query: `insert\n  into t ${'x'.repeat(90)}` };
  const writers = (...each: readonly object[]): WorldWish => ({
    target: { writers: each as never, subscriptions: [buildSubscription(1)] },
  });
  it.each<[string, object, readonly string[]]>([
    [
      'a session',
      writer,
      [
        'warning target | app | pid 5 | writes | none before the cutover | select pg_terminate_backend(5);   -- on the ' +
          'target; then point that application to the source',
      ],
    ],
    ['a session of another database', { ...writer, database: 'other' }, []],
    ['a session of no database', { ...writer, database: null }, []],
  ])('%s', (_, each, found) => {
    expect(seen('PGM608', writers(each))).toEqual(found);
  });

  it('a prepared transaction, which its coordinator ends', () => {
    const [found = ''] = seen('PGM608', writers({ ...writer, pid: null, gid: 'xa-1', query: null, user: null }));
    expect(found).toContain(
      `warning target | app | xa-1 | writes | none before the cutover | select * from pg_prepared_xacts where gid = 'xa-1'`,
    );
  });

  it('says who, and the beginning of what', () => {
    const said = (each: object): string =>
      driftWords('PGM608', factsOf(streamingWorld(writers(each))), { lockfile: synced() })[0] ?? '';
    expect(said(writer)).toBe(`app writes in database app on the target: insert into t ${'x'.repeat(66)}`);
    expect(said({ ...writer, user: null, query: null })).toBe('someone writes in database app on the target');
  });

  it('are none of ours where no lane is at work', () => {
    expect(seen('PGM608', writers(writer), { lockfile: synced({ stopped: true }) })).toEqual([]);
  });
});
