import { expect, it } from 'vitest';
import type { DatabaseFacts } from '../../src/inspect/facts.js';
import { mixedCopies, tableFates, withFates } from '../../src/plan/table-identity.js';
import { shownName } from '../../src/postgres/relation-key.js';
import { someContents, someDatabase, someTable } from '../checks/some-facts.js';
import { buildPart, buildProgress } from './build-facts.js';

/** `name` or `schema.name`, with the oid on the source. */
type Named = readonly [name: string, oid: string];

const split = (text: string): { schema: string; name: string } => {
  const [name = '', schema = 'public'] = text.split('.').reverse();
  return { schema, name };
};

function world(copied: readonly Named[], source: readonly Named[], target: readonly string[]): DatabaseFacts {
  const parts = copied.map(([name, oid]) => buildPart('', 1, { ...split(name), sourceOid: oid === '' ? null : oid }));
  const tables = source.map(([name, oid]) => someTable({ ...split(name), oid }));
  const there = target.map((name, index) => someTable({ ...split(name), oid: String(index) }));
  return someDatabase({ tables }, someContents({ tables: there, progress: buildProgress([], parts) }));
}

it.each<[string, Parameters<typeof world>, string[], string[]]>([
  ['the same', [[['t', '1']], [['t', '1']], ['t']], [], []],
  ['a record without oid', [[['t', '']], [['t', '2']], ['t']], [], []],
  ['dropped', [[['t', '1']], [], ['t']], [], []],
  ['dropped and made again', [[['t', '1']], [['t', '2']], ['t']], [], ['public.t']],
  ['renamed', [[['t', '1']], [['u', '1']], ['t']], ['public.t public.u'], []],
  ['renamed on both sides by hand', [[['t', '1']], [['u', '1']], ['u']], ['public.t public.u (there)'], []],
  ['moved', [[['t', '1']], [['s.t', '1']], ['t']], ['public.t s.t'], []],
  [
    'swapped in',
    [
      [['t', '1']],
      [
        ['t_old', '1'],
        ['t', '2'],
      ],
      ['t'],
    ],
    ['public.t public.t_old'],
    [],
  ],
  [
    'swapped in each night: the one before is dropped',
    [
      [
        ['t_old', '1'],
        ['t', '2'],
      ],
      [
        ['t_old', '2'],
        ['t', '3'],
      ],
      ['t', 't_old'],
    ],
    ['public.t public.t_old'],
    ['public.t_old'],
  ],
  [
    'turned round',
    [
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['b', '1'],
        ['a', '2'],
      ],
      ['a', 'b'],
    ],
    ['public.a public.b', 'public.b public.a'],
    [],
  ],
  ['renamed to a name that somebody else has on the target', [[['t', '1']], [['u', '1']], ['t', 'u']], [], []],
])('%s', (_, facts, renamed, stale) => {
  const database = world(...facts);
  const fates = tableFates(database);
  expect(
    fates.renamed.map(({ from, to, alter }) => `${shownName(from)} ${shownName(to)}${alter ? '' : ' (there)'}`),
  ).toEqual(renamed);
  expect(fates.stale.map(shownName)).toEqual(stale);
  // Once that is done nothing is left to do.
  const after = tableFates(withFates(database, fates));
  expect([after.renamed, after.stale]).toEqual([[], []]);
});

it.each<[string, Parameters<typeof world>, string[], string[]]>([
  [
    'turned round',
    [
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['b', '1'],
        ['a', '2'],
      ],
      ['a', 'b'],
    ],
    ['a', 'b'],
    ['public.a', 'public.b'],
  ],
  [
    'renamed to the name of a table that was dropped',
    [
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [['a', '2']],
      ['a', 'b'],
    ],
    ['a', 'b'],
    ['public.b', 'public.a'],
  ],
  ['renamed to a name that is free on the target', [[['t', '1']], [['u', '1']], ['t']], ['t'], []],
])('copies again what rows of two tables can be in: %s', (_, facts, carried, mixed) => {
  const database = world(...facts);
  const subscribedTables = { lane: carried.map(split) };
  const target = database.target && { ...database.target, subscribedTables };
  expect(mixedCopies({ ...database, target }).map(shownName)).toEqual(mixed);
  expect(mixedCopies(database)).toEqual([]);
});
