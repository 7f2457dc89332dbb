import { relationKey } from '../../src/postgres/relation-key.js';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/checks/finding.js';
import type { DatabaseContents, TableFacts } from '../../src/inspect/facts.js';
import { planDatabase, type DatabasePlan, type DatabasePlanInput } from '../../src/plan/plan-database.js';
import { someTable } from '../checks/some-facts.js';
import {
  allStages,
  buildListing,
  buildPart,
  buildProgress,
  buildPublication,
  buildRole,
  buildSlot,
  buildSpec,
  buildSubscription,
  buildWorld,
  lane,
  streamingWorld,
  tablesNamed,
  type World,
  type WorldWish,
} from './build-facts.js';

const planOf = (world: World, more: Partial<DatabasePlanInput> = {}): DatabasePlan =>
  planDatabase({
    ...world,
    spec: buildSpec(),
    method: 'continuous',
    after: ['before'],
    jobs: 2,
    changes: [],
    synced: false,
    switched: false,
    knownErrors: {},
    ...more,
  });

const ids = ({ steps }: DatabasePlan): readonly string[] => steps.map(step => step.id.replace('app/', ''));
const titled = ({ steps }: DatabasePlan, id: string): string | undefined =>
  steps.find(step => step.id === `app/${id}`)?.description.title;
const statementsOf = ({ steps }: DatabasePlan, id: string): readonly string[] =>
  steps.find(step => step.id === `app/${id}`)?.description.statements ?? [];
const waitsFor = ({ steps }: DatabasePlan, id: string): readonly string[] | undefined =>
  steps.find(step => step.id === `app/${id}`)?.dependsOn.map(each => each.replace('app/', ''));

const view = { schema: 'public', name: 'totals', populated: true, bytes: 1 };
const sequence = { schema: 'public', name: 'ids', inScope: true } as never;
const foreignSequence = { schema: 'public', name: 'theirs', inScope: false } as never;

describe('a database that the target has nothing of', () => {
  const first = planOf(buildWorld());

  it('is created, copied from the slot’s snapshot, and followed', () => {
    expect(ids(first)).toEqual([
      'database',
      `publication/${lane(1)}`,
      `slot/${lane(1)}`,
      'schema',
      'copy/1',
      'indexes',
      'constraints',
      `subscription/${lane(1)}`,
      'sync',
      'analyze',
    ]);
    expect(first).toMatchObject({ database: 'app', madeLanes: [lane(1)], droppedLanes: [], fillsViews: false });
  });

  it('waits for what comes before, builds indexes beside the copy, and goes on when both are done', () => {
    expect(waitsFor(first, 'database')).toEqual(['before']);
    expect(waitsFor(first, 'copy/1')).toEqual(['schema']);
    expect(waitsFor(first, 'indexes')).toEqual(['schema']);
    expect(waitsFor(first, 'constraints')).toEqual(['copy/1', 'indexes']);
    expect(waitsFor(first, `subscription/${lane(1)}`)).toEqual(['constraints']);
  });

  it('is copied without slot and subscription by a dump', () => {
    const dump = planOf(buildWorld(), { method: 'dump' });
    expect(ids(dump)).toEqual(['database', 'schema', 'copy', 'indexes', 'constraints', 'analyze']);
    expect(dump.madeLanes).toEqual([]);
  });

  it('brings sequences, large objects and views with the tables', () => {
    const contents = { sequences: [sequence, foreignSequence], largeObjects: 3, materializedViews: [view] };
    const plan = planOf(buildWorld({ contents }));
    expect(ids(plan)).toEqual([
      'database',
      `publication/${lane(1)}`,
      `slot/${lane(1)}`,
      'schema',
      'sequences',
      'large-objects',
      'copy/1',
      'indexes',
      'constraints',
      `subscription/${lane(1)}`,
      'sync',
      'matviews',
      'analyze',
    ]);
    expect(titled(plan, 'sequences')).toContain('1 sequence');
    expect(titled(plan, 'large-objects')).toContain('3 large objects');
    expect(plan.fillsViews).toBe(true);
    expect(waitsFor(plan, 'indexes')).toEqual(['large-objects']);
  });

  it('has no step for sequences that stay behind, nor for views without rows', () => {
    const contents = { sequences: [foreignSequence], materializedViews: [{ ...view, populated: false }] };
    const plan = planOf(buildWorld({ contents }));
    expect(ids(plan)).not.toContain('sequences');
    expect(ids(plan)).not.toContain('matviews');
    expect(plan.fillsViews).toBe(false);
  });

  it('gets a lane even without a table: tables may come', () => {
    expect(ids(planOf(buildWorld({ tables: [] })))).toEqual(
      expect.arrayContaining([`slot/${lane(1)}`, 'copy/1', `subscription/${lane(1)}`, 'sync']),
    );
  });

  it('is refused as a bug where the source does not list it', () => {
    expect(() => planOf(buildWorld({ source: { databases: [] } }))).toThrow('database app is not in the source');
  });
});

describe('several lanes', () => {
  const spec = buildSpec('replication: {lanes: 2}');
  const tables = [
    someTable({ oid: '1', name: 'small', dataBytes: 10 }),
    someTable({ oid: '2', name: 'large', dataBytes: 1000 }),
    someTable({ oid: '3', name: 'middle', dataBytes: 600 }),
    someTable({ oid: '4', name: 'other', dataBytes: 500 }),
  ];
  const plan = planOf(buildWorld({ tables }), { spec });

  it('share the bytes, and tell their tables in the order of the facts, which does not follow sizes', () => {
    expect(statementsOf(plan, 'copy/1')).toEqual([
      'copy "public"."small" (binary);',
      'copy "public"."large" (binary);',
    ]);
    expect(statementsOf(plan, 'copy/2')).toEqual([
      'copy "public"."middle" (binary);',
      'copy "public"."other" (binary);',
    ]);
    expect(plan.madeLanes).toEqual([lane(1), lane(2)]);
  });

  it('keep the tables that a reviewed plan gave them, whatever their sizes are now', () => {
    const reviewed = new Map(tables.map(table => [relationKey(table), table.name === 'large' ? 2 : 1]));
    const again = planOf(buildWorld({ tables }), { spec, reviewed });
    expect(statementsOf(again, 'copy/2')).toEqual(['copy "public"."large" (binary);']);
    expect(statementsOf(again, 'copy/1')).toHaveLength(3);
  });

  it('keep tables together that foreign keys join, at whatever distance', () => {
    const [small = '', large = '', middle = '', other = ''] = tables.map(({ oid }) => oid);
    const joined = planOf(
      buildWorld({
        tables,
        contents: {
          references: [
            [small, large],
            [other, small],
          ] as [string, string][],
        },
      }),
      { spec },
    );
    expect(statementsOf(joined, 'copy/1')).toHaveLength(3);
    expect(statementsOf(joined, 'copy/2')).toEqual(['copy "public"."middle" (binary);']);
    const ring = [small, large, middle, other, small];
    const all = planOf(
      buildWorld({
        tables,
        contents: { references: ring.slice(1).map((to, index) => [ring[index], to] as [string, string]) },
      }),
      { spec },
    );
    expect(all.madeLanes).toEqual([lane(1)]);
  });

  it('add foreign keys when they have caught up with one another', () => {
    expect(waitsFor(plan, `subscription/${lane(1)}`)).toEqual(['copy/2', 'indexes']);
    expect(waitsFor(plan, 'sync')).toEqual([`subscription/${lane(2)}`]);
    expect(waitsFor(plan, 'constraints')).toEqual(['sync']);
    expect(titled(plan, 'sync')).toContain('2');
  });

  it('are no more than there are tables', () => {
    expect(
      planOf(buildWorld({ tables: tablesNamed('a') }), { spec: buildSpec('replication: {lanes: 4}') }).madeLanes,
    ).toEqual([lane(1)]);
  });
});

describe('what a table is', () => {
  const copied = (table: Parameters<typeof someTable>[0], lines: readonly string[] = []): DatabasePlan =>
    planOf(buildWorld({ tables: [...tablesNamed('a'), someTable({ name: 'b', ...table })] }), {
      spec: buildSpec(...lines),
    });
  const binary = [{ name: 'x', binarySafe: true } as never];
  const text = [{ name: 'x', binarySafe: true } as never, { name: 'y', binarySafe: false } as never];

  it.each([
    ['as binary where all its columns allow', { columns: binary }, [], 'copy "public"."b" (binary);'],
    ['as text where one of its columns does not', { columns: text }, [], 'copy "public"."b";'],
    ['as text where the spec says so', { columns: binary }, ['copy: {format: text}'], 'copy "public"."b";'],
    ['as binary where the spec says so', { columns: text }, ['copy: {format: binary}'], 'copy "public"."b" (binary);'],
  ])('is copied %s', (_, table, lines, statement) => {
    expect(statementsOf(copied(table, lines), 'copy/1')).toContain(statement);
  });

  it.each<[string, Parameters<typeof someTable>[0], boolean, boolean]>([
    ['logged with an identity', {}, true, true],
    ['without an identity', { identityUsable: false }, true, false],
    ['unlogged', { persistence: 'u' }, true, false],
    ['temporary', { persistence: 't' }, false, false],
    ['left out by the spec', { inScope: false }, false, false],
    ['partitioned', { kind: 'p' }, false, false],
  ])('decides by being %s', (_, table, isCopied, isPublished) => {
    const plan = copied(table);
    expect(statementsOf(plan, 'copy/1').some(text => text.includes('"b"'))).toBe(isCopied);
    expect(
      statementsOf(plan, `publication/${lane(1)}`)
        .join()
        .includes('"b"'),
    ).toBe(isPublished);
  });

  it('is published without an identity where the spec makes it FULL', () => {
    const plan = copied({ identityUsable: false }, ['replica_identity: {missing: full}']);
    expect(statementsOf(plan, `publication/${lane(1)}`).join()).toContain('"b"');
  });

  it('counts for the definitions unless it is left out or another’s temporary one', () => {
    expect(titled(copied({}), 'schema')).toContain('2 tables');
    expect(titled(copied({ kind: 'p' }), 'schema')).toContain('2 tables');
    expect(titled(copied({ inScope: false }), 'schema')).toContain('1 table ');
    expect(titled(copied({ persistence: 't' }), 'schema')).toContain('1 table ');
    expect(titled(copied({ persistence: 't', extension: 'x' }), 'schema')).toContain('2 tables');
  });

  it('counts indexes and foreign keys of partitioned tables too, and none of those left out', () => {
    const keys = { indexCount: 3, foreignKeys: 2 };
    const indexes = (plan: DatabasePlan): string => `${titled(plan, 'indexes')}|${titled(plan, 'constraints')}`;
    expect(indexes(copied(keys))).toMatch(/4 indexes.*\|.*2 foreign keys/);
    expect(indexes(copied({ ...keys, kind: 'p' }))).toMatch(/4 indexes.*\|.*2 foreign keys/);
    expect(indexes(copied({ ...keys, inScope: false }))).toMatch(/1 index\b.*\|(?!.*2 foreign keys)/);
  });

  it('is estimated by its bytes and rows; what was never analyzed has none', () => {
    const step = copied({ dataBytes: 400, rowEstimate: 7 }).steps.find(({ kind }) => kind === 'copy');
    expect(step?.description.estimate).toMatchObject({ bytes: 1400, rows: 7 });
    const unknown = copied({ dataBytes: 400, rowEstimate: -1 }).steps.find(({ kind }) => kind === 'copy');
    expect(unknown?.description.estimate).toMatchObject({ bytes: 1400, rows: 0 });
  });
});

describe('what findings ask for', () => {
  const extension = (server: 'source' | 'target', name: string): Change => ({
    kind: 'extension',
    server,
    database: 'app',
    name,
  });
  const changes: readonly Change[] = [
    extension('target', 'there'),
    extension('source', 'here'),
    extension('source', 'here'),
    extension('source', 'also'),
    { kind: 'replica-identity', database: 'app', schema: 'public', name: 'a' },
    { kind: 'load-setting', name: 'x', value: '1' },
  ];

  it('comes before the lanes: on the source first, on the target when the database is there, each once', () => {
    expect(ids(planOf(buildWorld(), { changes })).slice(0, 6)).toEqual([
      'replica-identity/public.a',
      'extension/here',
      'extension/also',
      'database',
      'extension/there',
      `publication/${lane(1)}`,
    ]);
  });

  it('is made also where nothing else is to be done', () => {
    expect(ids(planOf(streamingWorld(), { changes: changes.slice(0, 1), synced: true }))).toEqual([
      'extension/there',
      'sync',
    ]);
  });
});

describe('a database that streams', () => {
  it('has nothing to do once it was in sync', () => {
    const plan = planOf(streamingWorld(), { synced: true });
    expect(plan).toEqual({ database: 'app', steps: [], madeLanes: [], droppedLanes: [], fillsViews: false });
  });

  it('is waited for where the lockfile does not say that it was in sync', () => {
    expect(ids(planOf(streamingWorld()))).toEqual(['sync']);
  });

  it.each<[string, Parameters<typeof streamingWorld>[0], Readonly<Record<string, number>>, readonly string[]]>([
    ['nobody reads its slot', { source: { slots: [buildSlot(1, { active: false })] } }, {}, ['sync']],
    ['its worker failed', { target: { subscriptions: [buildSubscription(1, { applyErrors: 2 })] } }, {}, ['sync']],
    [
      'its worker failed more often than it has overcome',
      { target: { subscriptions: [buildSubscription(1, { applyErrors: 3 })] } },
      { [lane(1)]: 2 },
      ['sync'],
    ],
    [
      'its worker has overcome its errors',
      { target: { subscriptions: [buildSubscription(1, { applyErrors: 2 })] } },
      { [lane(1)]: 2 },
      [],
    ],
    ['errors are not counted', { target: { subscriptions: [buildSubscription(1, { applyErrors: null })] } }, {}, []],
    [
      'its subscription is disabled',
      { target: { subscriptions: [buildSubscription(1, { enabled: false })] } },
      {},
      [`subscription/${lane(1)}`, 'sync'],
    ],
  ])('is set going where %s', (_, more, knownErrors, steps) => {
    expect(ids(planOf(streamingWorld(more), { synced: true, knownErrors }))).toEqual(steps);
  });

  it('gets a table that was made since by a lane of its own, with its definitions', () => {
    const tables = tablesNamed('a', 'b', 'c');
    const plan = planOf(
      streamingWorld({
        tables,
        contents: { publications: [buildPublication(1, ['a', 'b'])] },
        there: {
          tables: tablesNamed('a', 'b'),
          progress: buildProgress(allStages, [buildPart('a', 1), buildPart('b', 1)]),
        },
      }),
      { synced: true },
    );
    expect(ids(plan)).toEqual([
      'database',
      `publication/${lane(2)}`,
      `slot/${lane(2)}`,
      'schema',
      'copy/2',
      'indexes',
      `subscription/${lane(2)}`,
      'sync',
      'constraints',
      'analyze',
    ]);
    expect(titled(plan, 'schema')).toContain('public.c');
    expect(statementsOf(plan, 'copy/2')).toEqual(['copy "public"."c" (binary);']);
    expect(plan.madeLanes).toEqual([lane(2)]);
  });

  describe('of tables that foreign keys join', () => {
    const [a, b, c] = tablesNamed('a', 'b', 'c') as readonly [TableFacts, TableFacts, TableFacts];
    const twoLanes = (more: WorldWish = {}): World =>
      streamingWorld({
        tables: [a, b, c],
        source: { slots: [buildSlot(1), buildSlot(2)] },
        target: { subscriptions: [buildSubscription(1), buildSubscription(2)] },
        there: {
          tables: [a, b, c],
          progress: buildProgress(allStages, [buildPart('a', 1), buildPart('b', 1), buildPart('c', 2)]),
        },
        ...more,
        contents: {
          references: [[c.oid, a.oid]],
          publications: [buildPublication(1, ['a', 'b']), buildPublication(2, ['c'])],
          ...more.contents,
        },
      });

    it('has one that has a lane of its own join the others, and takes down the lane that is empty then', () => {
      const plan = planOf(twoLanes(), { synced: true });
      expect(ids(plan)).toEqual([`publication/${lane(1)}/join`]);
      expect(statementsOf(plan, `publication/${lane(1)}/join`)).toEqual([
        'lock table "public"."c" in share mode',
        `alter subscription "${lane(1)}" disable`,
        `alter subscription "${lane(1)}" set (slot_name = 'pgm_joining')`,
        `alter publication "${lane(2)}" drop table "public"."c"`,
        `alter publication "${lane(1)}" add table only "public"."c"`,
        `alter subscription "${lane(1)}" enable`,
        `alter subscription "${lane(1)}" refresh publication with (copy_data = false)`,
        `alter subscription "${lane(1)}" disable`,
        `alter subscription "${lane(1)}" set (slot_name = '${lane(1)}')`,
        `alter subscription "${lane(1)}" enable`,
        `alter subscription "${lane(2)}" disable;`,
        `alter subscription "${lane(2)}" set (slot_name = none);`,
        `drop subscription "${lane(2)}";`,
        `select pg_drop_replication_slot('${lane(2)}');`,
        `drop publication "${lane(2)}";`,
      ]);
      expect(plan.droppedLanes).toEqual([lane(2)]);
    });

    it('keeps a lane that has other tables, and moves the fewer ones', () => {
      const plan = planOf(
        twoLanes({
          contents: {
            references: [[b.oid, c.oid]],
            publications: [buildPublication(1, ['a', 'b']), buildPublication(2, ['c'])],
          },
        }),
      );
      expect(statementsOf(plan, `publication/${lane(1)}/join`)[0]).toContain('"c"');
      const kept = planOf(
        twoLanes({
          contents: { publications: [buildPublication(1, ['a']), buildPublication(2, ['b', 'c'])] },
        }),
      );
      expect(kept.droppedLanes).toEqual([]);
    });

    it('joins a new table before its foreign key comes', () => {
      const plan = planOf(
        streamingWorld({
          tables: [a, b, c],
          contents: { references: [[c.oid, a.oid]], publications: [buildPublication(1, ['a', 'b'])] },
          there: { tables: [a, b], progress: buildProgress(allStages, [buildPart('a', 1), buildPart('b', 1)]) },
        }),
        { synced: true },
      );
      const steps = ids(plan);
      expect(steps.indexOf(`publication/${lane(1)}/join`)).toBe(steps.indexOf('sync') + 1);
      expect(steps.indexOf('constraints')).toBe(steps.indexOf('sync') + 2);
      expect(plan).toMatchObject({ madeLanes: [], droppedLanes: [lane(2)] });
    });

    it('leaves alone what one lane carries', () => {
      expect(ids(planOf(twoLanes({ contents: { references: [[b.oid, a.oid]] } }), { synced: true }))).toEqual([]);
    });

    const halfway = (more: WorldWish = {}): World =>
      twoLanes({
        target: {
          subscriptions: [buildSubscription(1, { enabled: false, slot: 'pgm_joining' }), buildSubscription(2)],
        },
        contents: { publications: [buildPublication(1, ['a', 'b', 'c']), buildPublication(2, [])] },
        there: {
          tables: [a, b, c],
          subscribedTables: { [lane(1)]: [a, b], [lane(2)]: [c] },
          progress: buildProgress(allStages, [buildPart('a', 1), buildPart('b', 1), buildPart('c', 2)]),
        },
        ...more,
      });

    it('goes on first with what an interrupted run began, without a copy', () => {
      const plan = planOf(halfway(), { synced: true });
      expect(ids(plan)).toEqual([`publication/${lane(1)}/join`, 'sync']);
      expect(statementsOf(plan, `publication/${lane(1)}/join`)[0]).toBe(`alter subscription "${lane(1)}" enable`);
      expect(plan.droppedLanes).toEqual([lane(2)]);
    });

    it('copies the table again where its former lane was lost meanwhile', () => {
      const plan = planOf(halfway({ source: { slots: [buildSlot(1)] } }), { synced: true });
      expect(ids(plan)).toContain('copy/3');
    });
  });

  it('copies a table again whose parts are not all there: out of its lane, emptied, by a new one', () => {
    const world = streamingWorld({
      there: {
        tables: tablesNamed('a', 'b'),
        progress: buildProgress(allStages, [buildPart('a', 1), buildPart('b', 1, { parts: 2 })]),
      },
    });
    const plan = planOf(world, { synced: true });
    expect(ids(plan)).toEqual([
      `publication/${lane(1)}`,
      `publication/${lane(2)}`,
      `slot/${lane(2)}`,
      'copy/2',
      `subscription/${lane(2)}`,
      'sync',
    ]);
    expect(statementsOf(plan, `publication/${lane(1)}`)[0]).toContain('drop table');
    expect(statementsOf(plan, `publication/${lane(1)}`).length).toBeGreaterThan(1);
    expect(statementsOf(plan, 'copy/2')).toEqual(['truncate only "public"."b";', 'copy "public"."b" (binary);']);
    const copyAgain = plan.steps.find(({ id }) => id === 'app/copy/2')?.description;
    expect(copyAgain, 'it destroys rows, and says of which table').toMatchObject({ action: 'delete' });
    expect(copyAgain?.title).toMatch(/is removed first: public\.b$/);
  });

  it('has a lane forget a table whether its worker is at work or not, and leaves it at work', () => {
    const world = streamingWorld({
      target: { subscriptions: [buildSubscription(1, { enabled: false })] },
      there: { tables: tablesNamed('a', 'b'), progress: buildProgress(allStages, [buildPart('a', 1)]) },
    });
    const plan = planOf(world);
    expect(statementsOf(plan, `publication/${lane(1)}`)).toEqual([
      `alter publication "${lane(1)}" drop table "public"."b"`,
      `alter subscription "${lane(1)}" enable`,
      `alter subscription "${lane(1)}" refresh publication with (copy_data = false)`,
      `alter subscription "${lane(1)}" disable`,
      `alter subscription "${lane(1)}" enable`,
    ]);
    expect(ids(plan)).not.toContain(`subscription/${lane(1)}`);
  });

  it('takes a table from a lane without a subscription by its publication alone', () => {
    const world = streamingWorld({
      target: { subscriptions: [] },
      there: { tables: tablesNamed('a', 'b'), progress: buildProgress(['created', 'schema'], [buildPart('a', 1)]) },
    });
    expect(statementsOf(planOf(world), `publication/${lane(1)}`)).toHaveLength(1);
  });

  it('has a lane forget what an interrupted run took out of its publication only', () => {
    const halfDone = (more: Partial<DatabaseContents>, stages = allStages): World =>
      streamingWorld({
        contents: { publications: [buildPublication(1, ['a'])] },
        there: { tables: tablesNamed('a', 'b'), progress: buildProgress(stages, [buildPart('a', 1)]), ...more },
      });
    const refresh = `alter subscription "${lane(1)}" refresh publication with (copy_data = false)`;
    const both = ['a', 'b'].map(name => ({ schema: 'public', name }));
    const listed = planOf(halfDone({ subscribedTables: { [lane(1)]: both } }));
    expect(statementsOf(listed, `publication/${lane(1)}`)).toContain(refresh);
    const marked = planOf(halfDone({}, [...allStages, 'leaving 1']));
    expect(statementsOf(marked, `publication/${lane(1)}`)).toContain(refresh);
    const known = planOf(halfDone({ subscribedTables: { [lane(1)]: both.slice(0, 1) } }));
    expect(ids(known)).not.toContain(`publication/${lane(1)}`);
  });

  it('fills views again where rows were copied, or statistics are still to come', () => {
    const contents = { materializedViews: [view], publications: [buildPublication(1, ['a', 'b'])] };
    const part = buildProgress(
      allStages.filter(stage => stage !== 'analyze'),
      [buildPart('a', 1), buildPart('b', 1)],
    );
    expect(planOf(streamingWorld({ contents }), { synced: true }).fillsViews).toBe(false);
    const plan = planOf(streamingWorld({ contents, there: { tables: tablesNamed('a', 'b'), progress: part } }), {
      synced: true,
    });
    expect(ids(plan)).toEqual(['matviews', 'analyze']);
    expect(plan.fillsViews).toBe(true);
  });
});

describe('a lane that is of no use', () => {
  it('is dropped with its reason, and all its tables come by a new one with another number', () => {
    const plan = planOf(streamingWorld({ source: { slots: [] } }), { synced: true });
    expect(ids(plan)).toEqual([
      `drop-lane/${lane(1)}`,
      `publication/${lane(2)}`,
      `slot/${lane(2)}`,
      'copy/2',
      `subscription/${lane(2)}`,
      'sync',
      'analyze',
    ]);
    expect(titled(plan, `drop-lane/${lane(1)}`)).toContain('its slot is gone');
    expect(plan).toMatchObject({ droppedLanes: [lane(1)], madeLanes: [lane(2)] });
    expect(statementsOf(plan, 'copy/2')).toEqual(
      expect.arrayContaining(['truncate only "public"."a";', 'truncate only "public"."b";']),
    );
  });
});

describe('a copy that was interrupted', () => {
  const interrupted = (stages: readonly string[], parts = [buildPart('a', 1), buildPart('b', 1)]): World =>
    streamingWorld({
      target: { subscriptions: [] },
      there: { tables: tablesNamed('a', 'b'), progress: buildProgress(stages, parts) },
    });

  it('goes on from its slot where all rows are in', () => {
    const plan = planOf(interrupted(['created', 'schema', 'copy']));
    expect(ids(plan)).toEqual(['schema', 'indexes', 'constraints', `subscription/${lane(1)}`, 'sync', 'analyze']);
    expect(titled(plan, 'schema')).toBe('read the definitions again');
    expect(waitsFor(plan, 'constraints')).toEqual(['schema', 'indexes']);
    expect(plan.madeLanes).toEqual([]);
  });

  it('copies the rest by another lane, and tells which tables are in', () => {
    const plan = planOf(interrupted(['created', 'schema'], [buildPart('a', 1)]));
    expect(statementsOf(plan, 'copy/2')).toEqual(['copy "public"."b" (binary);']);
    expect(ids(plan)).toContain(`subscription/${lane(1)}`);
    // Two lanes of two moments: foreign keys come last.
    expect(waitsFor(plan, 'constraints')).toEqual(['sync']);
  });

  it('reads the definitions again for what is missing of them only', () => {
    expect(ids(planOf(interrupted(['created', 'schema', 'copy', 'indexes'])))).toEqual([
      'schema',
      'constraints',
      `subscription/${lane(1)}`,
      'sync',
      'analyze',
    ]);
    expect(ids(planOf(interrupted(['created', 'schema', 'copy', 'indexes', 'constraints'])))).toEqual([
      `subscription/${lane(1)}`,
      'sync',
      'analyze',
    ]);
  });

  it('keeps a dump’s tables while the source stands still, and takes them anew when it was written to', () => {
    const progress = buildProgress(['created', 'schema', 'moment 100:100:'], [buildPart('a', 0)]);
    const there = { tables: tablesNamed('a', 'b'), progress };
    const same = planOf(buildWorld({ there }), { method: 'dump' });
    expect(statementsOf(same, 'copy')).toEqual(['copy "public"."b" (binary);']);
    const later = planOf(buildWorld({ there, source: { snapshot: '100:101:' } }), { method: 'dump' });
    expect(statementsOf(later, 'copy')).toEqual([
      'truncate only "public"."a";',
      'copy "public"."a" (binary);',
      'copy "public"."b" (binary);',
    ]);
  });

  it('has nothing to copy of a dump that is in', () => {
    const progress = buildProgress(
      ['schema', 'copy', 'indexes', 'constraints', 'analyze'],
      [buildPart('a', 0), buildPart('b', 0)],
    );
    expect(ids(planOf(buildWorld({ there: { tables: tablesNamed('a', 'b'), progress } }), { method: 'dump' }))).toEqual(
      [],
    );
  });
});

describe('settings and privileges of the database itself', () => {
  const source = { databases: [buildListing({ comment: 'of the shop' })] };
  const given = (plan: DatabasePlan): boolean =>
    plan.steps.some(({ kind, description }) => kind === 'database' && description.title.includes('settings'));

  it('are given after its data, where pgm makes it', () => {
    const plan = planOf(buildWorld({ source }));
    expect(given(plan)).toBe(true);
    expect(plan.steps.at(-1)?.description.title).toContain('settings and privileges');
  });

  it.each<[string, World, Partial<DatabasePlanInput>, boolean]>([
    ['there is none', buildWorld(), {}, false],
    ['it was there before', buildWorld({ source, there: {} }), {}, false],
    ['an earlier run made it', buildWorld({ source, there: { progress: buildProgress(['created']) } }), {}, true],
    ['they were given', buildWorld({ source, there: { progress: buildProgress(['created', 'settings']) } }), {}, false],
    ['a switch was made', buildWorld({ source }), { switched: true }, false],
  ])('depend on whether %s', (_, world, more, expected) => {
    expect(given(planOf(world, more))).toBe(expected);
  });

  it('name roles that are there, and those that come', () => {
    const listing = buildListing({
      grants: [{ grantee: 'reader', grantor: 'owner', privilege: 'CONNECT', grantable: false }],
      acl: '{reader=c/owner}',
    });
    const world = buildWorld({
      source: { databases: [listing], roles: [buildRole('reader'), buildRole('owner')] },
    });
    const last = (plan: DatabasePlan): string => plan.steps.at(-1)?.description.statements.join('\n') ?? '';
    expect(last(planOf(world))).toContain('reader');
    expect(last(planOf(world, { spec: buildSpec('roles: skip') }))).not.toContain('reader');
  });

  it('leave the owner out who is not on the target and does not come', () => {
    const create = (world: World, ...lines: string[]): string =>
      statementsOf(planOf(world, { spec: buildSpec(...lines) }), 'database')[0] ?? '';
    expect(create(buildWorld())).toContain('owner = "owner"');
    expect(create(buildWorld(), 'roles: skip')).not.toContain('owner =');
    expect(create(buildWorld({ target: { roles: [buildRole('owner')] } }), 'roles: skip')).toContain('owner = "owner"');
  });

  it('put it into its tablespace where the target has that', () => {
    const world = (tablespaces: readonly string[]): World =>
      buildWorld({
        source: { databases: [buildListing({ tablespace: 'fast' })] },
        target: { tablespaces: tablespaces.map(name => ({ name, location: '' })) },
      });
    expect(statementsOf(planOf(world(['fast'])), 'database')[0]).toContain('tablespace = "fast"');
    expect(statementsOf(planOf(world([])), 'database')[0]).not.toContain('tablespace');
  });

  it('leave a database alone that is there', () => {
    const there = statementsOf(planOf(buildWorld({ there: {} })), 'database');
    expect(there).toHaveLength(1);
    expect(there[0]).toContain('create schema pgm');
  });
});
