import { expect, it } from 'vitest';
import { relationKey } from '../../src/postgres/relation-key.js';
import { crossings, pairsText, pairUp, parsePairs, type Shape } from '../../src/state/pairs.js';

/** `name oid` or `name oid: column number …`; a sequence begins with a `~`. */
function shape(text: string): Shape {
  const [head = '', columns = ''] = text.split(': ');
  const [name = '', oid = ''] = head.split(' ');
  const isSequence = name.startsWith('~');
  const words = columns === '' ? [] : columns.split(' ');
  return {
    oid,
    schema: 'public',
    name: name.replace('~', ''),
    kind: isSequence ? 'sequence' : 'table',
    columns: words.flatMap((word, index) =>
      index % 2 === 0 ? [{ name: word, number: Number(words[index + 1]) }] : [],
    ),
  };
}

type Side = readonly string[];
const both = (source: Side, target: Side): { source: Shape[]; target: Shape[] } => ({
  source: source.map(shape),
  target: target.map(shape),
});

const copied: readonly [Side, Side] = [
  ['a 1: x 1 y 3', 'b 2: x 1', '~s 3', '~t 4'],
  ['a 11: x 1 y 2', 'b 12: x 1', '~s 13', '~t 14'],
];

it.each<[string, Side, Side, string[]]>([
  ['nothing', ...copied, []],
  ['renamed alike on both sides', ['c 1: x 1 z 3', 'b 2: x 1'], ['c 11: x 1 z 2', 'b 12: x 1'], []],
  ['tables swapped there', copied[0], ['b 11: x 1 y 2', 'a 12: x 1'], ['table a (b)', 'table b (a)']],
  ['tables swapped here', ['b 1: x 1 y 3', 'a 2: x 1'], copied[1], ['table b (a)', 'table a (b)']],
  ['tables swapped alike', ['b 1: x 1 y 3', 'a 2: x 1'], ['b 11: x 1 y 2', 'a 12: x 1'], []],
  ['one dropped, another has its name', copied[0], ['a 12: x 1'], ['table a (b)']],
  ['one dropped on both sides', ['a 2: x 1'], ['a 11: x 1 y 2'], ['table a (gone)']],
  ['columns swapped there', copied[0], ['a 11: y 1 x 2', 'b 12: x 1'], ['column a.x (y)', 'column a.y (x)']],
  ['columns swapped here', ['a 1: y 1 x 3'], copied[1], ['column a.y (x)', 'column a.x (y)']],
  ['a column made again there', copied[0], ['a 11: x 1 y 3'], ['column a.y (gone)']],
  ['a column made again here', ['a 1: x 1 y 4'], copied[1], ['column a.y (gone)']],
  ['a column made again on both sides', ['a 1: x 1 y 4'], ['a 11: x 1 y 3'], []],
  ['a column more on both sides', ['a 1: x 1 y 3 z 4'], ['a 11: x 1 y 2 z 3'], []],
  ['sequences swapped', ['~s 3', '~t 4'], ['~t 13', '~s 14'], ['sequence s (t)', 'sequence t (s)']],
  ['a table that nobody knew has the name', copied[0], ['a 15: x 1', 'b 12: x 1'], ['table a (gone)']],
  ['a table made again on both sides', ['a 5: x 1', 'b 2: x 1'], ['a 15: x 1', 'b 12: x 1'], []],
  ['a sequence made again there', ['~s 3'], ['~s 15'], []],
])('%s', (title, source, target, expected) => {
  const known = pairUp(null, both(...copied), new Set());
  const told = crossings(known, both(source, target)).map(
    ({ kind, name, column, belongsTo }) =>
      `${kind} ${name}${column === null ? '' : `.${column}`} (${belongsTo?.replace('public.', '') ?? 'gone'})`,
  );
  expect(told).toEqual(expected);
  // What is noted meanwhile does not make it right.
  const later = pairUp(known, both(source, target), new Set());
  if (expected.length > 0 && !title.includes('dropped on both'))
    expect(crossings(later, both(source, target)).length).toBe(expected.length);
});

it('takes a table that is copied again for what it is then', () => {
  const known = pairUp(null, both(...copied), new Set());
  const now = both(copied[0], ['a 11: y 1 x 2', 'b 12: x 1']);
  const renewed = pairUp(known, now, new Set([relationKey({ schema: 'public', name: 'a' })]));
  expect(crossings(renewed, now)).toEqual([]);
});

it('reads what it wrote, and nothing else', () => {
  const known = pairUp(null, both(...copied), new Set());
  expect(parsePairs(JSON.parse(pairsText(known)))).toEqual(known);
  for (const other of [
    null,
    {},
    { tables: [], sequences: [['1']] },
    { tables: [['1', 2, []]], sequences: [] },
    { tables: [['1', '2', [-1]]], sequences: [] },
  ])
    expect(parsePairs(other)).toBeNull();
});
