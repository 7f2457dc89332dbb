import { describe, expect, it } from 'vitest';
import type { DatabaseFacts, TableFacts } from '../../src/inspect/facts.js';
import { renamedColumns, withRemade } from '../../src/plan/remade-tables.js';
import { someFacts, someTable } from '../checks/some-facts.js';
import { alteredDatabase, renamed, swapped } from './altered-table.js';
import { buildSpec } from './build-facts.js';

const spec = buildSpec();
const blocking = buildSpec('schema_changes: block');
const column = (name: string) => ({ name, type: 'integer' }) as never;
const table = (name: string, oid: string, more: Partial<TableFacts> = {}): TableFacts =>
  someTable({ name, oid, columns: [column('a')], ...more });
const under = (name: string) => ({ isPartition: true, partitionOf: { schema: 'public', name } });

describe('tables that are copied again since they were altered', () => {
  const remade = (database: DatabaseFacts, by = spec): readonly string[] | undefined =>
    withRemade(by, someFacts({ databases: [database] })).databases[0]?.remade?.map(({ name }) => name);
  const plain = alteredDatabase({ tables: [table('t', '1'), table('u', '2')], histories: [swapped('1')] });

  it('are noted in the facts, and no others', () => {
    expect(remade(plain)).toEqual(['t']);
    expect(remade(alteredDatabase({ tables: [table('t', '1')], histories: [renamed('1')] }))).toBeUndefined();
  });

  it('are none where changes of definitions block', () => {
    expect(remade(plain, blocking)).toBeUndefined();
  });

  it('are partitions before their parents, at whatever depth', () => {
    const tables = [
      table('root', '1', { kind: 'p' }),
      table('leaf', '2', under('root')),
      table('branch', '3', { kind: 'p', ...under('root') }),
      table('twig', '4', under('branch')),
    ];
    const all = remade(alteredDatabase({ tables, histories: ['2', '4'].map(swapped) }));
    expect(all).toEqual(['twig', 'leaf', 'branch', 'root']);
  });
});

describe('columns that have a new name', () => {
  const of = (database: DatabaseFacts, by = spec) => renamedColumns(by, database);
  const one = alteredDatabase({ tables: [table('t', '1'), table('u', '2')], histories: [renamed('1')] });

  it('are given it on the target, and noted for the table under their number', () => {
    expect(of(one)).toEqual([
      { schema: 'public', name: 't', from: 'a', to: 'b', noted: [{ oid: '1', columns: { 1: 'b' } }] },
    ]);
  });

  it('are left alone where changes block, where the table is left out, and where it is copied again', () => {
    expect(of(one, blocking)).toEqual([]);
    const leftOut = [table('t', '1', { inScope: false })];
    expect(of(alteredDatabase({ tables: leftOut, histories: [renamed('1')] }))).toEqual([]);
    expect(of(alteredDatabase({ tables: [table('t', '1')], histories: [swapped('1')] }))).toEqual([]);
  });

  it('are left alone where the target has the new name already, or not the old one', () => {
    const there = (...names: readonly string[]): DatabaseFacts =>
      alteredDatabase({
        tables: [table('t', '1')],
        there: [table('t', '9', { columns: names.map(column) })],
        histories: [renamed('1')],
      });
    expect(of(there('a'))).toHaveLength(1);
    expect(of(there('b'))).toEqual([]);
    expect(of(there('a', 'b'))).toEqual([]);
    expect(of(there('c'))).toEqual([]);
    expect(of({ ...one, target: null })).toEqual([]);
  });

  it('of partitions come with their parent’s, and are noted for each under its own number', () => {
    const tables = [
      table('root', '1', { kind: 'p' }),
      table('branch', '2', { kind: 'p', ...under('root') }),
      table('twig', '3', under('branch')),
      table('leaf', '4', under('root')),
      table('other', '5'),
    ];
    const numbered = { ...renamed('4'), copied: { filenode: '1', columns: { 7: 'a' } } };
    const histories = [
      renamed('3'),
      { ...numbered, now: { filenode: '1', columns: { 7: 'b' } } },
      renamed('5', 'a', 'c'),
    ];
    expect(of(alteredDatabase({ tables, histories }))).toEqual([
      {
        schema: 'public',
        name: 'root',
        from: 'a',
        to: 'b',
        noted: [
          { oid: '3', columns: { 1: 'b' } },
          { oid: '4', columns: { 7: 'b' } },
        ],
      },
      { schema: 'public', name: 'other', from: 'a', to: 'c', noted: [{ oid: '5', columns: { 1: 'c' } }] },
    ]);
  });

  it('of a partition whose parent the target lacks are its own', () => {
    const tables = [table('root', '1', { kind: 'p' }), table('leaf', '2', under('root'))];
    const database = alteredDatabase({ tables, there: tables.slice(1), histories: [renamed('2')] });
    expect(of(database).map(({ name }) => name)).toEqual(['leaf']);
  });
});
