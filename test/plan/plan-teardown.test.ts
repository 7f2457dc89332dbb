import { describe, expect, it } from 'vitest';
import type { Remains } from '../../src/inspect/remains.js';
import type { Facts } from '../../src/inspect/facts.js';
import type { BuiltPlan } from '../../src/plan/assemble-plan.js';
import { planTeardown, type TeardownInput } from '../../src/plan/plan-teardown.js';
import { reviewedDeeds } from '../../src/plan/review.js';
import { formatLineage } from '../../src/state/lineage.js';
import type { HalfSwitch } from '../../src/plan/half-switch.js';
import type { FinishedSwitch, ServerSetting, SwitchUnderWay } from '../../src/state/lockfile.js';
import { buildSlot, buildSpec, buildSubscription, lane, streamingWorld, type World } from './build-facts.js';
import {
  afterCutover,
  block,
  cutoverRecord,
  factsOf,
  kinds,
  lockfileOf,
  switchUnderWay,
  waitsFor,
} from './planning.js';

const made = (name: string): string =>
  formatLineage({ name, lineage: '00000000-0000-4000-8000-000000000000', what: 'publication' });

function remainsOf(
  server: World['source'],
  publications: readonly (number | 'r')[],
  more: Partial<Remains> & { readonly fence?: boolean; readonly by?: string } = {},
): Remains {
  const { fence = false, by = 'shop', ...rest } = more;
  const named = publications.map(number => ({ name: lane(number), comment: made(by) }));
  return {
    server,
    databases: [{ name: 'app', publications: named, progress: false, fence }],
    unread: [],
    settings: new Map(),
    ...rest,
  };
}

const wish = { command: 'destroy', release: false, open: false, gone: null } as const;

function teardown(world: World, more: Partial<TeardownInput> = {}): BuiltPlan {
  return planTeardown({
    spec: buildSpec(),
    wish,
    facts: factsOf(world),
    remains: { source: remainsOf(world.source, [1]), target: remainsOf(world.target, []) },
    known: lockfileOf({ reached: 'synced' }),
    settings: {},
    reached: 'synced',
    half: null,
    pgmVersion: '0.1.0',
    ...more,
  });
}

const statements = ({ plan }: BuiltPlan, kind: string): readonly string[] =>
  plan.steps.filter(step => step.kind === kind).flatMap(step => step.statements);

const wholeLane = [
  `alter subscription "${lane(1)}" disable;`,
  `alter subscription "${lane(1)}" set (slot_name = none);`,
  `drop subscription "${lane(1)}";`,
  `select pg_drop_replication_slot('${lane(1)}');`,
  `drop publication "${lane(1)}";`,
];

const walLevel: ServerSetting = {
  kind: 'server-setting',
  server: 'source',
  name: 'wal_level',
  before: null,
  after: 'logical',
};
const asPgmLeftIt = { value: 'logical', altered: 'logical', beneath: 'replica', filesReadable: true };

describe('destroy', () => {
  it('takes down lanes, then their record, then settings, and shows what is sent', () => {
    const world = streamingWorld();
    const built = teardown(world, {
      settings: { 'source/wal_level': walLevel },
      remains: {
        source: remainsOf(world.source, [1], { settings: new Map([['wal_level', asPgmLeftIt]]) }),
        target: remainsOf(world.target, []),
      },
    });
    expect(kinds(built)).toEqual(['drop-lane', 'drop-progress', 'undo-setting']);
    expect(statements(built, 'drop-lane')).toEqual(wholeLane);
    expect(statements(built, 'undo-setting')[0]).toBe('alter system reset "wal_level";');
    expect(waitsFor(built, 'source/undo-setting/wal_level')).toEqual([`app/drop-lane/${lane(1)}`, 'app/drop-progress']);
    expect(built.plan).toMatchObject({ applicable: true, teardown: { ...wish, stays: [] } });
    expect(reviewedDeeds(built.plan)).toContain('destroy');
  });

  it('has other digests where something else is taken down', () => {
    const one = teardown(streamingWorld()).plan.digest;
    expect(teardown(streamingWorld()).plan.digest).toBe(one);
    expect(teardown(streamingWorld(), { wish: { ...wish, open: true } }).plan.digest).not.toBe(one);
    expect(teardown(streamingWorld({ source: { slots: [] } })).plan.digest).not.toBe(one);
  });

  it.each<[string, World, readonly (number | 'r')[], readonly string[]]>([
    ['a subscription', streamingWorld({ source: { slots: [] } }), [], wholeLane.slice(0, 3)],
    ['a slot', streamingWorld({ target: { subscriptions: [] } }), [], wholeLane.slice(3, 4)],
    [
      'a publication',
      streamingWorld({ source: { slots: [] }, target: { subscriptions: [] } }),
      [1],
      wholeLane.slice(4),
    ],
  ])('takes what is left of a lane of which only %s is there', (_, world, published, expected) => {
    const remains = { source: remainsOf(world.source, published), target: remainsOf(world.target, []) };
    expect(statements(teardown(world, { remains }), 'drop-lane')).toEqual(expected);
  });

  it('leaves what another migration made, and what says nothing of pgm', () => {
    const world = streamingWorld({ source: { slots: [] }, target: { subscriptions: [] } });
    for (const by of ['other', ''])
      expect(
        statements(
          teardown(world, {
            remains: { source: remainsOf(world.source, [1], { by }), target: remainsOf(world.target, []) },
          }),
          'drop-lane',
        ),
      ).toEqual([]);
  });

  it('drops a subscription that a superuser owns by the functions that made it', () => {
    const world = streamingWorld({ target: { subscriptions: [buildSubscription(1, { owner: 'postgres' })] } });
    const target = {
      ...world.target,
      user: { ...world.target.user, name: 'migrator', superuser: false, memberOf: [] },
    };
    expect(
      statements(
        teardown({ ...world, target }, { remains: { source: null, target: remainsOf(target, []) } }),
        'drop-lane',
      ),
    ).toEqual([
      `select aiven_extras.pg_alter_subscription_disable('${lane(1)}');`,
      `select aiven_extras.pg_drop_subscription('${lane(1)}', false);`,
    ]);
  });

  it('finds a lane whose database one server calls otherwise by now', () => {
    const world = streamingWorld({ target: { subscriptions: [buildSubscription(1, { database: 'renamed' })] } });
    const [step] = teardown(world).plan.steps;
    expect(step).toMatchObject({ kind: 'drop-lane', database: 'renamed', statements: wholeLane });
  });

  it.each([
    ['somebody has set it to replica since', { ...asPgmLeftIt, altered: 'replica' }],
    ['the server does not know it', undefined],
  ])('says what stays: %s', (why, now) => {
    const world = streamingWorld();
    const settings = new Map(now === undefined ? [] : [['wal_level', now] as const]);
    const built = teardown(world, {
      settings: { 'source/wal_level': walLevel },
      remains: { source: remainsOf(world.source, [1], { settings }), target: remainsOf(world.target, []) },
    });
    expect(kinds(built)).not.toContain('undo-setting');
    expect(built.plan.teardown?.stays.join()).toContain(why);
  });

  it('believes no record of a setting that pgm never sets', () => {
    const planted: ServerSetting = { ...walLevel, name: 'archive_command', before: 'rm -rf /' };
    const built = teardown(streamingWorld(), { settings: { 'source/archive_command': planted } });
    expect(JSON.stringify(built.plan)).not.toContain('rm -rf');
    expect(built.plan.teardown?.stays.join()).toContain('not one that pgm writes');
  });

  describe('of databases that a switch shut', () => {
    const world = afterCutover();
    const after = {
      remains: { source: remainsOf(world.source, [], { fence: true }), target: remainsOf(world.target, ['r']) },
      known: lockfileOf({ reached: 'cutover', cutover: cutoverRecord }),
    };

    it('drops only the triggers, and says how to open them', () => {
      const built = teardown(world, after);
      expect(statements(built, 'open-database')).toHaveLength(3);
      expect(statements(built, 'open-database').join()).not.toContain('grant');
      expect(built.plan.teardown?.stays.join()).toContain('source/app stays shut');
      expect(kinds(built).at(-1)).toBe('open-database');
    });

    it('opens them where that is asked for, and names who may connect then', () => {
      const built = teardown(world, { ...after, wish: { ...wish, open: true } });
      expect(statements(built, 'open-database').join()).toContain('grant connect on database "app" to public');
      expect(built.plan.steps.at(-1)?.title).toContain('connections of PUBLIC, app');
      expect(built.plan.teardown?.stays).toEqual([]);
    });

    it('opens them where the switch was not finished: the writes stayed', () => {
      const known = lockfileOf({ reached: 'synced', cutover: switchUnderWay });
      const built = teardown(streamingWorld(), { known });
      expect(built.plan.steps.at(-1)).toMatchObject({ kind: 'open-database', server: 'source', action: 'update' });
    });

    describe('by a switch that was cut off behind its point of no return', () => {
      const half = (record: SwitchUnderWay, more: Partial<HalfSwitch> = {}): Partial<TeardownInput> => ({
        known: lockfileOf({ reached: record.event === 'cutover' ? 'cutover' : 'synced', cutover: record }),
        half: { event: record.event, passed: true, shuts: false, bothWritten: null, record, ...more },
      });
      const opened = (built: BuiltPlan): readonly string[] =>
        built.plan.steps.flatMap(step =>
          step.kind === 'open-database' && step.statements.join().includes('grant connect') ? [step.server] : [],
        );
      const switched: SwitchUnderWay = { ...switchUnderWay, state: 'switched' };
      const failedBack: FinishedSwitch = { ...cutoverRecord, event: 'failback' };

      it.each<[string, SwitchUnderWay, 'source' | 'target', 'source' | 'target']>([
        ['its target was shut ahead', { ...switched, ahead: block }, 'target', 'source'],
        ['that is known from the source alone', { ...switchUnderWay, ahead: block }, 'target', 'source'],
        ['the target was shut since a failback', { ...switched, before: failedBack }, 'target', 'source'],
        [
          'it was a failback, and the source shut since the cutover',
          { ...switched, event: 'failback', before: cutoverRecord },
          'source',
          'target',
        ],
      ])('opens the side that took the writes, and only that: %s', (_, record, opens, stays) => {
        const built = teardown(world, half(record));
        expect(opened(built)).toEqual([opens]);
        expect(built.plan.teardown?.stays.filter(line => line.includes('stays shut'))).toEqual([
          expect.stringContaining(`${stays}/app stays shut (read-only, no right to connect), since the ${opens} has`),
        ]);
      });

      it('opens nothing on a side that took the writes open as it was', () => {
        expect(opened(teardown(world, half(switched)))).toEqual([]);
      });

      it('says where both sides were written to', () => {
        const bothWritten = { database: 'app', onOld: 2, onNew: 3, forward: [lane(1)], back: lane('r') };
        const built = teardown(world, half({ ...switchUnderWay, hooks: true }, { passed: false, bothWritten }));
        expect(built.plan.teardown?.stays.join()).toContain('2 row changes on the source alone, 3 on the target');
      });
    });

    it('leaves out a database that is gone', () => {
      const gone = [{ ...block[0], database: 'dropped', readOnly: null, connect: [] }];
      const known = lockfileOf({ reached: 'cutover', cutover: { ...cutoverRecord, block: gone } });
      expect(kinds(teardown(world, { ...after, known }))).not.toContain('open-database');
    });
  });
});

describe('stop', () => {
  const stop = { ...wish, command: 'stop' } as const;

  it('has subscriptions stand still, and leaves one that does already', () => {
    const built = teardown(streamingWorld(), { wish: stop });
    expect(built.plan.steps.map(({ id, statements: sent }) => [id, sent])).toEqual([
      [`app/subscription/${lane(1)}/stop`, [`alter subscription "${lane(1)}" disable;`]],
    ]);
    const still = streamingWorld({ target: { subscriptions: [buildSubscription(1, { enabled: false })] } });
    expect(kinds(teardown(still, { wish: stop }))).toEqual([]);
  });

  it('with --release drops subscription and slot, and keeps publication, record and settings', () => {
    const built = teardown(streamingWorld(), {
      wish: { ...stop, release: true },
      settings: { 'source/wal_level': walLevel },
    });
    expect(kinds(built)).toEqual(['drop-lane']);
    expect(statements(built, 'drop-lane')).toEqual(wholeLane.slice(0, 4));
  });

  it('puts back what holds for the load', () => {
    const load: ServerSetting = {
      kind: 'server-setting',
      server: 'target',
      name: 'max_wal_size',
      before: null,
      after: '9GB',
      until: 'loaded',
    };
    const built = teardown(streamingWorld(), { wish: stop, settings: { 'target/max_wal_size': load } });
    expect(statements(built, 'restore-settings')[0]).toBe('alter system reset "max_wal_size";');
  });
});

describe('one server that is left', () => {
  const world = streamingWorld();
  const away: Facts['source'] = {
    kind: 'unreachable',
    host: '',
    port: 0,
    failure: 'refused',
    sqlstate: null,
    message: 'gone',
  };
  const facts = { ...factsOf(world), databases: [] };
  const withoutTarget = {
    facts: { ...facts, target: away },
    remains: { source: remainsOf(world.source, [1]), target: null },
  };
  const withoutSource = {
    facts: { ...facts, source: away },
    remains: { source: null, target: remainsOf(world.target, []) },
  };

  it('is freed of its own half of a lane, and the other half is told', () => {
    const source = teardown(world, { ...withoutTarget, wish: { ...wish, gone: 'target' } });
    expect(statements(source, 'drop-lane')).toEqual(wholeLane.slice(3));
    expect(source.plan.steps[0]).toMatchObject({ server: 'source', database: 'app' });
    expect(source.plan.teardown?.stays.at(-1)).toContain(`drop subscription "${lane(1)}"`);
    const target = teardown(world, { ...withoutSource, wish: { ...wish, gone: 'source' } });
    expect(statements(target, 'drop-lane')).toEqual(wholeLane.slice(0, 3));
    expect(target.plan.teardown?.stays.at(-1)).toContain(`drop publication "${lane(1)}"`);
  });

  it('keeps publications and record where it only stops, and settings where it closes', () => {
    const settings = { 'source/wal_level': walLevel };
    const kept = { ...withoutTarget, settings, known: lockfileOf({ settings }) };
    const stopped = teardown(world, { ...kept, wish: { ...wish, command: 'stop', release: true, gone: 'target' } });
    expect(statements(stopped, 'drop-lane')).toEqual(wholeLane.slice(3, 4));
    const closed = teardown(world, { ...kept, wish: { ...wish, command: 'close', gone: 'target' } });
    expect(kinds(closed)).toEqual(['drop-lane']);
    const remains = {
      source: remainsOf(world.source, [1], { settings: new Map([['wal_level', asPgmLeftIt]]) }),
      target: null,
    };
    expect(kinds(teardown(world, { ...kept, remains, wish: { ...wish, gone: 'target' } }))).toEqual([
      'drop-lane',
      'undo-setting',
    ]);
  });

  it('takes writes again, whatever a switch left of it', () => {
    const known = lockfileOf({ reached: 'cutover', cutover: cutoverRecord });
    const remains = { source: remainsOf(world.source, [], { fence: true }), target: null };
    const built = teardown(world, { ...withoutTarget, remains, known, wish: { ...wish, gone: 'target' } });
    expect(statements(built, 'open-database').join()).toContain('grant connect on database "app" to public');
    const fenced = teardown(world, { ...withoutTarget, remains, known: null, wish: { ...wish, gone: 'target' } });
    expect(kinds(fenced)).toEqual(['drop-lane', 'open-database']);
  });

  it('leaves the triggers of databases that the migration never had', () => {
    const source = remainsOf(world.source, [], { fence: true });
    const other = { name: 'other', publications: [], progress: false, fence: true };
    const remains = { source: { ...source, databases: [...source.databases, other] }, target: null };
    const spec = buildSpec('databases: {include: [app]}');
    const built = teardown(world, { ...withoutTarget, spec, remains, known: null, wish: { ...wish, gone: 'target' } });
    expect(built.plan.steps.flatMap(({ kind, database }) => (kind === 'open-database' ? [database] : []))).toEqual([
      'app',
    ]);
  });

  it('says which databases could not be looked at', () => {
    const remains = { source: remainsOf(world.source, [], { unread: ['secret'] }), target: null };
    const built = teardown(world, { ...withoutTarget, remains, wish: { ...wish, gone: 'target' } });
    expect(built.plan.teardown?.stays[0]).toContain('source/secret: not checked');
  });

  it('of slots that lead both ways, each goes', () => {
    const both = streamingWorld({ source: { slots: [buildSlot(1), buildSlot(2)] } });
    const remains = { source: remainsOf(both.source, []), target: null };
    const built = teardown(both, { ...withoutTarget, remains, wish: { ...wish, gone: 'target' } });
    expect(statements(built, 'drop-lane')).toEqual(
      [1, 2].map(number => `select pg_drop_replication_slot('${lane(number)}');`),
    );
  });
});
