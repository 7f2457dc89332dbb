import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/inspect/facts.js';
import { orphanLanes, type OrphanLane } from '../../src/plan/orphan-lanes.js';
import { buildListing, buildSlot, buildSubscription, buildWorld, lane, type WorldWish } from './build-facts.js';

const orphans = (wish: WorldWish, more: Partial<Facts> = {}): readonly OrphanLane[] => {
  const { source, target, database } = buildWorld(wish);
  return orphanLanes('shop', { databases: [database], unreadable: [], ...more }, source, target);
};
const forward = { source: { slots: [buildSlot(1)] }, target: { subscriptions: [buildSubscription(1)] } };
const reverse = { source: { subscriptions: [buildSubscription('r')] }, target: { slots: [buildSlot('r')] } };
const lost = { source: { ...forward.source, databases: [] }, target: forward.target };

describe('a lane whose database is migrated', () => {
  it('is no orphan, whichever way it goes, nor where the database cannot be read at the moment', () => {
    expect(orphans(forward)).toEqual([]);
    expect(orphans(reverse)).toEqual([]);
    const unreadable = [{ server: 'source', database: 'app', message: 'no', sqlstate: null }] as never;
    expect(orphans(forward, { databases: [], unreadable })).toEqual([]);
  });
});

describe('a lane without a database that is migrated', () => {
  it('is of a database that the source has dropped', () => {
    expect(orphans(lost)).toEqual([
      {
        name: lane(1),
        direction: 'forward',
        database: 'app',
        subscription: 'app',
        slot: true,
        fate: { kind: 'dropped' },
      },
    ]);
  });

  it('is of one that the spec leaves out now', () => {
    expect(orphans(forward, { databases: [] })).toMatchObject([{ fate: { kind: 'left-out' } }]);
    const other = [{ server: 'source', database: 'other', message: 'no', sqlstate: null }] as never;
    expect(orphans(forward, { databases: [], unreadable: other })).toMatchObject([{ fate: { kind: 'left-out' } }]);
  });

  it.each<[string, WorldWish, Partial<OrphanLane>]>([
    [
      'the source',
      { source: { slots: [buildSlot(1)], databases: [buildListing({ name: 'new' })] }, target: forward.target },
      { database: 'app', fate: { kind: 'renamed', source: 'new', target: 'app' } },
    ],
    [
      'the target',
      { ...forward, target: { subscriptions: [buildSubscription(1, { database: 'new' })] } },
      { database: 'new', subscription: 'new', fate: { kind: 'renamed', source: 'app', target: 'new' } },
    ],
    [
      'the target after a cutover',
      { ...reverse, target: { slots: [buildSlot('r', { database: 'new' })] } },
      { direction: 'reverse', database: 'new', fate: { kind: 'renamed', source: 'app', target: 'new' } },
    ],
  ])('is of one that %s has renamed', (_, wish, expected) => {
    expect(orphans(wish)).toMatchObject([expected]);
  });

  it.each<[string, WorldWish, Partial<OrphanLane>]>([
    ['a slot', { source: lost.source }, { direction: 'forward', database: 'app', slot: true, subscription: null }],
    [
      'a subscription',
      { source: { databases: [] }, target: lost.target },
      { direction: 'forward', database: 'app', slot: false, subscription: 'app' },
    ],
    [
      'a slot of the way back',
      { source: { databases: [] }, target: reverse.target },
      { direction: 'reverse', database: 'app', slot: true, subscription: null },
    ],
    [
      'a subscription of the way back',
      { source: { ...reverse.source, databases: [] } },
      { direction: 'reverse', database: 'app', slot: false, subscription: 'app' },
    ],
  ])('is known by %s alone', (_, wish, expected) => {
    expect(orphans(wish)).toMatchObject([{ ...expected, fate: { kind: 'dropped' } }]);
  });

  it('is none of another migration, nor what has its name on the wrong side', () => {
    expect(orphans({ source: { databases: [], slots: [buildSlot(1, { name: 'pgm_other_16384_1' })] } })).toEqual([]);
    expect(orphans({ source: { databases: [], slots: [buildSlot('r')] } })).toEqual([]);
    expect(orphans({ source: { databases: [] }, target: { slots: [buildSlot(1)] } })).toEqual([]);
  });

  it('comes in the order of the names', () => {
    const found = orphans({ source: { databases: [], slots: [buildSlot(2), buildSlot(1)] } });
    expect(found.map(({ name }) => name)).toEqual([lane(1), lane(2)]);
  });
});
