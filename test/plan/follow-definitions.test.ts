import { describe, expect, it } from 'vitest';
import type { Definition } from '../../src/inspect/definitions/definition.js';
import { column, differing, side, statements, type Parts } from './followed.js';

describe('a column', () => {
  it('that was added without a default is null in the rows that were there', () => {
    expect(statements(differing(column('x', 'integer'), null))).toEqual([
      'now: alter table a.t add column if not exists x integer',
    ]);
  });

  it('that was added with a default gives rows what the source noted, not what the default is now', () => {
    const added = column('x', 'integer not null default 9', {
      notNull: true,
      default: '9',
      missing: '5',
      hasMissing: true,
    });
    expect(statements(differing(added, null))).toEqual([
      `now: alter table a.t add column if not exists x integer default '5'::integer`,
      'caught up: alter table a.t alter column x set default 9',
      'caught up: alter table a.t alter column x set not null',
    ]);
  });

  it.each<[string, Parts]>([
    ['has a default and nothing noted for its rows', { default: 'random()' }],
    ['is an identity', { identity: 'always' }],
  ])('is left to people where it %s', (_, parts) => {
    expect(statements(differing(column('x', 'integer', parts), null))).toBeNull();
  });

  it('that was dropped goes when no row on its way has it, and is not asked for meanwhile', () => {
    expect(statements(differing(null, column('x', 'integer not null', { notNull: true })))).toEqual([
      'now: alter table a.t alter column x drop not null',
      'caught up (destroys): alter table a.t drop column if exists x',
    ]);
  });

  it('is not guessed to be a new name of another', () => {
    const [came, went] = [differing(column('x', 'integer'), null), differing(null, column('y', 'integer'))];
    expect(statements(came, [went])).toBeNull();
    expect(statements(went, [came])).toBeNull();
  });

  it('gets NOT NULL late, and loses it early', () => {
    const [strict, loose] = [column('x', 'integer not null', { notNull: true }), column('x', 'integer')];
    expect(statements(differing(strict, loose))).toEqual(['caught up: alter table a.t alter column x set not null']);
    expect(statements(differing(loose, strict))).toEqual(['now: alter table a.t alter column x drop not null']);
  });

  it('of another type is left to people', () => {
    expect(statements(differing(column('x', 'bigint', { type: 'bigint' }), column('x', 'integer')))).toBeNull();
  });

  it('of a partition comes with its parent', () => {
    expect(statements(differing(column('x', 'integer', { child: true }), null))).toEqual([]);
  });
});

describe('other definitions', () => {
  const made = (name: string): Definition => side('type', 'a.m', name, { labels: name.split(' ') });

  it('adds labels where they belong, before any row has them', () => {
    expect(statements(differing(made('a b c d'), made('b c')))).toEqual([
      `now (alone): alter type a.m add value if not exists 'a' before 'b'`,
      `now (alone): alter type a.m add value if not exists 'd' after 'c'`,
    ]);
    expect(statements(differing(made('a'), made('a b')))).toBeNull();
    expect(statements(differing(made('b a'), made('a b')))).toBeNull();
  });

  it('builds an index beside the replication', () => {
    const index = side('index', 'a.i', '', { create: 'CREATE UNIQUE INDEX i ON a.t USING btree (x)' });
    expect(statements(differing(index, null))).toEqual([
      'caught up (alone): CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON a.t USING btree (x)',
    ]);
    expect(statements(differing(null, index))).toEqual(['now: drop index if exists a.i']);
  });

  it('drops a constraint before the next row, and adds one behind the last', () => {
    const check = (text: string): Definition =>
      side('constraint', 'c on a.t', text, { table: 'a.t', name: 'c', type: 'c' });
    expect(statements(differing(check('CHECK (x > 1)'), check('CHECK (x > 2)')))).toEqual([
      'now: alter table a.t drop constraint if exists c',
      'caught up: alter table a.t add constraint c CHECK (x > 1)',
    ]);
    const key = side('constraint', 'k on a.t', 'PRIMARY KEY (x)', { table: 'a.t', name: 'k', type: 'p' });
    expect(statements(differing(key, null))).toBeNull();
    expect(statements(differing(null, key))).toBeNull();
  });

  it('takes away nothing that stands for itself on the target', () => {
    const own = { ...side('view', 'a.v', 'select 1', { query: 'select 1' }), of: null };
    expect(statements(differing(null, own))).toBeNull();
  });

  it('makes a view anew only where its columns allow no replacement', () => {
    const view = (query: string, ...columns: readonly string[]): Definition =>
      side('view', 'a.v', query, { materialized: false, query, options: null, columns });
    expect(statements(differing(view('q2', 'x int', 'y int'), view('q1', 'x int')))).toEqual([
      'caught up: create or replace view a.v as q2',
    ]);
    expect(statements(differing(view('q2', 'y int'), view('q1', 'x int')))).toEqual([
      'caught up: drop view a.v',
      'caught up: create or replace view a.v as q2',
    ]);
  });

  it('writes comments and grants with their values quoted', () => {
    expect(statements(differing(side('comment', 'table a.t', "it's", { on: 'table a.t' }), null))).toEqual([
      `caught up: comment on table a.t is 'it''s'`,
    ]);
    const grant = side('privilege', 'table a.t.x to r', 'SELECT', {
      on: 'table a.t.x',
      column: 'x',
      grantee: 'r',
      privileges: ['SELECT'],
    });
    expect(statements(differing(grant, null))).toEqual([
      'caught up: revoke all (x) on table a.t from r',
      'caught up: grant select (x) on table a.t to r',
    ]);
  });
});

describe('definitions that came', () => {
  const identity = 'a.o';
  it.each<[string, Definition, readonly string[] | null]>([
    ['a schema', side('schema', 'a', ''), ['now: create schema if not exists a']],
    ['an extension', side('extension', 'x', 'schema a'), ['now: create extension if not exists x with schema a']],
    ['an enum', side('type', identity, `enum ('b')`), [`now: create type a.o as enum ('b')`]],
    [
      'a domain',
      side('type', identity, 'domain integer check (true)'),
      ['now: create domain a.o as integer check (true)'],
    ],
    ['a composite type', side('type', identity, 'composite (b integer)'), ['now: create type a.o as (b integer)']],
    ['a range type', side('type', identity, 'range (subtype = integer)'), null],
    ['a function', side('function', 'a.f()', '', { create: 'CREATE FUNCTION …' }), ['caught up: CREATE FUNCTION …']],
    ['a function that is not to be read', side('function', 'a.f()', ''), null],
    [
      'a rule',
      side('rule', 'r on a.t', '', { plain: true, create: 'CREATE RULE r AS …' }),
      ['caught up: CREATE OR REPLACE RULE r AS …'],
    ],
    ['a rule that fires on replicas', side('rule', 'r on a.t', '', { plain: false, create: 'CREATE RULE r …' }), null],
    [
      'a policy',
      side('policy', 'p on a.t', 'for all to public', { name: 'p', relation: 'a.t' }),
      ['caught up: create policy p on a.t for all to public'],
    ],
    ['statistics', side('statistics', 'a.s', 'CREATE STATISTICS …'), ['caught up: CREATE STATISTICS …']],
    ['a table, by a step of its own', side('table', 'a.t', 'table'), null],
    ['a comment', side('comment', 'table a.t', 'b', { on: 'table a.t' }), [`caught up: comment on table a.t is 'b'`]],
    ['an owner', side('owner', 'table a.t', 'r', { on: 'table a.t' }), ['caught up: alter table a.t owner to r']],
    ['a default privilege', side('default privilege', 'r', 'SELECT'), null],
    ['an event trigger', side('event trigger', 'e', ''), null],
    ['an operator', side('other', 'operator a.+', ''), null],
    [
      'a primary key, by which rows are found',
      side('constraint', 'k on a.t', 'PRIMARY KEY (b)', { table: 'a.t', name: 'k', type: 'p' }),
      null,
    ],
    [
      'a constraint of a domain',
      side('constraint', 'c on a.o', 'CHECK (value > 1)', { domain: identity, name: 'c', type: 'c' }),
      ['caught up: alter domain a.o add constraint c CHECK (value > 1)'],
    ],
    [
      'an index of a partitioned table, which none can be built beside writes for',
      side('index', 'a.i', '', { create: 'CREATE INDEX i ON a.t …', partitioned: true }),
      ['caught up: CREATE INDEX i ON a.t …'],
    ],
    [
      'an index',
      side('index', 'a.i', '', { create: 'CREATE INDEX i ON a.t …' }),
      ['caught up (alone): CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a.t …'],
    ],
    [
      'a view with options',
      side('view', 'a.v', '', { query: 'q', options: 'security_barrier=true' }),
      ['caught up: create or replace view a.v with (security_barrier=true) as q'],
    ],
    [
      'a materialized view',
      side('view', 'a.v', '', { query: 'q', materialized: true }),
      ['caught up: create materialized view a.v as q'],
    ],
    [
      'a trigger',
      side('trigger', 'g on a.t', '', { create: 'CREATE TRIGGER …', relation: 'a.t', name: 'g', enabled: 'O' }),
      ['caught up: CREATE TRIGGER …'],
    ],
    [
      'a trigger that fires on replicas',
      side('trigger', 'g on a.t', '', { create: 'CREATE TRIGGER …', relation: 'a.t', name: 'g', enabled: 'R' }),
      ['caught up: CREATE TRIGGER …', 'caught up: alter table a.t enable replica trigger g'],
    ],
  ])('%s', (_, source, expected) => {
    expect(statements(differing(source, null))).toEqual(expected);
  });
});

describe('definitions that are other ones', () => {
  const trigger = (enabled: string, create = 'CREATE TRIGGER …'): Definition =>
    side('trigger', 'g on a.t', '', { create, relation: 'a.t', name: 'g', enabled });
  const table = (definition: string, parts: Parts = {}): Definition => side('table', 'a.t', definition, parts);
  const view = (query: string, parts: Parts): Definition => side('view', 'a.v', query, { query, ...parts });
  const index = (definition: string, create: string): Definition => side('index', 'a.i', definition, { create });

  it.each<[string, Definition, Definition, readonly string[] | null]>([
    ['an extension, whose version is its server’s', side('extension', 'x', '1'), side('extension', 'x', '2'), null],
    ['a type without labels', side('type', 'a.o', 'composite (b)'), side('type', 'a.o', 'composite (c)'), null],
    [
      'an enum of one side alone',
      side('type', 'a.o', 'enum', { labels: ['a'] }),
      side('type', 'a.o', 'composite (c)'),
      null,
    ],
    [
      'a policy is made anew',
      side('policy', 'p on a.t', 'for all', { name: 'p', relation: 'a.t' }),
      side('policy', 'p on a.t', 'for select', { name: 'p', relation: 'a.t' }),
      ['now: drop policy if exists p on a.t', 'caught up: create policy p on a.t for all'],
    ],
    [
      'statistics are made anew',
      side('statistics', 'a.s', 'CREATE …'),
      side('statistics', 'a.s', 'CREATE x'),
      ['now: drop statistics if exists a.s', 'caught up: CREATE …'],
    ],
    [
      'an index is made anew',
      index('2', 'CREATE INDEX i ON b'),
      index('1', 'CREATE INDEX i ON c'),
      ['now: drop index if exists a.i', 'caught up (alone): CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON b'],
    ],
    [
      'an index that differs in what its statement has not',
      index('clustered', 'CREATE i'),
      index('', 'CREATE i'),
      null,
    ],
    [
      'a trigger is made anew, and fires as it should',
      trigger('D', 'CREATE TRIGGER 2'),
      trigger('O', 'CREATE TRIGGER 1'),
      [
        'now: drop trigger if exists g on a.t',
        'caught up: CREATE TRIGGER 2',
        'caught up: alter table a.t disable trigger g',
      ],
    ],
    ['a trigger fires again', trigger('O'), trigger('D'), ['caught up: alter table a.t enable trigger g']],
    ['a trigger fires always', trigger('A'), trigger('O'), ['caught up: alter table a.t enable always trigger g']],
    [
      'row security is forced',
      table('table row level security forced', { rowSecurity: true, forced: true }),
      table('table'),
      ['caught up: alter table a.t enable row level security', 'caught up: alter table a.t force row level security'],
    ],
    [
      'row security is off again',
      table('table'),
      table('table row level security', { rowSecurity: true }),
      [
        'caught up: alter table a.t disable row level security',
        'caught up: alter table a.t no force row level security',
      ],
    ],
    ['a table’s storage', table('table with (fillfactor=80)'), table('table'), null],
    ['a materialized view, whose rows somebody reads', view('2', { materialized: true }), view('1', {}), null],
    [
      'a view that loses its last column is made anew',
      view('2', { columns: ['x int'] }),
      view('1', { columns: ['x int', 'y int'] }),
      ['caught up: drop view a.v', 'caught up: create or replace view a.v as 2'],
    ],
    [
      'a constraint of a domain, which rows may need',
      side('constraint', 'c on a.o', 'CHECK (value > 1)', { domain: 'a.o', name: 'c', type: 'c' }),
      side('constraint', 'c on a.o', 'CHECK (value > 2)', { domain: 'a.o', name: 'c', type: 'c' }),
      null,
    ],
    [
      'another primary key',
      side('constraint', 'k on a.t', 'PRIMARY KEY (b)', { table: 'a.t', name: 'k', type: 'p' }),
      side('constraint', 'k on a.t', 'PRIMARY KEY (c)', { table: 'a.t', name: 'k', type: 'p' }),
      null,
    ],
  ])('%s', (_, source, target, expected) => {
    expect(statements(differing(source, target))).toEqual(expected);
  });

  it('gives a primary key its new name alone', () => {
    const key = (name: string): Definition =>
      side('constraint', `${name} on a.t`, 'PRIMARY KEY (b)', { table: 'a.t', name, type: 'p' });
    const [came, went] = [differing(key('k2'), null), differing(null, key('k1'))];
    expect(statements(came, [went])).toEqual(['caught up: alter table a.t rename constraint k1 to k2']);
    expect(statements(went, [came])).toEqual([]);
  });
});

describe('definitions that went', () => {
  const removed = (target: Definition): unknown => statements(differing(null, target));
  const grant = (parts: Parts): Definition =>
    side('privilege', 'table a.t to r', 'SELECT', { on: 'table a.t', grantee: 'r', privileges: ['SELECT'], ...parts });

  it.each<[string, Definition, readonly string[] | null]>([
    [
      'a trigger',
      side('trigger', 'g on a.t', '', { relation: 'a.t', name: 'g' }),
      ['now: drop trigger if exists g on a.t'],
    ],
    ['a rule', side('rule', 'r on a.t', '', { relation: 'a.t', name: 'r' }), ['now: drop rule if exists r on a.t']],
    ['statistics', side('statistics', 'a.s', ''), ['now: drop statistics if exists a.s']],
    ['a comment', side('comment', 'table a.t', 'b', { on: 'table a.t' }), ['caught up: comment on table a.t is null']],
    ['a grant', grant({}), ['caught up: revoke all on table a.t from r']],
    ['a grant of a column', grant({ column: 'x' }), null],
    ['a grant to the owner', grant({ grantee: 'its owner' }), null],
    ['a grant on what has no name', grant({ on: null }), null],
    ['a sequence, whose values would be lost', side('sequence', 'a.s', ''), null],
    [
      'a constraint that is no table’s',
      side('constraint', 'c on a.o', '', { domain: 'a.o', name: 'c', type: 'c' }),
      null,
    ],
  ])('%s', (_, target, expected) => {
    expect(removed(target)).toEqual(expected);
  });

  it('is taken away from columns of copied tables, too, and from nothing else', () => {
    const comment = side('comment', 'column a.t.b', 'c', { on: 'column a.t.b' });
    expect(removed({ ...comment, of: 'column a.t.b' })).toHaveLength(1);
    expect(removed({ ...comment, of: 'schema a' })).toBeNull();
    expect(removed({ ...comment, of: null })).toBeNull();
  });
});

describe('grants', () => {
  const grant = (definition: string, parts: Parts = {}): Definition =>
    side('privilege', 'table a.t to r', definition, {
      on: 'table a.t',
      grantee: 'r',
      privileges: ['SELECT', 'INSERT'],
      ...parts,
    });

  it('are revoked and given again as they are on the source', () => {
    expect(statements(differing(grant('SELECT, INSERT'), grant('SELECT')))).toEqual([
      'caught up: revoke all on table a.t from r',
      'caught up: grant select, insert on table a.t to r',
    ]);
  });

  it.each<[string, Definition]>([
    ['of the owner, who gave them', grant('SELECT', { grantee: 'its owner' })],
    ['that may be passed on', grant('SELECT with grant option')],
    ['on what has no name', grant('SELECT', { on: null })],
  ])('%s are left to people', (_, source) => {
    expect(statements(differing(source, null))).toBeNull();
  });
});

describe('a sequence', () => {
  const sequence = (definition: string, parts: Parts = {}): Definition => side('sequence', 'a.s', definition, parts);

  it.each<[string, Definition, Definition | null, readonly string[]]>([
    ['that came', sequence('as bigint'), null, ['now: create sequence if not exists a.s as bigint']],
    [
      'that came with a column',
      sequence('as bigint owned by a.t.x'),
      null,
      ['now: create sequence if not exists a.s as bigint', 'caught up: alter sequence a.s owned by a.t.x'],
    ],
    ['of an identity, which comes with its column', sequence('as bigint', { identity: true }), null, []],
    [
      'with other options',
      sequence('as integer owned by a.t.x'),
      sequence('as bigint owned by a.t.x'),
      ['now: alter sequence a.s as integer'],
    ],
    [
      'that another column owns',
      sequence('as bigint owned by a.t.x'),
      sequence('as bigint owned by a.t.y'),
      ['now: alter sequence a.s as bigint', 'caught up: alter sequence a.s owned by a.t.x'],
    ],
    [
      'that no column owns any more',
      sequence('as bigint'),
      sequence('as bigint owned by a.t.y'),
      ['now: alter sequence a.s as bigint', 'caught up: alter sequence a.s owned by none'],
    ],
    [
      'of an identity, which stays its column’s',
      sequence('as bigint', { identity: true }),
      sequence('as bigint owned by a.t.y'),
      ['now: alter sequence a.s as bigint'],
    ],
  ])('%s', (_, source, target, expected) => {
    expect(statements(differing(source, target))).toEqual(expected);
  });
});

describe('labels of an enum', () => {
  const made = (...labels: readonly string[]): Definition => side('type', 'a.m', labels.join(' '), { labels });

  it('stand at the end where no known one follows, and are quoted', () => {
    expect(statements(differing(made("it's"), made()))).toEqual([
      `now (alone): alter type a.m add value if not exists 'it''s'`,
    ]);
  });

  it('stand after one another where several came, and before the next that is known', () => {
    expect(statements(differing(made('a', 'b', 'c'), made('c')))).toEqual([
      `now (alone): alter type a.m add value if not exists 'a' before 'c'`,
      `now (alone): alter type a.m add value if not exists 'b' after 'a'`,
    ]);
  });
});
