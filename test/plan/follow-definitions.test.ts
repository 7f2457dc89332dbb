import { describe, expect, it } from 'vitest';
import type { Definition, DefinitionDifference, DefinitionKind } from '../../src/inspect/definitions/definition.js';
import { followDefinition } from '../../src/plan/follow-definitions.js';

type Parts = Readonly<Record<string, unknown>>;

function side(kind: DefinitionKind, identity: string, definition: string, parts: Parts = {}): Definition {
  return { kind, identity, definition, of: 'table a.t', parts };
}

function differing(source: Definition | null, target: Definition | null): DefinitionDifference {
  const either = (source ?? target) as Definition;
  return { kind: either.kind, identity: either.identity, of: either.of, source, target };
}

const statements = (difference: DefinitionDifference, others: readonly DefinitionDifference[] = []): unknown =>
  followDefinition(difference, [difference, ...others])?.map(
    ({ when, statement, destroys, alone }) =>
      `${when}${destroys ? ' (destroys)' : ''}${alone ? ' (alone)' : ''}: ${statement}`,
  ) ?? null;

const column = (name: string, definition: string, parts: Parts = {}): Definition =>
  side('column', `a.t.${name}`, definition, {
    table: 'a.t',
    name,
    type: 'integer',
    collation: null,
    notNull: false,
    default: null,
    key: ['a', 't', name],
    generated: null,
    identity: null,
    child: false,
    missing: null,
    hasMissing: false,
    ...parts,
  });

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
