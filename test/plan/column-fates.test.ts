import { describe, expect, it } from 'vitest';
import type { ColumnHistory, NumberedColumns } from '../../src/inspect/definitions/column-history.js';
import type { Definition, DefinitionDifference } from '../../src/inspect/definitions/definition.js';
import type { DatabaseFacts } from '../../src/inspect/facts.js';
import { columnFates, renamedKey, tableOf, tablesCopiedAgain } from '../../src/plan/column-fates.js';
import { relationKey } from '../../src/postgres/relation-key.js';
import { someContents, someDatabase, someTable } from '../checks/some-facts.js';
import { buildPart, buildProgress } from './build-facts.js';

const oid = '4711';

function column(name: string, parts: Readonly<Record<string, unknown>> = {}): Definition {
  return {
    kind: 'column',
    identity: `public.t.${name}`,
    definition: JSON.stringify(parts),
    of: 'table public.t',
    parts: { table: 'public.t', key: ['public', 't', name], type: 'integer', ...parts },
  };
}

function differing(source: Definition | null, target: Definition | null): DefinitionDifference {
  const { kind, identity, of } = (source ?? target) as Definition;
  return { kind, identity, of, source, target };
}

const numbered = (columns: NumberedColumns['columns'], filenode = '1'): NumberedColumns => ({ filenode, columns });

function fate(
  copied: NumberedColumns | null,
  now: NumberedColumns,
  differences: readonly DefinitionDifference[] = [],
): unknown {
  const histories: readonly ColumnHistory[] = [{ oid, copied, now }];
  const table = someTable({ schema: 'public', name: 't', oid });
  const database: DatabaseFacts = {
    ...someDatabase(
      { tables: [table] },
      someContents({ tables: [table], progress: buildProgress([], [buildPart('t', 1, { sourceOid: oid })]) }),
    ),
    definitions: { kind: 'compared', differences, histories },
  };
  const found = columnFates(database).get(relationKey({ schema: 'public', name: 't' }));
  if (found?.kind === 'known')
    return {
      renamed: found.renamed.map(({ from, to }) => `${from} > ${to}`),
      missing: Object.fromEntries(found.missing),
    };
  expect(tablesCopiedAgain(database)).toHaveLength(found?.kind === 'again' ? 1 : 0);
  return found?.kind === 'again' ? found.why : found?.kind;
}

describe('what became of the columns of a table', () => {
  it('is not known where the copy noted nothing', () => {
    expect(fate(null, numbered({ 1: 'a' }))).toBe('unknown');
  });

  it.each<[string, NumberedColumns, NumberedColumns, readonly DefinitionDifference[], unknown]>([
    [
      'a new name under the same number',
      numbered({ 1: 'a', 2: 'b' }),
      numbered({ 1: 'a', 2: 'c' }),
      [differing(column('c'), null), differing(null, column('b'))],
      { renamed: ['b > c'], missing: {} },
    ],
    [
      'one that came, with what the source noted',
      numbered({ 1: 'a' }),
      numbered({ 1: 'a', 2: 'b' }),
      [differing(column('b', { hasMissing: true, missing: '5' }), null)],
      { renamed: [], missing: { b: '5' } },
    ],
    [
      'one that came with a table of the same file',
      numbered({ 1: 'a' }),
      numbered({ 1: 'a', 2: 'b' }),
      [differing(column('b', { hasMissing: false }), null)],
      { renamed: [], missing: { b: null } },
    ],
    [
      'another type that left the file',
      numbered({ 1: 'a' }),
      numbered({ 1: 'a' }),
      [differing(column('a', { type: 'text' }), column('a', { type: 'character varying(3)' }))],
      { renamed: [], missing: {} },
    ],
  ])('is told: %s', (_, copied, now, differences, expected) => {
    expect(fate(copied, now, differences)).toEqual(expected);
  });

  it.each<[string, NumberedColumns, NumberedColumns, readonly DefinitionDifference[], RegExp]>([
    [
      'rewritten, and one came without a value',
      numbered({ 1: 'a' }),
      numbered({ 1: 'a', 2: 'b' }, '2'),
      [differing(column('b'), null)],
      /values of their own/,
    ],
    [
      'rewritten, with another type',
      numbered({ 1: 'a' }),
      numbered({ 1: 'a' }, '2'),
      [differing(column('a', { type: 'text' }), column('a'))],
      /another type/,
    ],
    ['dropped and made again', numbered({ 1: 'a' }), numbered({ 1: null, 2: 'a' }), [], /another one/],
    ['swapped names', numbered({ 1: 'a', 2: 'b' }), numbered({ 1: 'b', 2: 'a' }), [], /another one/],
    ['came and went', numbered({ 1: 'a' }), numbered({ 1: 'a', 2: null }), [], /added and dropped again/],
    [
      'an identity that came',
      numbered({ 1: 'a' }),
      numbered({ 1: 'a', 2: 'b' }),
      [differing(column('b', { identity: 'always' }), null)],
      /identity/,
    ],
    [
      'generated no more',
      numbered({ 1: 'a' }),
      numbered({ 1: 'a' }),
      [differing(column('a'), column('a', { generated: 'stored', expression: '1' }))],
      /generated/,
    ],
    [
      'met between two names',
      numbered({ 0: '', 1: 'a' }),
      numbered({ 1: 'c' }),
      [differing(column('c'), null), differing(null, column('a'))],
      /several times/,
    ],
  ])('has the table copied again: %s', (_, copied, now, differences, why) => {
    expect(fate(copied, now, differences)).toMatch(why);
  });

  it('has it copied again where its primary key is another one, not where that is only called otherwise', () => {
    const key = (name: string, definition: string): Definition => ({
      kind: 'constraint',
      identity: `${name} on public.t`,
      definition,
      of: 'table public.t',
      parts: { type: 'p' },
    });
    const same = numbered({ 1: 'a' });
    expect(
      fate(same, numbered({ 1: 'a' }, '2'), [differing(key('k', 'PRIMARY KEY (b)'), key('k', 'PRIMARY KEY (a)'))]),
    ).toMatch(/primary key/);
    expect(
      fate(same, same, [differing(key('n', 'PRIMARY KEY (a)'), null), differing(null, key('k', 'PRIMARY KEY (a)'))]),
    ).toEqual({ renamed: [], missing: {} });
  });
});

describe('what is known of a column', () => {
  const same = numbered({ 1: 'a' });
  const generated = (parts: Readonly<Record<string, unknown>>) => column('a', { generated: 'stored', ...parts });

  it('is nothing of a table that was not noted, and all of one that was not touched', () => {
    expect(fate(same, same)).toEqual({ renamed: [], missing: {} });
    const table = someTable({ oid });
    const database = someDatabase({ tables: [table] }, someContents({ tables: [table] }));
    expect(columnFates(database).size).toBe(0);
    const compared = (histories: readonly ColumnHistory[] | null) =>
      columnFates({ ...database, definitions: { kind: 'compared', differences: [], histories } });
    expect(compared(null).size).toBe(0);
    expect([...compared([{ oid, copied: same, now: same }]).values()]).toEqual([{ kind: 'unknown' }]);
    expect(columnFates({ ...database, definitions: null }).size).toBe(0);
  });

  it('is asked for once and told to all', () => {
    const database = someDatabase({ tables: [someTable({ oid })] });
    expect(columnFates(database)).toBe(columnFates(database));
  });

  it('is that one is generated otherwise: by another expression, or stored no more', () => {
    const otherwise = (a: Definition, b: Definition): unknown => fate(same, same, [differing(a, b)]);
    expect(otherwise(generated({ expression: '1' }), generated({ expression: '2' }))).toMatch(/another way/);
    expect(otherwise(generated({ expression: '1' }), column('a', { generated: 'virtual', expression: '1' }))).toMatch(
      /another way/,
    );
    expect(otherwise(generated({ default: '1' }), generated({ default: '2' }))).toEqual({ renamed: [], missing: {} });
  });

  it('is that one that came is generated, whose values are computed anew', () => {
    const now = numbered({ 1: 'a', 2: 'b' });
    expect(fate(same, now, [differing(column('b', { generated: 'stored' }), null)])).toEqual({
      renamed: [],
      missing: {},
    });
  });

  it('is that a value which rows have is not shown', () => {
    const now = numbered({ 1: 'a', 2: 'b' });
    expect(fate(same, now, [differing(column('b', { hasMissing: true, missing: null }), null)])).toMatch(/not shown/);
  });

  it('is that another one has its name now', () => {
    expect(fate(numbered({ 1: 'a', 2: 'b' }), numbered({ 1: 'b', 2: 'a' }))).toMatch(
      'column a is another one than that of this name which was copied',
    );
  });

  it('is nothing of what is no column', () => {
    const comment: Definition = { ...column('b'), kind: 'comment', parts: { key: ['public', 't', 'b'] } };
    expect(fate(same, same, [differing(comment, null)])).toEqual({ renamed: [], missing: {} });
  });
});

describe('the table that a definition belongs to', () => {
  const key = (schema: string, name: string) => relationKey({ schema, name });
  it.each<[string, Partial<Definition>, ReturnType<typeof key> | null]>([
    ['a column', { of: null, parts: { key: ['a', 'b', 'c'] } }, key('a', 'b')],
    ['a table', { kind: 'table', identity: 'a.b', of: null, parts: null }, key('a', 'b')],
    ['what is of a table', { kind: 'index', of: 'table a.b', parts: null }, key('a', 'b')],
    ['what is of a column', { kind: 'comment', of: 'column a.b.c', parts: null }, key('a', 'b')],
    ['names in quotes', { kind: 'index', of: 'table "a.b"."c ""d"""', parts: null }, key('a.b', 'c "d"')],
    ['what is of a view', { kind: 'comment', of: 'view a.b', parts: null }, null],
    ['what is nobody’s', { kind: 'function', identity: 'a.f()', of: null, parts: null }, null],
    ['a name without a schema', { kind: 'index', of: 'table b', parts: null }, null],
  ])('%s', (_, more, expected) => {
    const definition: Definition = {
      kind: 'column',
      identity: 'a.b.c',
      definition: '',
      of: null,
      parts: {},
      ...more,
    };
    expect(tableOf(differing(definition, null))).toBe(expected);
    expect(tableOf(differing(null, definition))).toBe(expected);
  });
});

describe('a primary key under another name', () => {
  const key = (name: string, more: Partial<Definition> = {}): Definition => ({
    kind: 'constraint',
    identity: `${name} on public.t`,
    definition: 'PRIMARY KEY (a)',
    of: 'table public.t',
    parts: { type: 'p' },
    ...more,
  });
  const came = differing(key('n'), null);
  const went = differing(null, key('k'));

  it('is the same one, seen from both sides', () => {
    expect(renamedKey(came, [came, went])).toBe(went);
    expect(renamedKey(went, [came, went])).toBe(came);
  });

  it.each<[string, DefinitionDifference]>([
    ['of another table', differing(null, key('k', { of: 'table public.u' }))],
    ['over other columns', differing(null, key('k', { definition: 'PRIMARY KEY (b)' }))],
    ['that came too', differing(key('k'), null)],
    ['that only has to be unique', differing(null, key('k', { parts: { type: 'u' } }))],
    ['that is an index alone', differing(null, key('k', { kind: 'index' }))],
  ])('is none %s', (_, other) => {
    expect(renamedKey(came, [other])).toBeNull();
  });

  it('is none of what both sides have, nor of what is no primary key', () => {
    expect(renamedKey(differing(key('k'), key('k')), [went])).toBeNull();
    expect(renamedKey(differing(key('n', { parts: { type: 'u' } }), null), [went])).toBeNull();
  });
});

describe('what became of a partitioned table', () => {
  const root = someTable({ schema: 'public', name: 'r', oid: '1', kind: 'p' });
  const leaves = ['2', '3'].map(each =>
    someTable({
      schema: 'public',
      name: `r${each}`,
      oid: each,
      isPartition: true,
      partitionOf: { schema: 'public', name: 'r' },
    }),
  );
  const tables = [root, ...leaves];
  const of = (...histories: readonly ColumnHistory[]): unknown => {
    const parts = leaves.map(({ oid: sourceOid, name }) => buildPart(name, 1, { sourceOid }));
    const contents = someContents({ tables, progress: buildProgress([], parts) });
    const database: DatabaseFacts = {
      ...someDatabase({ tables }, contents),
      definitions: { kind: 'compared', differences: [], histories },
    };
    const found = columnFates(database).get(relationKey({ schema: 'public', name: 'r' }));
    return found?.kind === 'again' ? found.why : found?.kind;
  };
  const copied = numbered({ 1: 'a' });

  it('is nothing where a partition was truncated, whichever it is', () => {
    expect(of({ oid: '2', copied, now: numbered({ 1: 'a' }, '9') })).toBe('known');
    expect(of({ oid: '3', copied, now: numbered({ 1: 'a' }, '9') })).toBe('known');
    expect(of()).toBe(undefined);
  });

  it('is told of all where they were altered alike, and copied again where not', () => {
    const renamed = numbered({ 1: 'b' });
    expect(of({ oid: '2', copied, now: renamed }, { oid: '3', copied, now: renamed })).toBe('known');
    expect(of({ oid: '2', copied, now: renamed })).toBe('its partitions were altered in different ways');
    expect(of({ oid: '3', copied, now: renamed })).toBe('its partitions were altered in different ways');
  });

  it('is not known where one was not noted', () => {
    expect(of({ oid: '2', copied: null, now: copied })).toBe('unknown');
  });
});
