import { describe, expect, it } from 'vitest';
import { type BuiltPlan, type PlanInput } from '../../src/plan/build-plan.js';
import type { HalfSwitch } from '../../src/plan/half-switch.js';
import type { Lockfile, RecordOf } from '../../src/state/lockfile.js';
import { someTable } from '../checks/some-facts.js';
import { finding } from '../render/examples.js';
import {
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
import {
  factsOf,
  lockfileOf,
  plan,
  kinds,
  inputOf,
  waitsFor,
  change,
  synced,
  afterCutover,
  block,
  cutoverRecord,
  switchUnderWay,
} from './planning.js';

describe('how far a plan goes', () => {
  const wal = change({ kind: 'server-setting', server: 'source', name: 'wal_level', value: 'logical', restart: true });
  const world = buildWorld({ source: { roles: [buildRole('reader')] } });

  it.each<[PlanInput['goal'], readonly string[]]>([
    ['prepared', ['server-setting', 'restart']],
    [
      'synced',
      [
        'server-setting',
        'restart',
        'role',
        'database',
        'publication',
        'slot',
        'schema',
        'copy',
        'indexes',
        'constraints',
        'subscription',
        'sync',
        'analyze',
      ],
    ],
    [
      'cutover',
      [
        'server-setting',
        'restart',
        'role',
        'database',
        'publication',
        'slot',
        'schema',
        'copy',
        'indexes',
        'constraints',
        'subscription',
        'sync',
        'analyze',
        'verify',
        'cutover',
      ],
    ],
    [
      'ready',
      [
        'server-setting',
        'restart',
        'role',
        'database',
        'publication',
        'slot',
        'schema',
        'copy',
        'indexes',
        'constraints',
        'subscription',
        'sync',
        'analyze',
        'verify',
        'cutover',
        'drop-lane',
        'drop-progress',
      ],
    ],
  ])('depends on the goal: %s', (goal, expected) => {
    expect(kinds(plan(world, { goal, findings: [wal] }))).toEqual(expected);
  });

  it('ends with the copy for a dump', () => {
    expect(kinds(plan(buildWorld(), { goal: 'ready', method: 'dump' }))).toEqual([
      'database',
      'schema',
      'copy',
      'indexes',
      'constraints',
      'analyze',
      'drop-progress',
    ]);
    expect(kinds(plan(buildWorld(), { goal: 'ready', method: 'dump', reached: 'ready' }))).toEqual([]);
  });

  it('has nothing to do where the goal holds', () => {
    expect(kinds(plan(streamingWorld(), synced))).toEqual([]);
    expect(
      kinds(plan(streamingWorld(), { ...synced, lockfile: lockfileOf({ reached: 'synced', stopped: true }) })),
    ).toEqual(['sync']);
    expect(kinds(plan(streamingWorld(), { reached: 'prepared' }))).toEqual(['sync']);
    expect(kinds(plan(afterCutover(), { reached: 'cutover', goal: 'cutover' }))).toEqual([]);
    expect(kinds(plan(buildWorld(), { reached: 'ready', goal: 'ready' }))).toEqual([]);
  });

  it('knows which errors a lane has overcome', () => {
    const failed = streamingWorld({ target: { subscriptions: [buildSubscription(1, { applyErrors: 2 })] } });
    const step = {
      kind: 'sync',
      database: 'app',
      status: 'done',
      started_at: '',
      finished_at: '',
      error: null,
    } as const;
    const knowing = (record: RecordOf<'sync'>): Lockfile =>
      lockfileOf({ reached: 'synced', steps: { 'app/sync': { ...step, record } } });
    const steps = (record: RecordOf<'sync'>): readonly string[] =>
      kinds(plan(failed, { reached: 'synced', lockfile: knowing(record) }));
    expect(steps({ apply_errors: { [lane(1)]: 2 } })).toEqual([]);
    expect(steps({ apply_errors: { [lane(1)]: 1 } })).toEqual(['sync']);
    expect(steps(null)).toEqual(['sync']);
  });

  it('names the steps that a killed run left begun, and promises no more by it', () => {
    const step = {
      kind: 'sync',
      database: 'app',
      started_at: '',
      finished_at: null,
      error: null,
      record: null,
    } as const;
    const planOf = (status: 'started' | 'done'): BuiltPlan['plan'] =>
      plan(streamingWorld(), { ...synced, lockfile: lockfileOf({ steps: { 'app/sync': { ...step, status } } }) }).plan;
    expect(planOf('started').begun).toEqual(['app/sync']);
    expect(planOf('done')).not.toHaveProperty('begun');
    expect(planOf('started').digest).toBe(planOf('done').digest);
  });
});

describe('before a cutover', () => {
  const cut = (world: World, more: Partial<PlanInput> = {}): BuiltPlan =>
    plan(world, { ...synced, goal: 'cutover', ...more });

  it('everything is compared, then all databases are switched together', () => {
    const built = cut(streamingWorld());
    expect(kinds(built)).toEqual(['verify', 'cutover']);
    expect(waitsFor(built, 'source/cutover')).toEqual(['app/verify']);
    expect(inputOf(built, 'verify')).toMatchObject({
      database: 'app',
      depth: 'full',
      lanes: [lane(1)],
      tables: [{ schema: 'public', name: 'a', dataBytes: 1000, rowEstimate: 0 }, { name: 'b' }],
    });
    expect(inputOf(built, 'cutover')).toMatchObject({
      compares: true,
      pgbouncer: false,
      opens: null,
      options: { failback: true, freeze: 'locks' },
      databases: [
        {
          name: 'app',
          lanes: [lane(1)],
          backLane: lane('r'),
          tables: [
            { schema: 'public', name: 'a' },
            { schema: 'public', name: 'b' },
          ],
          back: { publishes: 'plain', subscribes: 'plain', failover: false },
          largeObjects: false,
          leftOutSequences: [],
        },
      ],
    });
  });

  it.each<[string, string, readonly string[], boolean]>([
    ['samples', 'verify: sample', ['verify', 'cutover'], false],
    ['counts', 'verify: counts', ['verify', 'cutover'], false],
    ['nothing', 'verify: off', ['cutover'], false],
  ])('%s are compared where the spec says so, and not again in the write stop', (_, line, expected, compares) => {
    const built = cut(streamingWorld(), { spec: buildSpec(line) });
    expect(kinds(built)).toEqual(expected);
    expect(inputOf(built, 'cutover')).toMatchObject({ compares });
  });

  it('tables that do not stream are moved but neither compared nor followed', () => {
    const tables = [...tablesNamed('a'), someTable({ name: 'unlogged', persistence: 'u' })];
    const built = cut(streamingWorld({ tables, contents: { publications: [buildPublication(1, ['a'])] } }));
    expect(inputOf<{ tables: unknown[] }>(built, 'verify').tables).toHaveLength(1);
    const [database] = inputOf<{ databases: { tables: unknown[]; replicated: unknown[] }[] }>(
      built,
      'cutover',
    ).databases;
    expect(database?.tables).toHaveLength(2);
    expect(database?.replicated).toEqual([{ schema: 'public', name: 'a' }]);
  });

  it('materialized views are filled once, by the copy or before the compare', () => {
    const materializedViews = [{ schema: 'public', name: 'v', populated: true, bytes: 1 }];
    const contents = { materializedViews, publications: [buildPublication(1, ['a', 'b'])] };
    const built = cut(streamingWorld({ contents }));
    expect(kinds(built)).toEqual(['matviews', 'verify', 'cutover']);
    expect(waitsFor(built, 'app/verify')).toEqual(['app/matviews']);
    expect(waitsFor(built, 'source/cutover')).toEqual(['app/matviews', 'app/verify']);
    const fromNothing = plan(buildWorld({ contents: { materializedViews } }), { goal: 'cutover' });
    expect(kinds(fromNothing).filter(kind => kind === 'matviews')).toHaveLength(1);
  });

  it('lanes that the plan makes lead to it, those that it drops do not', () => {
    const built = cut(streamingWorld({ source: { slots: [buildSlot(1, { walStatus: 'lost' })] } }));
    expect(kinds(built)[0]).toBe('drop-lane');
    expect(inputOf(built, 'cutover')).toMatchObject({ databases: [{ lanes: [lane(2)] }] });
    expect(inputOf(built, 'verify')).toMatchObject({ lanes: [lane(2)] });
    // Every step that comes before is done by then.
    expect(waitsFor(built, 'source/cutover')).toEqual(built.steps.slice(0, -1).map(({ id }) => id));
  });

  it('a lane without slot or publication does not lead to it', () => {
    const half = { ...synced, goal: 'ready', reached: 'synced' } as const;
    const built = plan(
      streamingWorld({ target: { subscriptions: [buildSubscription(1), buildSubscription(2)] } }),
      half,
    );
    expect(inputOf(built, 'cutover')).toMatchObject({ databases: [{ lanes: [lane(1)] }] });
  });

  it('a way back is kept only where the spec wants one and the plan does not close everything', () => {
    const keeps = (more: Partial<PlanInput>): unknown =>
      inputOf<{ options: { failback: boolean } }>(cut(streamingWorld(), more), 'cutover').options.failback;
    expect(keeps({})).toBe(true);
    expect(keeps({ spec: buildSpec('cutover: {failback: false}') })).toBe(false);
    expect(keeps({ goal: 'ready' })).toBe(false);
  });

  it('PgBouncer is told, and what the last failback shut is opened', () => {
    const spec = buildSpec('cutover: {pgbouncer: {admin: "postgres://admin@localhost:6432/pgbouncer"}}');
    const lockfile = lockfileOf({ reached: 'synced', cutover: { ...cutoverRecord, event: 'failback' } });
    expect(inputOf(cut(streamingWorld(), { spec, lockfile }), 'cutover')).toMatchObject({
      pgbouncer: true,
      opens: block,
    });
    const other = lockfileOf({ reached: 'synced', cutover: cutoverRecord });
    expect(inputOf(cut(streamingWorld(), { lockfile: other }), 'cutover')).toMatchObject({ opens: null });
  });

  it('how things stand is part of the plan, also where something blocks, but not of a dump’s', () => {
    expect(cut(streamingWorld()).plan.preflight).toMatchObject({ event: 'cutover', tables: { streaming: 2 } });
    expect(cut(streamingWorld(), { goal: 'ready' }).plan.preflight).toMatchObject({ event: 'cutover' });
    expect(cut(streamingWorld(), { reached: null }).plan.preflight).toMatchObject({ event: 'cutover' });
    const blocked = [finding({ severity: 'error' })];
    expect(cut(streamingWorld(), { findings: blocked }).plan.preflight).toMatchObject({ event: 'cutover' });
    expect(cut(streamingWorld(), { method: 'dump' }).plan.preflight).toBeNull();
    expect(cut(streamingWorld(), { goal: 'synced' }).plan.preflight).toBeNull();
    expect(cut(afterCutover(), { reached: 'cutover' }).plan.preflight).toBeNull();
    expect(cut(afterCutover(), { reached: 'cutover', goal: 'ready' }).plan.preflight).toBeNull();
    expect(cut(streamingWorld(), { facts: { ...factsOf(streamingWorld()), databases: [] } }).plan.preflight).toBeNull();
  });
});

describe('going back after a cutover', () => {
  const back = (world: World, more: Partial<PlanInput> = {}): BuiltPlan =>
    plan(world, {
      reached: 'cutover',
      goal: 'synced',
      lockfile: lockfileOf({ reached: 'cutover', cutover: cutoverRecord }),
      ...more,
    });

  it('compares both sides; then the reverse lane drains, a first lane begins anew', () => {
    const built = back(afterCutover());
    expect(kinds(built)).toEqual(['verify', 'failback']);
    expect(inputOf(built, 'verify')).toMatchObject({ leads: 'target', lanes: [lane('r')], depth: 'full' });
    expect(inputOf(built, 'failback')).toMatchObject({
      compares: true,
      pgbouncer: false,
      opens: block,
      options: { failback: true },
      databases: [{ lanes: [lane('r')], backLane: lane(1), back: { publishes: 'plain', subscribes: 'plain' } }],
    });
    expect(built.plan.preflight).toMatchObject({
      event: 'failback',
      lag: { bytes: 0 },
      tables: { streaming: 2, total: 2 },
    });
  });

  it('opens the source as a database is by default where nobody knows what it was', () => {
    const opens = [{ database: 'app', readOnly: null, connect: [''] }];
    expect(inputOf(back(afterCutover(), { lockfile: null }), 'failback')).toMatchObject({ opens });
    expect(inputOf(back(afterCutover(), { lockfile: lockfileOf() }), 'failback')).toMatchObject({ opens });
  });

  it('uses PgBouncer', () => {
    const spec = buildSpec('cutover: {pgbouncer: {admin: "postgres://admin@localhost:6432/pgbouncer"}}');
    expect(inputOf(back(afterCutover(), { spec }), 'failback')).toMatchObject({ pgbouncer: true });
  });
});

describe('slots that standbys can keep', () => {
  it('are made on the side that publishes then', () => {
    const spec = buildSpec('replication: {failover: on}');
    const [old, young] = [{ versionNum: 150000 }, { versionNum: 170000 }];
    const cut = plan(
      streamingWorld({
        source: { ...old, slots: [buildSlot(1)] },
        target: { ...young, subscriptions: [buildSubscription(1)] },
      }),
      { ...synced, spec, goal: 'cutover' },
    );
    expect(inputOf(cut, 'cutover')).toMatchObject({ databases: [{ back: { failover: true } }] });
    const back = plan(afterCutover({ source: old, target: { ...young, slots: [buildSlot('r')] } }), {
      spec,
      reached: 'cutover',
    });
    expect(inputOf(back, 'failback')).toMatchObject({ databases: [{ back: { failover: false } }] });
    expect(inputOf(plan(buildWorld({ source: young }), { spec }), 'slot')).toMatchObject({ failover: true });
    expect(inputOf(plan(buildWorld({ source: young }), { spec }), 'subscription')).toMatchObject({ failover: true });
  });
});

describe('a switch that was interrupted', () => {
  const half = (more: Partial<HalfSwitch> = {}): HalfSwitch => ({
    event: 'cutover',
    passed: false,
    shuts: false,
    bothWritten: null,
    record: { ...switchUnderWay, freeze: 'read_only' },
    ...more,
  });

  it('is settled before anything else', () => {
    const built = plan(streamingWorld(), { ...synced, goal: 'cutover', half: half() });
    expect(kinds(built)).toEqual(['cutover', 'verify', 'cutover']);
    expect(built.steps[0]).toMatchObject({ id: 'source/cutover/undo', dependsOn: [] });
    expect(waitsFor(built, 'source/cutover')).toEqual(['source/cutover/undo', 'app/verify']);
    expect(inputOf(built, 'cutover')).toMatchObject({
      event: 'cutover',
      passed: false,
      shuts: false,
      opens: null,
      options: { freeze: 'read_only', failback: true },
      databases: [{ lanes: [lane(1)], backLane: lane('r') }],
    });
  });

  it('is finished where the old side is shut, also with lanes that are taken down in part', () => {
    const world = streamingWorld({ source: { slots: [] }, target: { subscriptions: [buildSubscription(1)] } });
    const built = plan(world, {
      reached: 'cutover',
      goal: 'cutover',
      half: half({ passed: true, shuts: true }),
      spec: buildSpec('cutover: {failback: false}'),
    });
    expect(kinds(built)).toEqual(['cutover']);
    expect(built.steps[0]?.id).toBe('source/cutover/finish');
    expect(inputOf(built, 'cutover')).toMatchObject({
      passed: true,
      shuts: true,
      databases: [{ lanes: [lane(1)] }],
      options: { failback: false },
    });
  });

  it('may be a failback, which always has a way back', () => {
    const lockfile = lockfileOf({
      cutover: { ...switchUnderWay, event: 'failback', before: cutoverRecord },
    });
    const built = plan(afterCutover(), {
      reached: 'cutover',
      goal: 'cutover',
      lockfile,
      spec: buildSpec('cutover: {failback: false, freeze: none}'),
      half: half({ event: 'failback', record: { ...switchUnderWay, event: 'failback' } }),
    });
    expect(built.steps[0]?.kind).toBe('failback');
    expect(inputOf(built, 'failback')).toMatchObject({
      event: 'failback',
      options: { failback: true, freeze: 'none' },
      opens: block,
      databases: [{ lanes: [lane('r')], backLane: lane(1) }],
    });
  });

  it('leads on to the way back where that was asked for', () => {
    expect(kinds(plan(afterCutover(), { reached: 'cutover', half: half({ passed: true }) }))).toEqual([
      'cutover',
      'verify',
      'failback',
    ]);
  });

  it('compares nothing on the way back where the spec says so', () => {
    const built = plan(afterCutover(), { spec: buildSpec('verify: "off"'), reached: 'cutover' });
    expect(kinds(built)).toEqual(['failback']);
    expect(inputOf(built, 'failback')).toMatchObject({ compares: false });
  });
});

describe('closing', () => {
  it('takes down lanes both ways and the record of the copy', () => {
    const built = plan(afterCutover({ contents: { publications: [buildPublication(1, ['a'])] } }), {
      reached: 'cutover',
      goal: 'ready',
    });
    expect(built.steps.map(({ id }) => id)).toEqual([
      `app/drop-lane/${lane(1)}`,
      `app/drop-lane/${lane('r')}`,
      'app/drop-progress',
    ]);
    expect(built.steps.map(({ input }) => (input as { direction?: string }).direction)).toEqual([
      'forward',
      'reverse',
      undefined,
    ]);
    expect(inputOf(built, 'drop-progress')).toMatchObject({ fenced: true });
  });

  it.each<[string, WorldWish]>([
    ['a slot', { source: { subscriptions: [] }, there: { publications: [] } }],
    ['a subscription', { target: { slots: [] }, there: { publications: [] } }],
    ['a publication', { source: { subscriptions: [] }, target: { slots: [] } }],
  ])('sees a way back of which only %s is left', (_, more) => {
    expect(
      kinds(plan(afterCutover({ contents: { publications: [] }, ...more }), { reached: 'cutover', goal: 'ready' })),
    ).toEqual(['drop-lane', 'drop-progress']);
  });

  it('has no way back to drop where there is none', () => {
    const none = afterCutover({
      source: { subscriptions: [] },
      target: { slots: [] },
      there: { publications: [] },
      contents: { publications: [] },
    });
    expect(kinds(plan(none, { reached: 'cutover', goal: 'ready' }))).toEqual(['drop-progress']);
  });

  it.each<[string, Partial<PlanInput>, boolean]>([
    ['locks', {}, true],
    ['read_only', { spec: buildSpec('cutover: {freeze: read_only}') }, false],
    ['a dump', { method: 'dump', reached: null }, false],
  ])('drops triggers on the source after %s', (_, more, fenced) => {
    expect(
      inputOf(plan(afterCutover(), { reached: 'cutover', goal: 'ready', ...more }), 'drop-progress'),
    ).toMatchObject({ fenced });
  });

  it('puts back the identities that pgm changed in the database, once its lanes are gone', () => {
    const identity = (database: string): Lockfile['settings'][string] => ({
      kind: 'replica-identity',
      server: 'target',
      database,
      schema: 'public',
      table: 'k',
      before: { kind: 'nothing' },
    });
    const built = plan(afterCutover(), {
      reached: 'cutover',
      goal: 'ready',
      settings: { a: identity('app'), b: identity('other') },
    });
    expect(inputOf(built, 'restore-identity')).toEqual({ database: 'app', records: [identity('app')] });
    const lanes = built.steps.filter(({ kind }) => kind === 'drop-lane').map(({ id }) => id);
    expect(lanes).not.toEqual([]);
    expect(built.steps.find(({ kind }) => kind === 'restore-identity')?.dependsOn).toEqual(
      expect.arrayContaining(lanes),
    );
  });

  it('names each lane once, those of this plan too', () => {
    const built = plan(buildWorld(), { goal: 'ready' });
    expect(built.steps.filter(({ kind }) => kind === 'drop-lane').map(({ id }) => id)).toEqual([
      `app/drop-lane/${lane(1)}`,
    ]);
    const lost = plan(streamingWorld({ source: { slots: [buildSlot(1, { walStatus: 'lost' })] } }), {
      ...synced,
      goal: 'ready',
    });
    expect(lost.steps.filter(({ kind }) => kind === 'drop-lane').map(({ id }) => id)).toEqual([
      `app/drop-lane/${lane(1)}`,
      `app/drop-lane/${lane(1)}`,
      `app/drop-lane/${lane(2)}`,
    ]);
  });
});

describe('a plan that is blocked', () => {
  const setting = change({
    kind: 'server-setting',
    server: 'source',
    name: 'wal_level',
    value: 'logical',
    restart: true,
  });
  const built = plan(buildWorld(), {
    findings: [finding({ severity: 'error' }), finding({ severity: 'warning' }), setting],
  });

  it('shows what can be made ready, and no more', () => {
    expect(kinds(built)).toEqual(['server-setting', 'restart']);
    expect(built.plan).toMatchObject({
      applicable: false,
      summary: { blocked: 1, warnings: 1, update: 1, run: 1, create: 0, delete: 0 },
    });
  });

  it('has no step where a server does not answer', () => {
    const away = {
      kind: 'unreachable',
      host: 'h',
      port: 1,
      failure: 'refused',
      message: 'no',
      sqlstate: null,
    } as const;
    for (const side of ['source', 'target'] as const) {
      const facts = { ...factsOf(buildWorld()), [side]: away };
      expect(plan(buildWorld(), { facts, findings: [setting] }).plan).toMatchObject({
        steps: [],
        [side]: null,
        preflight: null,
      });
      expect(plan(buildWorld(), { facts, findings: [setting, finding({ severity: 'error' })] }).plan.steps).toEqual([]);
    }
  });
});

describe('the plan as data', () => {
  const { plan: made } = plan(
    buildWorld({ tables: [...tablesNamed('a'), someTable({ name: 'left', inScope: false, dataBytes: 5 })] }),
    {
      goal: 'ready',
      fallback: { reason: 'r', codes: ['PGM401'], obstacles: [] },
    },
  );

  it('counts', () => {
    expect(made.summary).toMatchObject({ databases: 1, tables: 1, bytes: 1000, delete: 2, update: 0, blocked: 0 });
    expect(made.summary.create + made.summary.delete + made.summary.run).toBe(made.steps.length);
  });

  it('tells servers, goal and why there is a fallback', () => {
    expect(made).toMatchObject({
      format_version: 1,
      name: 'shop',
      goal: 'ready',
      reached: null,
      applicable: true,
      fallback: { reason: 'r' },
      source: { version: '15.0', system_identifier: '1' },
      target: { version: '15.0', system_identifier: '2' },
    });
    const facts = factsOf(buildWorld({ source: { systemIdentifier: null } }));
    expect(plan(buildWorld(), { facts }).plan.source?.system_identifier).toBe('');
  });

  it('says of each step where it is, what it locks and whether it stops writes', () => {
    const step = (kind: string) => made.steps.find(each => each.kind === kind);
    expect(step('cutover')).toMatchObject({
      impact: { restart: false, blocks_writes: true },
      server: 'source',
      estimate: null,
    });
    expect(step('cutover')).not.toHaveProperty('database');
    expect(step('copy')).toMatchObject({
      database: 'app',
      estimate: { bytes: 1000 },
      reversible: false,
      impact: { blocks_writes: false },
    });
    expect(step('copy')).not.toHaveProperty('diff');
    const restart = plan(buildWorld(), {
      goal: 'prepared',
      findings: [change({ kind: 'server-setting', server: 'source', name: 'x', value: '1', restart: true })],
    }).plan.steps;
    expect(restart[0]).toHaveProperty('diff', { name: 'x', before: '', after: '1' });
    expect(restart[1]?.impact).toEqual({ restart: true, locks: [], blocks_writes: true });
  });

  it('is the same to the byte for the same input', () => {
    expect(JSON.stringify(plan(streamingWorld(), { ...synced, goal: 'cutover' }).plan)).toBe(
      JSON.stringify(plan(streamingWorld(), { ...synced, goal: 'cutover' }).plan),
    );
  });
});

describe('the record of the copy', () => {
  it('of a target that was there stays until all is closed', () => {
    expect(
      kinds(plan(buildWorld({ there: { progress: buildProgress(['created']) } }), { goal: 'synced' })),
    ).not.toContain('drop-progress');
  });
});
