import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/inspect/facts.js';
import { begunTables, finishedTables, forwardLanes } from '../../src/plan/database-lanes.js';
import { copySeconds } from '../../src/plan/estimate.js';
import { shutBySwitch, shutRecords, unfinishedSwitch } from '../../src/plan/half-switch.js';
import { inferReached, isHandedOver } from '../../src/plan/infer-reached.js';
import { knownState } from '../../src/plan/known-state.js';
import { laneFates } from '../../src/plan/lane-fate.js';
import { findResyncTables, markedForResync } from '../../src/plan/resync.js';
import type { FinishedSwitch, Lockfile } from '../../src/state/lockfile.js';
import { aSetting } from '../state/a-lockfile.js';
import { switchUnderWay } from './planning.js';
import { newLockfile } from '../../src/state/transitions.js';
import { someFacts, someTable } from '../checks/some-facts.js';
import {
  allStages,
  buildPart,
  buildProgress,
  buildPublication,
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

const spec = buildSpec();
const factsOf = ({ source, target, database }: World): Facts => someFacts({ source, target, databases: [database] });
const away = { kind: 'unreachable', host: 'h', port: 1, failure: 'refused', message: 'no', sqlstate: null } as const;

describe('what was reached, by what is on the servers', () => {
  const there = (stages: readonly string[]): WorldWish => ({ there: { tables: [], progress: buildProgress(stages) } });

  it.each<[string, World, string | null]>([
    ['nothing', buildWorld(), null],
    ['a target without pgm’s record', streamingWorld({ there: { progress: null } }), null],
    ['all of it', streamingWorld(), 'synced'],
    ['a lane without a slot', streamingWorld({ source: { slots: [] } }), null],
    ['a lane without a subscription', streamingWorld({ target: { subscriptions: [] } }), null],
    [
      'no lane',
      streamingWorld({ source: { slots: [] }, target: { subscriptions: [] }, contents: { publications: [] } }),
      null,
    ],
    [
      'a second lane without a slot',
      streamingWorld({ target: { subscriptions: [buildSubscription(1), buildSubscription(2)] } }),
      null,
    ],
    ['keys that are missing', streamingWorld(there(allStages.filter(stage => stage !== 'constraints'))), null],
    ['the writes handed over', streamingWorld(there(['handed over'])), 'cutover'],
    [
      'a way back that works',
      streamingWorld({ source: { slots: [], subscriptions: [buildSubscription('r')] } }),
      'cutover',
    ],
    [
      'a way back that waits',
      streamingWorld({
        source: { slots: [buildSlot(1)], subscriptions: [buildSubscription('r', { enabled: false })] },
      }),
      'synced',
    ],
    [
      'a subscription of somebody else',
      streamingWorld({
        source: { slots: [buildSlot(1)], subscriptions: [buildSubscription('r', { name: 'theirs' })] },
      }),
      'synced',
    ],
  ])('by %s', (_, world, reached) => {
    expect(inferReached(spec, factsOf(world))).toBe(reached);
  });

  it('needs every database, and servers that answer', () => {
    const { source, target, database } = streamingWorld();
    const other = { ...buildWorld().database, name: 'other', oid: '9' };
    expect(inferReached(spec, someFacts({ source, target, databases: [database, other] }))).toBeNull();
    expect(inferReached(spec, someFacts({ source, target, databases: [] }))).toBeNull();
    expect(inferReached(spec, someFacts({ source: away, target, databases: [database] }))).toBeNull();
    expect(inferReached(spec, someFacts({ source, target: away, databases: [database] }))).toBeNull();
  });

  it('is a cutover where one database says so', () => {
    const { source, target, database } = streamingWorld(there(['handed over']));
    expect(isHandedOver(someFacts({ source, target, databases: [buildWorld().database, database] }))).toBe(true);
    expect(isHandedOver(factsOf(streamingWorld()))).toBe(false);
    expect(isHandedOver(factsOf(buildWorld()))).toBe(false);
  });
});

describe('lanes', () => {
  it('are seen by any of their three parts, in the order of their numbers', () => {
    const { source, target, database } = buildWorld({
      source: { slots: [buildSlot(10), buildSlot('r'), buildSlot(1, { name: 'theirs' })] },
      target: { subscriptions: [buildSubscription(3)] },
      contents: { publications: [buildPublication(2, ['a'])] },
    });
    expect(forwardLanes('shop', database, source, target)).toEqual([
      {
        lane: 2,
        name: lane(2),
        tables: buildPublication(2, ['a']).tables,
        slot: null,
        subscription: null,
        subscribed: [],
        joining: null,
      },
      {
        lane: 3,
        name: lane(3),
        tables: null,
        slot: null,
        subscription: buildSubscription(3),
        subscribed: [],
        joining: null,
      },
      {
        lane: 10,
        name: lane(10),
        tables: null,
        slot: buildSlot(10),
        subscription: null,
        subscribed: [],
        joining: null,
      },
    ]);
  });

  it.each<[string, WorldWish, string | null]>([
    ['it streams', {}, null],
    ['its slot is gone', { source: { slots: [] } }, 'its slot is gone'],
    [
      'its slot is lost',
      { source: { slots: [buildSlot(1, { walStatus: 'lost' })] } },
      'the source has removed WAL that its slot still needed',
    ],
    ['its slot may be lost soon', { source: { slots: [buildSlot(1, { walStatus: 'unreserved' })] } }, null],
    ['its publication is gone', { contents: { publications: [] } }, 'its publication is gone'],
    ['its subscription was dropped', { target: { subscriptions: [] } }, 'its subscription is gone'],
    [
      'it was never subscribed',
      { target: { subscriptions: [] }, there: { progress: buildProgress(['copy'], [buildPart('a', 1)]) } },
      null,
    ],
    [
      'nothing came by it',
      { target: { subscriptions: [] }, there: { progress: buildProgress([], [buildPart('a', 1, { parts: 2 })]) } },
      'nothing was finished on it',
    ],
    [
      'another lane was subscribed',
      { target: { subscriptions: [] }, there: { progress: buildProgress(['subscribed 2'], [buildPart('a', 1)]) } },
      null,
    ],
  ])('are kept or dropped by whether %s', (_, more, reason) => {
    const { source, target, database } = streamingWorld(more);
    const fates = laneFates(
      forwardLanes('shop', database, source, target),
      database,
      'continuous',
      source.snapshot,
      'block',
    );
    expect(fates.dropped.map(each => each.reason)).toEqual(reason === null ? [] : [reason]);
    expect(fates.kept).toHaveLength(reason === null ? 1 : 0);
    expect(fates.finished.size > 0).toBe(reason === null);
  });

  it('keep what came by a lane that another one streams now', () => {
    const world = streamingWorld({
      there: { progress: buildProgress(allStages, [buildPart('a', 7), buildPart('c', 7)]) },
    });
    const of = ({ source, target, database }: World) =>
      laneFates(forwardLanes('shop', database, source, target), database, 'continuous', source.snapshot, 'block');
    expect(of(world).finished.size).toBe(1);
    const waiting = streamingWorld({
      target: { subscriptions: [] },
      there: { progress: buildProgress([], [buildPart('a', 7), buildPart('b', 1)]) },
    });
    expect(of(waiting).finished.size).toBe(1);
  });

  it('never use a number twice', () => {
    const highest = (progress: ReturnType<typeof buildProgress>): number => {
      const { source, target, database } = streamingWorld({ there: { progress } });
      return laneFates(forwardLanes('shop', database, source, target), database, 'continuous', source.snapshot, 'block')
        .highest;
    };
    expect(highest(buildProgress([]))).toBe(1);
    expect(highest(buildProgress([], [buildPart('a', 5)]))).toBe(5);
    expect(highest(buildProgress(['subscribed 8', 'copy'], [buildPart('a', 5)]))).toBe(8);
  });

  it('are none of a dump’s: what it brought holds while the source stands still, or all is in', () => {
    const finished = (stages: readonly string[]): number => {
      const { database } = buildWorld({ there: { progress: buildProgress(stages, [buildPart('a', 0)]) } });
      const fates = laneFates([], database, 'dump', '100:100:', 'block');
      expect(fates).toMatchObject({ kept: [], dropped: [], highest: 0 });
      return fates.finished.size;
    };
    expect(finished(['moment 100:100:'])).toBe(1);
    expect(finished(['moment 100:101:'])).toBe(0);
    expect(finished(['moment 100:101:', 'copy'])).toBe(1);
    expect(finished([])).toBe(0);
  });
});

describe('parts of tables', () => {
  const { database } = buildWorld({
    there: {
      progress: buildProgress(
        [],
        [
          buildPart('whole', 2),
          buildPart('half', 1, { parts: 2 }),
          buildPart('both', 3, { parts: 2 }),
          buildPart('both', 3, { part: 1, parts: 2 }),
        ],
      ),
    },
  });

  it('make a table begun; all of them make it finished, by its lane', () => {
    expect([...finishedTables(database).values()]).toEqual([2, 3]);
    expect(begunTables(database).size).toBe(3);
    expect(finishedTables(buildWorld().database).size).toBe(0);
    expect(begunTables(buildWorld().database).size).toBe(0);
  });
});

describe('tables that are to be copied again', () => {
  const { source, target, database } = streamingWorld({
    tables: [...tablesNamed('a', 'b'), someTable({ name: 'parent', kind: 'p' })],
  });
  const other = { ...database, name: 'other', oid: '9' };
  const one = someFacts({ source, target, databases: [database] });
  const both = someFacts({ source, target, databases: [database, other] });
  const refusal = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      const { message, kind, hint } = error as { message: string; kind: string; hint: string };
      return { message, kind, hint };
    }
  };

  it('are found by schema and name, with the database where several have it', () => {
    expect(findResyncTables(one, ['public.a'])).toEqual([{ database: 'app', schema: 'public', name: 'a' }]);
    expect(findResyncTables(one, ['app:public.b'])).toEqual([{ database: 'app', schema: 'public', name: 'b' }]);
    expect(findResyncTables(both, ['other:public.b'])).toEqual([{ database: 'other', schema: 'public', name: 'b' }]);
    expect(findResyncTables(one, [])).toEqual([]);
  });

  it('are refused where no table is meant, several are, or it is not there yet', () => {
    expect(refusal(() => findResyncTables(one, ['a']))).toMatchObject({
      kind: 'usage',
      message: '--resync a: no table of that name is migrated',
    });
    expect(refusal(() => findResyncTables(one, ['public.parent']))).toMatchObject({
      message: expect.stringContaining('no table of that name'),
    });
    expect(refusal(() => findResyncTables(both, ['public.a']))).toMatchObject({
      kind: 'usage',
      hint: 'say which: --resync app:public.a, --resync other:public.a',
    });
    expect(refusal(() => findResyncTables(factsOf(buildWorld()), ['public.a']))).toMatchObject({
      kind: 'usage',
      message: '--resync public.a: it is not on the target yet',
    });
  });

  it('count as begun, not as finished', () => {
    const marked = markedForResync(both, [{ database: 'app', schema: 'public', name: 'a' }]).databases;
    expect(marked.map(each => finishedTables(each).size)).toEqual([2, 3]);
    expect(marked.map(each => begunTables(each).size)).toEqual([3, 3]);
    expect(markedForResync(both, [])).toBe(both);
    const without = factsOf(buildWorld({ there: { progress: null } }));
    expect(markedForResync(without, [{ database: 'app', schema: 'public', name: 'a' }])).toEqual(without);
  });
});

describe('lockfile and target together', () => {
  const lockfile = (more: Partial<Lockfile> = {}): Lockfile => ({
    ...newLockfile(spec, { pgmVersion: '0.1.0', at: '2026-01-01T00:00:00Z', lineage: 'mine' }),
    ...more,
  });
  const cutover: FinishedSwitch = {
    state: 'finished',
    event: 'cutover',
    write_stop_ms: 1,
    parts: {},
    finished_at: '2026-02-01T00:00:00Z',
    block: [],
  };
  const lastSwitch = {
    lineage: 'mine',
    reached: 'cutover',
    goal_by_flag: null,
    settings: { 'source/a': aSetting('source', 'a', { before: null, after: '1' }) },
    cutover,
  } as const;
  const wal = aSetting('source', 'wal_level', { before: 'replica', after: 'logical' });
  const remembered = (lineage: string) => ({ lineage, settings: { 'source/wal_level': wal } });
  const facts = (lineage: string | null, more: WorldWish = {}): Facts =>
    factsOf(buildWorld({ target: { remembered: lineage === null ? null : remembered(lineage) }, ...more }));

  it('know settings of before pgm changed them, the lockfile’s first', () => {
    const known = (of: Facts, stored: Lockfile | null) => knownState(spec, of, stored, '0.1.0').settings;
    expect(known(facts(null), null)).toEqual({});
    expect(known(facts('mine'), null)).toEqual({ 'source/wal_level': wal });
    expect(known(facts('mine'), lockfile())).toEqual({ 'source/wal_level': wal });
    expect(known(facts('theirs'), lockfile())).toEqual({});
    const own = { 'source/wal_level': aSetting('source', 'wal_level', { before: null, after: 'logical' }) };
    expect(known(facts('mine'), lockfile({ settings: own }))).toEqual(own);
    expect(known({ ...facts('mine'), target: away }, null)).toEqual({});
    expect(knownState(spec, facts('mine'), lockfile(), '0.1.0').lockfile?.settings).toEqual({
      'source/wal_level': wal,
    });
    expect(knownState(spec, facts('mine'), null, '0.1.0')).toMatchObject({ lockfile: null, missed: null });
  });

  it('catch up with a switch that only the target remembers', () => {
    const switched = facts('mine', {
      there: { progress: { ...buildProgress([]), lastSwitch } },
      target: { remembered: remembered('mine') },
    });
    const known = knownState(spec, switched, null, '0.1.0');
    expect(known.missed).toEqual(lastSwitch);
    expect(known.lockfile).toMatchObject({
      lineage: 'mine',
      reached: 'cutover',
      cutover,
      updated_at: '2026-02-01T00:00:00Z',
    });
    expect(Object.keys(known.settings).sort()).toEqual(['source/a', 'source/wal_level']);
    expect(knownState(spec, switched, lockfile({ cutover }), '0.1.0').missed).toBeNull();
    expect(knownState(spec, switched, lockfile({ lineage: 'other' }), '0.1.0').missed).toBeNull();
  });
});

describe('a switch in the lockfile', () => {
  const block = [{ database: 'app', readOnly: null, connect: [''] }];
  const finished: FinishedSwitch = {
    state: 'finished',
    event: 'cutover',
    write_stop_ms: 1,
    parts: {},
    finished_at: '2026-02-01T00:00:00Z',
    block,
  };
  const under = switchUnderWay;
  const of = (cutover: Lockfile['cutover']): Lockfile => ({
    ...newLockfile(spec, { pgmVersion: '1', at: '' }),
    cutover,
  });

  it('is under way while it has no end', () => {
    expect(unfinishedSwitch(null)).toBeNull();
    expect(unfinishedSwitch(of(null))).toBeNull();
    expect(unfinishedSwitch(of(finished))).toBeNull();
    expect(unfinishedSwitch(of(under))).toBe(under);
  });

  it('has shut one server, the last finished one', () => {
    expect(shutBySwitch(null, 'source')).toEqual([]);
    expect(shutBySwitch(of(null), 'source')).toEqual([]);
    expect(shutBySwitch(of(finished), 'source')).toBe(block);
    expect(shutBySwitch(of(finished), 'target')).toEqual([]);
    expect(shutBySwitch(of({ ...finished, event: 'failback' }), 'target')).toBe(block);
    expect(shutBySwitch(of({ ...under, event: 'failback', before: finished }), 'source')).toBe(block);
    expect(shutBySwitch(of({ ...under, before: null }), 'source')).toEqual([]);
    expect(shutBySwitch(of(under), 'source')).toEqual([]);
  });

  it('leaves the side that was to take over shut where it failed after its hooks had begun', () => {
    const left = { ...of(null), shut: { side: 'target', block } } as const;
    expect(shutRecords(left, 'target')).toBe(block);
    expect(shutRecords(left, 'source')).toBeNull();
    expect(shutRecords({ ...of(finished), shut: { side: 'target', block: [] } }, 'target')).toEqual([]);
    expect(shutRecords(of(finished), 'source')).toBe(block);
    expect(shutRecords(of(finished), 'target')).toBeNull();
  });
});

describe('the time that a copy takes', () => {
  it.each([
    [0, 0, 1, 1],
    [400 * 1024 * 1024, 0, 1, 18],
    [400 * 1024 * 1024, 0, 2, 9],
    [400 * 1024 * 1024, 0, 8, 9],
    [400 * 1024 * 1024, 0, 0, 18],
    [0, 10_000, 1, 36],
    [400 * 1024 * 1024, 10_000, 2, 45],
  ])('of %d bytes in %d tables by %d streams is about %d s', (bytes, tables, jobs, seconds) => {
    expect(copySeconds(bytes, tables, jobs)).toBe(seconds);
  });
});
