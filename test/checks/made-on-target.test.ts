import { describe, expect, it } from 'vitest';
import type { DatabaseContents, TableFacts } from '../../src/inspect/facts.js';
import { buildPublication, tablesNamed, type WorldWish } from '../plan/build-facts.js';
import { afterCutover, cutoverRecord, factsOf, lockfileOf, switchUnderWay } from '../plan/planning.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { tableKey } from '../../src/plan/target-only.js';
import { drift } from './whole.js';

const back = 'pgm_shop_16384_r';
const over = (more: Partial<Lockfile> = {}): Lockfile =>
  lockfileOf({ reached: 'cutover', cutover: cutoverRecord, ...more });
const blocked = 'schema_changes: block';

/** What is there once the target has been deployed to, and the lane back carries a and b. */
const seen = (
  there: Partial<DatabaseContents>,
  {
    lines = [blocked],
    lockfile = over(),
    wish = {},
  }: { lines?: readonly string[]; lockfile?: Lockfile; wish?: WorldWish } = {},
): readonly string[] => {
  const world = afterCutover({ ...wish, there });
  const { database } = world;
  const carried = {
    [back]: [
      { schema: 'public', name: 'a' },
      { schema: 'public', name: 'b' },
    ],
  };
  const facts = factsOf({
    ...world,
    database: { ...database, source: { ...database.source, subscribedTables: carried } },
  });
  return drift('PGM614', facts, { lines, lockfile }).map(line => line.split(' | ').slice(0, 5).join(' | '));
};

describe('what was made on the target after the cutover (PGM614)', () => {
  const [a, b, made] = tablesNamed('a', 'b', 'made') as [TableFacts, TableFacts, TableFacts];
  const only = 'target | app | public.made | on the target only | on both sides';
  it('is nothing where both sides are alike', () => {
    expect(seen({})).toEqual([]);
  });

  it('is a table; a rollback waits for it', () => {
    expect(seen({ tables: [a, b, made] })).toEqual([`error ${only}`]);
    expect(seen({ tables: [a, b, made] }, { lines: [blocked, 'goal: cutover'] })).toEqual([`warning ${only}`]);
  });

  it('is no obstacle while a switch is under way', () => {
    const lockfile = over({ cutover: switchUnderWay });
    expect(seen({ tables: [a, b, made] }, { lockfile })).toEqual([`warning ${only}`]);
  });

  it('is a table that the lane back does not carry', () => {
    const lost =
      'target | app | public.b | not replicated to the source | in the publication and subscription of the reverse lane';
    expect(seen({ publications: [buildPublication('r', ['a'])] })).toEqual([`error ${lost}`]);
  });

  it.each<[string, Parameters<typeof seen>[1]]>([
    ['before the cutover', { lockfile: over({ reached: 'synced', cutover: null }) }],
    ['without a way back', { lines: [blocked, 'cutover: {failback: false}'] }],
    ['before the lane back is there', { wish: { source: { slots: [], subscriptions: [] } } }],
  ])('is none of its business %s', (_, asked) => {
    expect(seen({ tables: [a, b, made] }, asked)).toEqual([]);
  });

  it('stood there already, by the record of the cutover', () => {
    const stood = { app: [tableKey(made)] };
    expect(seen({ tables: [a, b, made] }, { lockfile: over({ cutover: { ...cutoverRecord, stood } }) })).toHaveLength(
      0,
    );
  });
});
