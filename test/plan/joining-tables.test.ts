import { describe, expect, it } from 'vitest';
import type { LaneFacts } from '../../src/plan/database-lanes.js';
import { halfJoined, tablesThatJoin } from '../../src/plan/joining-tables.js';
import { someDatabase } from '../checks/some-facts.js';
import { tablesNamed } from './build-facts.js';

const tables = tablesNamed('a', 'b', 'c', 'd', 'e', 'f');
const oid = (name: string): string => tables.find(each => each.name === name)?.oid ?? '';
const relation = (name: string) => ({ schema: 'public', name });
/** `a b` are tables of the lane. */
function lane(number: number, names: string, joining: LaneFacts['joining'] = null): LaneFacts {
  const its = names === '' ? [] : names.split(' ');
  return {
    lane: number,
    name: `lane ${number}`,
    tables: its.map(name => ({ oid: oid(name), ...relation(name) })),
    slot: null,
    subscription: null,
    subscribed: [],
    joining,
  };
}
/** @param joined `a b` for a foreign key of `a` on `b` */
function joins(
  kept: readonly LaneFacts[],
  joined: readonly string[],
  more: Partial<Pick<Parameters<typeof tablesThatJoin>[0], 'leaving' | 'newLanes'>> = {},
): readonly string[] {
  const references = joined.map((text): readonly [string, string] => {
    const [child = '', parent = ''] = text.split(' ').map(oid);
    return [child, parent];
  });
  const database = someDatabase({ tables, references });
  return tablesThatJoin({ database, kept, leaving: [], newLanes: [], ...more }).map(({ lane: to, from, emptied }) => {
    const its = from.map(each => `${each.tables.map(({ name }) => name).join(' ')} of ${each.name}`);
    return `${to}: ${its.join(', ')}${emptied.length === 0 ? '' : `; ends ${emptied.join(', ')}`}`;
  });
}

describe('tables that foreign keys join', () => {
  it('go to the lane that has most of them, of several to the first', () => {
    expect(joins([lane(1, 'a'), lane(2, 'b c')], ['a b', 'b c'])).toEqual(['2: a of lane 1; ends lane 1']);
    expect(joins([lane(2, 'b'), lane(1, 'a')], ['a b'])).toEqual(['1: b of lane 2; ends lane 2']);
    expect(joins([lane(1, 'a'), lane(2, 'b')], ['a b'])).toEqual(['1: b of lane 2; ends lane 2']);
    expect(joins([lane(1, 'a'), lane(2, 'b'), lane(3, 'c d')], ['a b', 'b c', 'c d'])).toEqual([
      '3: a of lane 1, b of lane 2; ends lane 1, lane 2',
    ]);
    expect(joins([lane(3, 'c'), lane(2, 'b'), lane(1, 'a')], ['a b', 'b c'])).toEqual([
      '1: b of lane 2, c of lane 3; ends lane 2, lane 3',
    ]);
  });

  it('leave tables alone that no foreign key joins with others, and the lane that has these', () => {
    expect(joins([lane(1, 'a b'), lane(2, 'c d')], ['b c'])).toEqual(['1: c of lane 2']);
    expect(joins([lane(1, 'a b'), lane(2, 'c d')], ['a b'])).toEqual([]);
    expect(joins([lane(1, 'a'), lane(2, '')], ['a b'])).toEqual([]);
  });

  it('are moved lane after lane, and a lane ends with the last that takes from it', () => {
    expect(joins([lane(1, 'a b'), lane(2, 'c d'), lane(3, 'e f')], ['a b', 'b e', 'c d', 'd f'])).toEqual([
      '1: e of lane 3',
      '2: f of lane 3; ends lane 3',
    ]);
    expect(joins([lane(2, 'a b'), lane(1, 'c d'), lane(3, 'e f')], ['a b', 'b e', 'c d', 'd f'])).toEqual([
      '1: f of lane 3',
      '2: e of lane 3; ends lane 3',
    ]);
  });

  it('stay a lane’s that takes others, though all that it had goes', () => {
    // d goes to 1, which has two of its group; e and f go to 2, which is the first of three.
    expect(joins([lane(1, 'a b'), lane(2, 'd e'), lane(3, 'f')], ['a b', 'b d', 'e f'])).toEqual([
      '1: d of lane 2',
      '2: f of lane 3; ends lane 3',
    ]);
  });

  it('are not counted on a lane that they leave, and are on a new one', () => {
    const leaving = [{ name: 'lane 1', tables: [relation('a')] }] as never;
    const newLanes = [{ lane: 3, name: 'lane 3', tables: tables.filter(({ name }) => name === 'a') }];
    expect(joins([lane(1, 'a b'), lane(2, 'c')], ['a c'], { leaving, newLanes })).toEqual([
      '2: a of lane 3; ends lane 3',
    ]);
    const unpublished = { ...lane(1, 'a'), tables: null };
    expect(joins([unpublished, lane(2, 'c')], ['a c'])).toEqual([]);
  });
});

describe('lanes that were about to take tables when a run ended', () => {
  const joining = { tables: [{ oid: '1', ...relation('c') }], from: ['lane 3'] };
  const half = (...lanes: readonly LaneFacts[]) => halfJoined(lanes);

  it('are finished first, with what they wait for', () => {
    expect(half(lane(1, 'a', joining), lane(2, 'b'))).toEqual([
      { name: 'lane 1', lane: 1, from: [{ name: 'lane 3', tables: [] }], awaited: [relation('c')], emptied: [] },
    ]);
    expect(half(lane(1, 'a'), lane(2, 'b'))).toEqual([]);
  });

  it('take down lanes without a table, with the last of them', () => {
    const found = half(lane(1, 'a', joining), lane(2, 'b', joining), lane(3, ''), { ...lane(4, ''), tables: null });
    expect(found.map(({ emptied }) => emptied)).toEqual([[], ['lane 3']]);
    expect(half(lane(1, '', joining)).map(({ emptied }) => emptied)).toEqual([[]]);
  });
});
