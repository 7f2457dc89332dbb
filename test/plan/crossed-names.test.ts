import { describe, expect, it } from 'vitest';
import type { DatabaseContents, DatabaseFacts, TableFacts } from '../../src/inspect/facts.js';
import { crossedNames } from '../../src/plan/crossed-names.js';
import { mixedCopies, tableFates, withFates } from '../../src/plan/table-identity.js';
import { relationKey, shownName } from '../../src/postgres/relation-key.js';
import type { Pairs } from '../../src/state/pairs.js';
import { someContents, someDatabase, someTable } from '../checks/some-facts.js';
import { buildPart, buildProgress, buildPublication } from './build-facts.js';

const column = (name: string, number?: number) => ({
  name,
  type: 'integer',
  ...(number === undefined ? {} : { number }),
});
const table = (name: string, oid: string, more: Partial<TableFacts> = {}): TableFacts =>
  someTable({ name, oid, columns: [column('x', 1), column('y', 2)] as never, ...more });
const sequence = (name: string, oid?: string, inScope = true) =>
  ({ schema: 'public', name, inScope, ...(oid === undefined ? {} : { oid }) }) as never;
const same = [
  { source: 1, target: 1 },
  { source: 2, target: 2 },
];
/** Tables 1 to 3 of the source are 11 to 13 of the target, sequences 5 and 6 are 15 and 16. */
const pairs: Pairs = {
  tables: ['1', '2', '3'].map(source => ({ source, target: `1${source}`, columns: same })),
  sequences: ['5', '6'].map(source => ({ source, target: `1${source}` })),
};

interface World {
  readonly source?: readonly TableFacts[];
  readonly target?: readonly TableFacts[];
  readonly here?: Partial<DatabaseContents>;
  readonly there?: Partial<DatabaseContents>;
  readonly noted?: Pairs | null;
}
const sources = [table('a', '1'), table('b', '2'), table('c', '3')];
const targets = [table('a', '11'), table('b', '12'), table('c', '13')];
const turned = [table('b', '11'), table('a', '12'), table('c', '13')];
function world({ source = sources, target = targets, here, there, noted = pairs }: World): DatabaseFacts {
  const parts = sources.map(({ name, oid }) => buildPart(name, 1, { sourceOid: oid }));
  const progress = { ...buildProgress([], parts), ...(noted === null ? {} : { pairs: noted }) };
  return someDatabase({ tables: source, ...here }, someContents({ tables: target, progress, ...there }));
}
const told = (database: DatabaseFacts): readonly string[] =>
  crossedNames(database).map(({ kind, name, column: of }) => `${kind} ${name}${of === null ? '' : `.${of}`}`);

describe('names that were swapped', () => {
  it('are seen of tables, columns and sequences', () => {
    expect(told(world({ target: turned }))).toEqual(['table a', 'table b']);
    const columns = [column('y', 1), column('x', 2)] as never;
    expect(told(world({ target: [table('a', '11', { columns }), ...targets.slice(1)] }))).toEqual([
      'column a.x',
      'column a.y',
    ]);
    expect(
      told(
        world({
          here: { sequences: [sequence('s', '5'), sequence('t', '6')] },
          there: { sequences: [sequence('t', '15'), sequence('s', '16')] },
        }),
      ),
    ).toEqual(['sequence s', 'sequence t']);
    expect(told(world({}))).toEqual([]);
  });

  it('are not asked for of what the spec leaves out, nor where nothing was noted', () => {
    const source = [table('a', '1', { inScope: false }), ...sources.slice(1)];
    expect(told(world({ source, target: turned }))).toEqual(['table b']);
    const swapped = { sequences: [sequence('t', '15'), sequence('s', '16')] };
    const here = { sequences: [sequence('s', '5', false), sequence('t', '6')] };
    expect(told(world({ here, there: swapped }))).toEqual(['sequence t']);
    expect(told(world({ target: turned, noted: null }))).toEqual([]);
    expect(told(someDatabase({ tables: sources }, null))).toEqual([]);
  });

  it('are not seen of what has no number in older facts', () => {
    const columns = [column('y'), column('x')] as never;
    expect(told(world({ target: [table('a', '11', { columns }), ...targets.slice(1)] }))).toEqual([]);
    const here = { sequences: [sequence('s'), sequence('t')] };
    expect(told(world({ here, there: { sequences: [sequence('t', '15'), sequence('s', '16')] } }))).toEqual([]);
  });
});

describe('tables that took one another’s names on the target', () => {
  const renames = (database: DatabaseFacts): readonly string[] =>
    tableFates(database).renamed.map(({ from, to }) => `${shownName(from)} ${shownName(to)}`);

  it('get those of the source back', () => {
    expect(tableFates(world({ target: turned })).renamed).toEqual(
      [
        ['1', 'b', 'a'],
        ['2', 'a', 'b'],
      ].map(([oid, from, to]) => ({
        oid,
        from: { schema: 'public', name: from },
        to: { schema: 'public', name: to },
        alter: true,
        onTarget: true,
      })),
    );
    const ring = [table('b', '11'), table('c', '12'), table('a', '13')];
    expect(renames(world({ target: ring }))).toEqual(['public.b public.a', 'public.c public.b', 'public.a public.c']);
  });

  it('wait where tables of the source have new names: these come first', () => {
    const source = [table('a', '1'), table('b', '2'), table('d', '3')];
    expect(renames(world({ source, target: turned }))).toEqual(['public.c public.d']);
  });

  it('are left where one of them is gone', () => {
    expect(renames(world({ source: sources.slice(1), target: turned }))).toEqual([]);
    expect(renames(world({ target: [table('b', '11'), table('c', '13')] }))).toEqual(['public.b public.a']);
  });

  it('are given no name that something else has now', () => {
    const target = [table('b', '11'), table('a', '99'), table('c', '13')];
    expect(renames(world({ target }))).toEqual([]);
  });

  it('are not copied again under the name that they had there', () => {
    const remade = [
      { schema: 'public', name: 'a' },
      { schema: 'public', name: 'c' },
      { schema: 'public', name: 'not_there' },
    ];
    expect(tableFates({ ...world({}), remade }).remade.map(shownName)).toEqual(['public.a', 'public.c']);
    expect(tableFates({ ...world({ target: turned }), remade }).remade.map(shownName)).toEqual(['public.c']);
  });

  it('may have rows of two tables, even where no lane carries them; so may those whose columns were swapped', () => {
    expect(mixedCopies(world({ target: turned })).map(shownName)).toEqual(['public.b', 'public.a']);
    const columns = [column('y', 1), column('x', 2)] as never;
    const crossed = world({ target: [table('a', '11', { columns }), ...targets.slice(1)] });
    expect(mixedCopies(crossed).map(shownName)).toEqual(['public.a']);
    const sequences = world({
      here: { sequences: [sequence('a', '5'), sequence('b', '6')] },
      there: { sequences: [sequence('b', '15'), sequence('a', '16')] },
    });
    expect(mixedCopies(sequences)).toEqual([]);
    expect(mixedCopies(someDatabase({ tables: sources }, null))).toEqual([]);
  });
});

describe('the facts once the target’s tables are the source’s', () => {
  const relation = (name: string) => ({ schema: 'public', name });
  const key = (name: string) => relationKey(relation(name));
  const database = world({
    here: { publications: [buildPublication(1, ['a', 'b', 'c'])] },
    there: { subscribedTables: { lane: ['a', 'b', 'c'].map(relation) } },
  });
  const names = (relations: readonly { readonly name: string }[] = []): readonly string[] =>
    relations.map(({ name }) => name);

  it('have new names on the target, in its lanes and in the record of the copy', () => {
    const renamed = [{ oid: '1', from: relation('a'), to: relation('z'), alter: true }];
    const { source, target } = withFates(database, { renamed, stale: [], remade: [] });
    expect(source).toBe(database.source);
    expect(names(target?.tables)).toEqual(['z', 'b', 'c']);
    expect(names(target?.subscribedTables['lane'])).toEqual(['z', 'b', 'c']);
    expect(names(target?.progress?.parts)).toEqual(['z', 'b', 'c']);
  });

  it('lack what is stale, which is published still', () => {
    const { source, target } = withFates(database, { renamed: [], stale: [relation('a')], remade: [] });
    expect(names(target?.tables)).toEqual(['b', 'c']);
    expect(names(target?.subscribedTables['lane'])).toEqual(['b', 'c']);
    expect(names(target?.progress?.parts)).toEqual(['b', 'c']);
    expect(names(source.publications[0]?.tables)).toEqual(['a', 'b', 'c']);
  });

  it('lack what is made anew on both sides', () => {
    const { source, target } = withFates(database, { renamed: [], stale: [], remade: [relation('b')] });
    expect(names(target?.tables)).toEqual(['a', 'c']);
    expect(names(target?.progress?.parts)).toEqual(['a', 'c']);
    expect(names(source.publications[0]?.tables)).toEqual(['a', 'c']);
    expect(source.tables.map(each => relationKey(each))).toContain(key('b'));
  });

  it('are the same where nothing becomes of them, or the target has nothing', () => {
    const nothing = { renamed: [], stale: [], remade: [] };
    expect(withFates(database, nothing)).toBe(database);
    const alone = { ...database, target: null };
    expect(withFates(alone, { ...nothing, stale: [relation('a')] })).toBe(alone);
    const { target } = database;
    const without = { ...database, target: target && { ...target, progress: null } };
    expect(withFates(without, { ...nothing, stale: [relation('a')] }).target?.progress).toBeNull();
  });
});
