import { describe, expect, it } from 'vitest';
import { contentsShape, serverShape } from '../../src/inspect/facts-shape.generated.js';
import { holdShape, type Shape } from '../../src/inspect/hold-shape.js';
import { someContents, someServer } from '../checks/some-facts.js';

const shape: Shape = {
  is: 'object',
  of: {
    name: { is: 'text' },
    size: { is: 'number' },
    kind: { is: 'one-of', values: ['r', 'p'] },
    owner: { is: 'either', of: [{ is: 'null' }, { is: 'text' }] },
    fence: { is: 'text', optional: true },
    columns: { is: 'list', of: { is: 'object', of: { name: { is: 'text' } } } },
    pair: { is: 'tuple', of: [{ is: 'text' }, { is: 'boolean' }] },
    settings: { is: 'map', of: { is: 'text' } },
    comments: { is: 'record', of: { is: 'text' } },
    locks: { is: 'set', of: { is: 'text' } },
  },
};
const good = {
  name: 'a',
  size: 1,
  kind: 'r',
  owner: null,
  columns: [{ name: 'x' }],
  pair: ['a', true],
  settings: new Map([['a', 'b']]),
  comments: { a: 'b' },
  locks: new Set(['a']),
};

describe('what a server says', () => {
  it('is taken as it is where it has the form of its type', () => {
    expect(holdShape(good, shape, 'it')).toBe(good);
    expect(() => holdShape({ ...good, owner: 'o', fence: 'up', more: 1 }, shape, 'it')).not.toThrow();
  });

  it.each<[where: string, change: object]>([
    ['.name', { name: {} }],
    ['.name', { name: undefined }],
    ['.name', { name: 'a\0b' }],
    ['.size', { size: '1; drop table t' }],
    ['.size', { size: NaN }],
    ['.kind', { kind: 'v' }],
    ['.owner', { owner: ['o'] }],
    ['.fence', { fence: null }],
    ['.columns', { columns: { length: 1 } }],
    ['.columns[1].name', { columns: [{ name: 'x' }, { name: null }] }],
    ['.pair[1]', { pair: ['a', 'b'] }],
    ['.pair', { pair: ['a'] }],
    ['.settings{}', { settings: new Map([['a', 1]]) }],
    ['.comments{}', { comments: { a: [] } }],
    ['.locks{}', { locks: new Set([1]) }],
    ['.locks', { locks: ['a'] }],
  ])('is refused with the place where it has not: %s', (where, change) => {
    expect(() => holdShape({ ...good, ...change }, shape, 'it')).toThrow(`what it says of it${where} is not`);
  });

  it('has the form that the facts of tests have', () => {
    expect(() => holdShape(someServer(), serverShape, 'itself')).not.toThrow();
    expect(() => holdShape(someContents(), contentsShape, 'it')).not.toThrow();
  });
});
