import { describe, expect, it } from 'vitest';
import type { DatabaseListing } from '../../src/inspect/facts.js';
import { selectDatabases, tableFilter, type NamedTable } from '../../src/inspect/selection.js';

const listing = (name: string, more: Partial<DatabaseListing> = {}): DatabaseListing =>
  ({ name, isTemplate: false, allowsConnections: true, ...more }) as DatabaseListing;

const server = [
  listing('shop'),
  listing('scratch'),
  listing('postgres'),
  listing('defaultdb'),
  listing('template1', { isTemplate: true }),
  listing('closed', { allowsConnections: false }),
  listing('rdsadmin'),
  listing('_aiven'),
];

describe('selectDatabases', () => {
  const tables = { include: null, exclude: [] };
  it.each([
    [{ include: null, exclude: [] }, ['defaultdb', 'postgres', 'scratch', 'shop'], ['postgres'], []],
    [{ include: null, exclude: ['scratch', 'nosuch'] }, ['defaultdb', 'postgres', 'shop'], ['postgres'], ['nosuch']],
    [{ include: ['shop', 'postgres'], exclude: [] }, ['postgres', 'shop'], [], []],
    [
      { include: ['shop', 'template1', 'closed', 'rdsadmin'], exclude: [] },
      ['shop'],
      [],
      ['template1', 'closed', 'rdsadmin'],
    ],
    [
      { include: null, exclude: ['template1', 'rdsadmin'] },
      ['defaultdb', 'postgres', 'scratch', 'shop'],
      ['postgres'],
      [],
    ],
  ])('%j', (selection, names, onlyIfUsed, unmatched) => {
    expect(selectDatabases({ ...selection, tables }, server)).toEqual({ names, onlyIfUsed, unmatched });
  });
});

describe('tableFilter', () => {
  const table = (schema: string, name: string, partitionOf: string | null = null): NamedTable => ({
    schema,
    name,
    partitionOf: partitionOf === null ? null : { schema, name: partitionOf },
  });
  const all = [
    table('public', 'orders'),
    table('public', 'order_lines'),
    table('audit', 'log_1'),
    table('public', 'big'),
    table('public', 'big_1', 'big'),
    table('public', 'big_1_a', 'big_1'),
    table('a.b', 'c'),
    table('a', 'b.c'),
    table('public', 'x+y'),
  ];

  it.each([
    [
      { include: null, exclude: [] },
      ['orders', 'order_lines', 'log_1', 'big', 'big_1', 'big_1_a', 'c', 'b.c', 'x+y'],
      [],
    ],
    [
      { include: null, exclude: ['audit.log_*'] },
      ['orders', 'order_lines', 'big', 'big_1', 'big_1_a', 'c', 'b.c', 'x+y'],
      ['audit.log_*'],
    ],
    [{ include: ['public.order?'], exclude: [] }, ['orders'], ['public.order?']],
    [{ include: ['public.big'], exclude: [] }, ['big', 'big_1', 'big_1_a'], ['public.big']],
    [
      { include: null, exclude: ['public.big_1'] },
      ['orders', 'order_lines', 'log_1', 'big', 'c', 'b.c', 'x+y'],
      ['public.big_1'],
    ],
    [
      { include: ['public.*'], exclude: ['*.order*', 'public.nosuch'] },
      ['big', 'big_1', 'big_1_a', 'x+y'],
      ['public.*', '*.order*'],
    ],
    [{ include: ['public.x+y'], exclude: [] }, ['x+y'], ['public.x+y']],
    [{ include: ['a.b.c'], exclude: [] }, ['b.c'], ['a.b.c']],
    [{ include: ['"a.b".c'], exclude: [] }, ['c'], ['"a.b".c']],
    [{ include: ['a."b.c"'], exclude: [] }, ['b.c'], ['a."b.c"']],
    [{ include: ['"a.b".*'], exclude: [] }, ['c'], ['"a.b".*']],
    [{ include: ['"a.*".c', '"public".big'], exclude: [] }, ['big', 'big_1', 'big_1_a'], ['"public".big']],
    [{ include: ['log_1'], exclude: [] }, ['log_1'], ['log_1']],
  ])('%j', (tables, wanted, matched) => {
    const seen = new Set<string>();
    const filter = tableFilter(tables, all, seen);
    expect(all.filter(each => filter.wants(each)).map(({ name }) => name)).toEqual(wanted);
    expect([...seen].sort()).toEqual([...matched].sort());
  });
});
