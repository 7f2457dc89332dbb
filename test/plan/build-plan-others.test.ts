import { describe, expect, it } from 'vitest';
import type { PlanInput } from '../../src/plan/build-plan.js';
import { markOf, propertiesOf } from '../../src/inspect/properties.js';
import type { ServerFacts } from '../../src/inspect/facts.js';
import {
  buildListing,
  buildRole,
  buildSlot,
  buildSubscription,
  buildWorld,
  lane,
  streamingWorld,
  type World,
} from './build-facts.js';
import {
  afterCutover,
  cutoverRecord,
  factsOf,
  inputOf,
  kinds,
  lockfileOf,
  plan,
  synced,
  waitsFor,
} from './planning.js';

/** Name of a lane of a database that is not migrated. */
const other = (number: number | 'r'): string => `pgm_shop_999_${number}`;
const slot = (number: number | 'r') => buildSlot(number, { name: other(number), database: 'gone' });
const subscription = (number: number | 'r') =>
  buildSubscription(number, { name: other(number), slot: other(number), database: 'gone' });
const forward = { slots: [buildSlot(1), slot(1)] };
const back = { subscriptions: [subscription('r')] };

describe('lanes of databases that are migrated no more', () => {
  const drop = { kind: 'drop-lane', name: other(1), direction: 'forward', database: 'gone' };
  const dropOf = (world: World, more: Partial<PlanInput> = {}) =>
    plan(world, { ...synced, ...more }).steps.map(({ kind, input }) => ({ kind, ...(input as object) }));

  it('are taken down with the record of the copy where the source has dropped the database', () => {
    const world = streamingWorld({
      source: forward,
      target: { subscriptions: [buildSubscription(1), subscription(1)] },
    });
    const built = plan(world, synced);
    expect(dropOf(world)).toMatchObject([
      { ...drop, reason: 'its database was dropped on the source' },
      { kind: 'drop-progress', database: 'gone', fenced: false },
    ]);
    expect(waitsFor(built, 'gone/drop-progress')).toEqual([`gone/drop-lane/${other(1)}`]);
  });

  it('are taken down alone where the spec leaves the database out, which others may copy yet', () => {
    const databases = [buildListing(), buildListing({ oid: '999', name: 'gone' })];
    expect(dropOf(streamingWorld({ source: { ...forward, databases } }))).toMatchObject([
      { ...drop, reason: 'the spec leaves its database out' },
    ]);
  });

  it('are taken down alone where they lead back, of several databases once each', () => {
    expect(dropOf(streamingWorld({ source: { slots: [buildSlot(1)], ...back } }))).toMatchObject([
      { kind: 'drop-lane', name: other('r'), direction: 'reverse' },
    ]);
    const two = streamingWorld({ source: { slots: [buildSlot(1), slot(1), slot(2)] } });
    expect(kinds(plan(two, synced))).toEqual(['drop-lane', 'drop-lane', 'drop-progress']);
  });

  it('stay where one of the servers only calls the database otherwise: that is a finding', () => {
    const databases = [buildListing(), buildListing({ oid: '999', name: 'new' })];
    const world = streamingWorld({
      source: { ...forward, databases },
      target: { subscriptions: [buildSubscription(1), subscription(1)] },
    });
    expect(kinds(plan(world, synced))).toEqual([]);
  });

  it('are left alone by a dump, and by a plan that only prepares the servers', () => {
    const world = streamingWorld({ source: forward });
    expect(kinds(plan(world, { method: 'dump', goal: 'synced' }))).not.toContain('drop-lane');
    expect(kinds(plan(world, { goal: 'prepared' }))).not.toContain('drop-lane');
  });

  it('are taken down after all else', () => {
    const built = plan(buildWorld({ source: { slots: [slot(1)] } }));
    expect(kinds(built).slice(-2)).toEqual(['drop-lane', 'drop-progress']);
    expect(waitsFor(built, `gone/drop-lane/${other(1)}`)).toContain('app/analyze');
  });
});

describe('subscriptions that dial another server than the spec says', () => {
  const dialling = { subscriptions: [buildSubscription(1, { dials: 'elsewhere' })] };
  const dialBack = afterCutover({ source: { subscriptions: [buildSubscription('r', { dials: 'elsewhere' })] } });
  const cutover = { reached: 'cutover', lockfile: lockfileOf({ reached: 'cutover', cutover: cutoverRecord }) } as const;

  it('are told the new one first', () => {
    const built = plan(streamingWorld({ target: dialling }), synced);
    expect(kinds(built)[0]).toBe('subscription');
    expect(inputOf(built, 'subscription')).toMatchObject({ change: 'connection', name: lane(1), direction: 'forward' });
  });

  it('are those of the way back after a cutover, also where the writes are to go back', () => {
    const standing = plan(dialBack, { ...cutover, goal: 'cutover' });
    expect(inputOf(standing, 'subscription')).toMatchObject({ name: lane('r'), direction: 'reverse' });
    expect(kinds(plan(dialBack, { ...cutover, goal: 'synced' }))[0]).toBe('subscription');
  });

  it('are left alone where they are closed, and by a dump', () => {
    expect(kinds(plan(dialBack, { ...cutover, goal: 'ready' }))).not.toContain('subscription');
    expect(kinds(plan(streamingWorld({ target: dialling }), { ...synced, goal: 'ready' }))).toContain('subscription');
    const dump = plan(streamingWorld({ target: dialling }), { method: 'dump', goal: 'synced' });
    expect(kinds(dump)).not.toContain('subscription');
  });
});

describe('roles', () => {
  const app = (connectionLimit: number): Partial<ServerFacts> => ({ roles: [buildRole('app', { connectionLimit })] });
  const marks = (world: World) =>
    Object.fromEntries(
      [...propertiesOf(world.source)].map(([key, each]) => [key, { source: markOf(each), target: markOf(each) }]),
    );
  const followed = marks(buildWorld({ source: app(-1) }));

  const titles = (built: ReturnType<typeof plan>): readonly string[] =>
    built.plan.steps.filter(({ kind }) => kind === 'role').map(({ title }) => title);

  it('that changed are brought before the databases, after those that are missing', () => {
    const source = { roles: [buildRole('app', { connectionLimit: 5 }), buildRole('new')] };
    const built = plan(buildWorld({ source, target: app(-1) }), { lockfile: lockfileOf({ followed }) });
    expect(kinds(built).slice(0, 3)).toEqual(['role', 'role', 'database']);
    expect(built.steps[1]?.dependsOn).toEqual([built.steps[0]?.id]);
  });

  it('that were made or changed since a cutover go back with the writes', () => {
    const world = afterCutover({
      source: { subscriptions: [buildSubscription('r')], slots: [], roles: [buildRole('app')] },
      target: { roles: [buildRole('app', { connectionLimit: 7 })], subscriptions: [], slots: [buildSlot('r')] },
    });
    const lockfile = lockfileOf({ reached: 'cutover', cutover: cutoverRecord, followed });
    const built = plan(world, { reached: 'cutover', goal: 'synced', lockfile });
    expect(kinds(built)).toEqual(['role', 'verify', 'failback']);
    expect(built.steps[0]?.description.server).toBe('source');
    expect(waitsFor(built, built.steps[1]?.id ?? '')).toContain(built.steps[0]?.id);
  });

  it('are left alone once a dump is in', () => {
    const source = { roles: [buildRole('app', { connectionLimit: 5 })] };
    const world = streamingWorld({ source, target: app(-1) });
    const dump = { method: 'dump', lockfile: lockfileOf({ followed }) } as const;
    expect(titles(plan(world, { ...dump, reached: 'ready', goal: 'ready' }))).toEqual([]);
    expect(titles(plan(world, { ...dump, reached: null, goal: 'ready' }))).toHaveLength(1);
    expect(titles(plan(world, { goal: 'ready', reached: 'ready', lockfile: lockfileOf({ followed }) }))).toEqual([]);
  });
});

it('asks both servers, of which one may be away', () => {
  const facts = factsOf(streamingWorld({ source: forward }));
  const away = { kind: 'unreachable', host: 'h', port: 1, failure: 'refused', message: 'no', sqlstate: null } as const;
  expect(plan(streamingWorld(), { ...synced, facts: { ...facts, target: away } }).steps).toEqual([]);
});
