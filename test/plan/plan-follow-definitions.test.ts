import { describe, expect, it } from 'vitest';
import type { Definition, DefinitionDifference } from '../../src/inspect/definitions/definition.js';
import type { DatabaseFacts } from '../../src/inspect/facts.js';
import {
  followedColumns,
  followedDifferences,
  isDue,
  planFollowDefinitions,
  shownDefinition,
  type FollowingState,
} from '../../src/plan/plan-follow-definitions.js';
import type { DefinitionsInput } from '../../src/steps/definitions.js';
import { someTable } from '../checks/some-facts.js';
import { alteredDatabase, columnOf, differing, renamed, swapped, type Altered } from './altered-table.js';
import { buildSpec } from './build-facts.js';

const spec = buildSpec();
const tables = [someTable({ name: 't', oid: '1' }), someTable({ name: 'u', oid: '2' })];
const world = (differences: readonly DefinitionDifference[], more: Partial<Altered> = {}): DatabaseFacts =>
  alteredDatabase({ tables, differences, ...more });
const superuser: FollowingState = { direction: 'there', superuser: true, approved: undefined };
const inputs = (
  database: DatabaseFacts,
  when: 'now' | 'caught up',
  state: FollowingState = superuser,
): DefinitionsInput | undefined =>
  planFollowDefinitions(spec, database, when, state).map(({ input }) => input as DefinitionsInput)[0];
const said = (database: DatabaseFacts, when: 'now' | 'caught up', state?: FollowingState): readonly string[] =>
  inputs(database, when, state)?.statements.map(({ statement }) => statement) ?? [];

/** Of a table of whose columns nothing was written down when it was copied. */
const unnoted = { oid: '1', copied: null, now: { filenode: '1', columns: { 1: 'a' } } };
const histories = [
  { oid: '1', copied: { filenode: '1', columns: { 1: 'a' } }, now: { filenode: '1', columns: { 1: null, 2: 'b' } } },
];
const came = differing(columnOf('t', 'b', { number: 2, default: '1', hasMissing: true, missing: '1' }), null);
const went = differing(null, columnOf('t', 'a', { notNull: true }));
const definition = (kind: Definition['kind'], identity: string, more: Partial<Definition> = {}): Definition => ({
  kind,
  identity,
  definition: 'r',
  of: 'table public.t',
  parts: { on: 'table public.t', grantee: 'r', privileges: ['SELECT'] },
  ...more,
});
const owner = differing(definition('owner', 'table public.t'), null);
const privilege = differing(definition('privilege', 'table public.t to r'), null);
const newTable = differing(definition('table', 'public.new', { of: null }), null);
const operator = differing(definition('other', 'operator public.+', { of: null }), null);

describe('differences that the plan makes the same', () => {
  it('are none where changes block, or nothing was compared', () => {
    expect(followedDifferences(spec, world([came]))).toHaveLength(1);
    expect(followedDifferences(buildSpec('schema_changes: block'), world([came]))).toEqual([]);
    expect(followedDifferences(spec, { ...world([came]), definitions: null })).toEqual([]);
    const unknown = { kind: 'unreadable', message: 'no' } as never;
    expect(followedDifferences(spec, { ...world([came]), definitions: unknown })).toEqual([]);
  });

  it('are none that people have to decide', () => {
    expect(followedDifferences(spec, world([operator]))).toEqual([]);
  });

  it('come with a table that is copied again, whatever they are', () => {
    const retyped = differing(columnOf('t', 'b', { type: 'bigint' }), columnOf('t', 'b'));
    const [found] = followedDifferences(spec, world([retyped], { histories: [swapped('1')] }));
    expect(found?.statements).toEqual([]);
    expect(followedDifferences(spec, world([retyped], { histories: [unnoted] }))).toEqual([]);
  });

  it('go by what was noted of the columns when they were copied', () => {
    const histories = [renamed('1', 'a', 'b')];
    const both = [differing(columnOf('t', 'b'), null), differing(null, columnOf('t', 'a'))];
    expect(followedDifferences(spec, world(both, { histories })).map(({ statements }) => statements)).toEqual([[], []]);
    expect(followedDifferences(spec, world(both, { histories: [unnoted] }))).toEqual([]);
  });

  it('tell which columns of the source the target will have', () => {
    const has = followedColumns(spec, world([came, went, owner]));
    expect(has({ schema: 'public', name: 't' }, 'b')).toBe(true);
    expect(has({ schema: 'public', name: 't' }, 'a')).toBe(false);
    expect(has({ schema: 'public', name: 'u' }, 'b')).toBe(false);
  });
});

describe('the step that makes them the same', () => {
  const both = world([differing(columnOf('t', 'b', { number: 2, notNull: true }), null)]);

  it('does first what the next row may need, and later what rows on their way may violate', () => {
    expect(said(both, 'now')).toEqual(['alter table public.t add column if not exists b integer']);
    expect(said(both, 'caught up')).toEqual(['alter table public.t alter column b set not null']);
    expect(inputs(both, 'now')).toMatchObject({ database: 'app', when: 'now', objects: ['column public.t.b'] });
  });

  it('is none where nothing is to be said', () => {
    expect(inputs(world([]), 'now')).toBeUndefined();
    expect(inputs(world([owner]), 'now')).toBeUndefined();
  });

  it('gives owners and privileges as a superuser alone', () => {
    expect(said(world([owner, privilege]), 'caught up')).toHaveLength(3);
    expect(inputs(world([owner, privilege]), 'caught up', { ...superuser, superuser: false })).toBeUndefined();
    const comment = differing(definition('comment', 'table public.t'), null);
    expect(said(world([owner, comment]), 'caught up', { ...superuser, superuser: false })).toEqual([
      `comment on table public.t is 'r'`,
    ]);
  });

  it('takes values away only by a statement that was approved, and what belongs to it as well', () => {
    const database = world([went], { histories });
    const drop = 'alter table public.t drop column if exists a';
    expect(said(database, 'caught up')).toEqual([drop]);
    expect(
      said(database, 'caught up', { direction: 'there', superuser: true, approved: new Set([`${drop};`]) }),
    ).toEqual([drop]);
    expect(said(database, 'caught up', { direction: 'there', superuser: true, approved: new Set() })).toEqual([]);
    expect(said(database, 'now', { direction: 'there', superuser: true, approved: new Set() })).toEqual([]);
    expect(
      said(world([owner]), 'caught up', { direction: 'there', superuser: true, approved: new Set() }),
    ).toHaveLength(1);
  });

  it('waits with all but columns and types while tables are still to come', () => {
    const type = (target: Definition | null): DefinitionDifference =>
      differing(definition('type', 'public.m', { of: null }), target);
    const database = world([newTable]);
    expect(isDue(owner, database)).toBe(false);
    expect(isDue(came, database)).toBe(true);
    expect(isDue(type(definition('type', 'public.m')), database)).toBe(true);
    expect(isDue(type(null), database)).toBe(false);
    expect(isDue(owner, world([differing(definition('table', 'public.t'), definition('table', 'public.t'))]))).toBe(
      true,
    );
    expect(isDue(owner, world([differing(null, definition('table', 'public.t'))]))).toBe(true);
    expect(isDue(owner, { ...database, definitions: null })).toBe(true);
    expect(said(world([newTable, owner, came]), 'caught up')).toEqual([
      'alter table public.t alter column b set default 1',
    ]);
  });

  it('leaves to the next plan what belongs to a table that is renamed or made again first', () => {
    const parts = (oid: string): DatabaseFacts => {
      const database = world([owner, came]);
      const part = { lane: 1, schema: 'public', name: 't', sourceOid: oid, part: 0, parts: 1, rows: 1, bytes: 1 };
      const { target } = database;
      if (target === null || target.progress === null) throw new Error('no progress');
      return { ...database, target: { ...target, progress: { ...target.progress, parts: [part] } } };
    };
    expect(said(parts('1'), 'caught up')).toHaveLength(2);
    expect(said(parts('7'), 'caught up')).toEqual([]);
    const turned = parts('9');
    const source = { ...turned.source, tables: [someTable({ name: 'other', oid: '9' }), ...turned.source.tables] };
    expect(said({ ...turned, source }, 'caught up')).toEqual([]);
  });

  it('names what it is about, an operator by its own words', () => {
    expect(shownDefinition(came)).toBe('column public.t.b');
    expect(shownDefinition(operator)).toBe('operator public.+');
  });
});

describe('what is noted of columns with the step', () => {
  const notedOf = (when: 'now' | 'caught up', ...differences: readonly DefinitionDifference[]): unknown =>
    inputs(world(differences, { histories }), when)?.noted;

  it('is the number of one that came, from when it is there', () => {
    expect(notedOf('now', came)).toEqual([{ oid: '1', columns: { 2: 'b' } }]);
    expect(notedOf('caught up', came)).toEqual([]);
  });

  it('is that one is gone, from when it is dropped', () => {
    expect(notedOf('now', went)).toEqual([]);
    expect(notedOf('caught up', went)).toEqual([{ oid: '1', columns: { 1: null } }]);
  });

  it('is nothing of what is no column, of a table without notes, or of one that is defined otherwise', () => {
    const comment = differing(definition('comment', 'table public.t'), null);
    const other = differing(columnOf('t', 'a', { default: '1' }), columnOf('t', 'a'));
    expect(notedOf('caught up', comment, other)).toEqual([]);
    expect(inputs(world([came], { histories: [unnoted] }), 'now')?.noted).toEqual([]);
    expect(notedOf('now', came, differing(columnOf('gone', 'b', { number: 3 }), null))).toEqual([
      { oid: '1', columns: { 2: 'b' } },
    ]);
  });

  it('is nothing of one that a step of its own renames', () => {
    const fate = [renamed('1', 'a', 'b')];
    const both = [differing(columnOf('t', 'b', { number: 1 }), null), differing(null, columnOf('t', 'a'))];
    const more = differing(columnOf('t', 'c', { number: 3 }), null);
    const comment = differing(definition('comment', 'table public.t'), null);
    const database = world([...both, more, comment], { histories: fate });
    expect(inputs(database, 'now')?.noted).toEqual([{ oid: '1', columns: { 3: 'c' } }]);
    expect(inputs(database, 'caught up')?.noted).toEqual([]);
  });
});
