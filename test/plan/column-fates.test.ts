import { describe, expect, it } from 'vitest';
import type { ColumnHistory, NumberedColumns } from '../../src/inspect/definitions/column-history.js';
import type { Definition, DefinitionDifference } from '../../src/inspect/definitions/definition.js';
import type { DatabaseFacts } from '../../src/inspect/facts.js';
import { columnFates, tablesCopiedAgain } from '../../src/plan/column-fates.js';
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
