import { describe, expect, it } from 'vitest';
import type { Definition, DefinitionDifference } from '../../src/inspect/definitions/definition.js';
import type { ColumnFate } from '../../src/plan/column-fates.js';
import { column, differing, side, statements, type Parts } from './followed.js';

const unknown: ColumnFate = { kind: 'unknown' };
const known = (more: Partial<Extract<ColumnFate, { kind: 'known' }>> = {}): ColumnFate => ({
  kind: 'known',
  renamed: [],
  copied: new Map(),
  missing: new Map(),
  ...more,
});
const x = (parts: Parts = {}): Definition => column('x', JSON.stringify(parts), parts);
const alter = 'alter table a.t alter column x';
const add = 'now: alter table a.t add column if not exists x';

describe('a column of a table that is copied again', () => {
  it('comes and goes with the table', () => {
    const again: ColumnFate = { kind: 'again', why: 'rewritten' };
    expect(statements(differing(x(), null), [], again)).toEqual([]);
    expect(statements(differing(null, x()), [], again)).toEqual([]);
    expect(statements(differing(x({ type: 'bigint' }), x()), [], again)).toEqual([]);
  });
});

describe('a column that went', () => {
  const went = differing(null, x());
  const drop = ['caught up (destroys): alter table a.t drop column if exists x'];

  it('is dropped where it was copied, and left where it is the target’s own', () => {
    expect(statements(went, [], known({ copied: new Map([['x', '2']]) }))).toEqual(drop);
    expect(statements(went, [], known())).toBeNull();
  });

  it('is renamed by a step of its own where the source calls it otherwise now', () => {
    const fate = (from: string): ColumnFate =>
      known({ copied: new Map([['x', '2']]), renamed: [{ number: '2', from, to: 'y' }] });
    expect(statements(went, [], fate('x'))).toEqual([]);
    expect(statements(went, [], fate('w'))).toEqual(drop);
  });

  it('is dropped though a column of another table, or another object, came', () => {
    const elsewhere = { ...differing(column('y', ''), null), of: 'table a.u' };
    const comment = differing(side('comment', 'table a.t', ''), null);
    const altered = differing(column('z', 'bigint'), column('z', 'integer'));
    expect(statements(went, [elsewhere, comment, altered])).toEqual(drop);
  });

  it('stays a partition’s until its parent loses it', () => {
    expect(statements(differing(null, x({ child: true, notNull: true })))).toEqual([]);
  });

  it('may be missing in the next row where it is NOT NULL, but not where it is an identity', () => {
    expect(statements(differing(null, x({ notNull: true })))).toEqual([`now: ${alter} drop not null`, ...drop]);
    expect(statements(differing(null, x({ notNull: true, identity: 'always' })))).toEqual(drop);
  });
});

describe('a column that came', () => {
  it.each<[string, Parts, ColumnFate, readonly string[] | null]>([
    ['with a collation', { type: 'text', collation: '"C"' }, unknown, [`${add} text collate "C"`]],
    [
      'that is generated',
      { generated: 'stored', expression: 'y + 1' },
      unknown,
      [`${add} integer generated always as (y + 1) stored`],
    ],
    ['of which the source notes a value that is not shown', { hasMissing: true }, unknown, null],
    [
      'of which the source notes a value and no default is left',
      { hasMissing: true, missing: "it's", type: 'text' },
      unknown,
      [`${add} text default 'it''s'::text`, `caught up: ${alter} drop default`],
    ],
    [
      'with what its rows had when it came, by the record of the copy',
      { hasMissing: true, missing: '9' },
      known({ missing: new Map([['x', '5']]) }),
      [`${add} integer default '5'::integer`, `caught up: ${alter} drop default`],
    ],
    [
      'with a default for later rows alone, by the record of the copy',
      { default: '7', notNull: true },
      known(),
      [`${add} integer`, `caught up: ${alter} set default 7`, `caught up: ${alter} set not null`],
    ],
    [
      'with details of its own',
      { storage: 'external', 'own storage': 'extended', compression: 'compression lz4', target: 7, options: ['a=1'] },
      unknown,
      [
        `${add} integer`,
        `caught up: ${alter} set storage external`,
        `caught up: ${alter} set compression lz4`,
        `caught up: ${alter} set statistics 7`,
        `caught up: ${alter} set (a=1)`,
      ],
    ],
    ['that is stored as its type is', { storage: 'plain', 'own storage': 'plain' }, unknown, [`${add} integer`]],
  ])('%s', (_, parts, fate, expected) => {
    expect(statements(differing(x(parts), null), [], fate)).toEqual(expected);
  });

  it('is renamed by a step of its own where it was copied under another name', () => {
    const fate = (to: string): ColumnFate => known({ renamed: [{ number: '2', from: 'w', to }] });
    expect(statements(differing(x(), null), [], fate('x'))).toEqual([]);
    expect(statements(differing(x(), null), [], fate('y'))).toEqual([`${add} integer`]);
  });
});

describe('a column that is defined otherwise', () => {
  it.each<[string, Parts, Parts, ColumnFate, readonly string[] | null]>([
    ['its default', { default: '2' }, { default: '1' }, unknown, [`caught up: ${alter} set default 2`]],
    ['no default any more', {}, { default: '1' }, unknown, [`caught up: ${alter} drop default`]],
    ['what it is generated by', { generated: 'stored', expression: '1' }, { generated: 'stored' }, unknown, null],
    ['how it is generated', { generated: 'stored', expression: '1' }, { expression: '1' }, unknown, null],
    [
      'the default of one that is generated',
      { generated: 'stored', expression: '1', default: '1' },
      { generated: 'stored', expression: '1' },
      unknown,
      [],
    ],
    ['its type, of rows that nothing is known of', { type: 'bigint' }, {}, unknown, null],
    ['its collation, of rows that nothing is known of', { collation: '"C"' }, {}, unknown, null],
    ['its type, of rows that stayed', { type: 'bigint' }, {}, known(), [`now: ${alter} type bigint`]],
    [
      'its collation, of rows that stayed',
      { type: 'text', collation: '"C"' },
      { type: 'text' },
      known(),
      [`now: ${alter} type text collate "C"`],
    ],
    ['its type, which is the parent’s', { type: 'bigint', child: true }, {}, known(), []],
    [
      'an identity now',
      { identity: 'always', notNull: true },
      { notNull: true },
      unknown,
      [`caught up: ${alter} add generated always as identity`],
    ],
    [
      'an identity of another kind',
      { identity: 'by default', notNull: true },
      { identity: 'always', notNull: true },
      unknown,
      [`caught up: ${alter} set generated by default`],
    ],
    ['an identity as before', { identity: 'always', target: 3 }, { identity: 'always', target: 3 }, unknown, []],
    [
      'no identity any more',
      { notNull: true },
      { identity: 'always', notNull: true },
      unknown,
      [`caught up: ${alter} drop identity if exists`],
    ],
    [
      'neither an identity nor NOT NULL any more, which must go in this order',
      {},
      { identity: 'always', notNull: true },
      unknown,
      [`caught up: ${alter} drop identity if exists`, `caught up: ${alter} drop not null`],
    ],
    [
      'an identity that may be null no more',
      { identity: 'always', notNull: false },
      { identity: 'always', notNull: true },
      unknown,
      [`now: ${alter} drop not null`],
    ],
    ['its storage', { storage: 'main' }, { storage: 'plain' }, unknown, [`caught up: ${alter} set storage main`]],
    [
      'its storage, as the type’s',
      { storage: null },
      { storage: 'a' },
      unknown,
      [`caught up: ${alter} set storage default`],
    ],
    [
      'its storage, as the type’s by name',
      { storage: 'plain', 'own storage': 'plain' },
      { storage: 'main' },
      unknown,
      [`caught up: ${alter} set storage plain`],
    ],
    [
      'its compression',
      { compression: 'compression pglz' },
      { compression: 'compression lz4' },
      unknown,
      [`caught up: ${alter} set compression pglz`],
    ],
    [
      'no compression of its own any more',
      {},
      { compression: 'compression lz4' },
      unknown,
      [`caught up: ${alter} set compression default`],
    ],
    ['its statistics', { target: 5 }, { target: 6 }, unknown, [`caught up: ${alter} set statistics 5`]],
    ['no statistics of its own', {}, { target: 6 }, unknown, [`caught up: ${alter} set statistics -1`]],
    ['its options', { options: ['a=1', 'b=2'] }, {}, unknown, [`caught up: ${alter} set (a=1, b=2)`]],
    [
      'fewer options',
      { options: ['a=2'] },
      { options: ['a=1', 'b=2', 'c=3'] },
      unknown,
      [`caught up: ${alter} set (a=2)`, `caught up: ${alter} reset (b, c)`],
    ],
    ['no options any more', {}, { options: ['ab=1'] }, unknown, [`caught up: ${alter} reset (ab)`]],
    ['the same options', { options: ['a=1'] }, { options: ['a=1'] }, unknown, []],
  ])('%s', (_, source, target, fate, expected) => {
    expect(statements(differing(x(source), x(target)), [], fate)).toEqual(expected);
  });

  it('takes its identity’s sequence with it, under its name and with its options', () => {
    const sequence = (name: string, of: string): Definition =>
      side('sequence', name, 'as integer start with 5 owned by a.t.x', { 'of column': of });
    const identity = differing(x({ identity: 'always' }), x());
    const statement = `caught up: ${alter} add generated always as identity`;
    const others: readonly (readonly [string, readonly DefinitionDifference[], string])[] = [
      ['its own', [differing(sequence('a.s', 'a.t.x'), null)], ' (sequence name a.s start with 5)'],
      ['another’s', [differing(sequence('a.s', 'a.t.y'), null)], ''],
      ['one that is there', [differing(sequence('a.s', 'a.t.x'), sequence('a.s', ''))], ''],
      ['no sequence', [differing(side('comment', 'a.s', '', { 'of column': 'a.t.x' }), null)], ''],
      ['one that the source has not', [differing(null, sequence('a.s', 'a.t.x'))], ''],
    ];
    for (const [, each, words] of others) expect(statements(identity, each)).toEqual([`${statement}${words}`]);
  });
});
