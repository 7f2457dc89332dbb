import { describe, expect, it } from 'vitest';
import { targetRows } from '../../src/checks/target-rows.js';
import { runChecks } from '../../src/checks/run-checks.js';
import { hashPartitions } from '../../src/checks/hash-partitions.js';
import type { DatabaseListing, TableFacts } from '../../src/inspect/facts.js';
import { comparedWhole, throughRoot } from '../../src/inspect/through-root.js';
import { planDatabase } from '../../src/plan/plan-database.js';
import type { CopyInput } from '../../src/steps/copy.js';
import { someDatabase, someFacts, someServer, someTable } from '../checks/some-facts.js';
import { specFor } from '../checks/readiness.js';
import { buildListing, buildPart, buildProgress, buildSpec, buildWorld, type World } from './build-facts.js';

const under = (name: string, of: string, more: Partial<TableFacts> = {}): TableFacts =>
  someTable({ name, oid: name, partitionOf: { schema: 'public', name: of }, isPartition: true, ...more });
const root = (name: string, of?: string): TableFacts =>
  of === undefined ? someTable({ name, oid: name, kind: 'p' }) : under(name, of, { kind: 'p' });
const apart = (name: string, by: 'hash' | 'range' = 'hash') => ({ schema: 'public', name, key: 'm', by }) as const;

/** r is partitioned by ranges of numbers; h, under it, by the hash of an enum. */
const tables = [root('r'), under('r_1', 'r'), root('h', 'r'), under('h_1', 'h'), under('h_2', 'h'), someTable()];
const there = tables.map(table => ({ ...table }));

function world(parts: readonly string[], wish: Partial<TableFacts>[] = []): World {
  const own = tables.map((table, index) => ({ ...table, ...wish[index] }));
  return buildWorld({
    tables: own,
    contents: { hashedApart: [apart('h')] },
    there: {
      tables: there,
      progress: buildProgress(
        ['created', 'schema'],
        parts.map(name => buildPart(name, 0, { sourceOid: name })),
      ),
    },
  });
}

function copyOf(each: World, method: 'dump' | 'continuous'): CopyInput | undefined {
  const { steps } = planDatabase({
    ...each,
    spec: buildSpec(),
    method,
    after: [],
    jobs: 2,
    changes: [],
    synced: false,
    switched: false,
    knownErrors: {},
  });
  return steps.find(({ kind }) => kind === 'copy')?.input as CopyInput | undefined;
}

const into = (input: CopyInput | undefined): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries((input?.tables ?? []).map(table => [table.name, table.into?.name]));

describe('partitions whose rows may fall elsewhere', () => {
  it('go through the topmost table that judges them, by dump only', () => {
    expect(into(copyOf(world([]), 'dump'))).toEqual({ r_1: undefined, h_1: 'h', h_2: 'h', t: undefined });
    expect(into(copyOf(world([]), 'continuous'))).toEqual({
      r_1: undefined,
      h_1: undefined,
      h_2: undefined,
      t: undefined,
    });
    const both = someDatabase({ tables, hashedApart: [apart('h'), apart('r', 'range')] });
    expect([...throughRoot(both).values()].map(({ name }) => name)).toEqual(['r', 'r', 'r']);
  });

  it('go one by one where the spec leaves one of them out', () => {
    const cut = tables.map(table => (table.name === 'h_2' ? { ...table, inScope: false } : table));
    expect(throughRoot(someDatabase({ tables: cut, hashedApart: [apart('h')] })).size).toBe(0);
  });

  it('are emptied together where one of them was begun', () => {
    expect(copyOf(world(['h_1']), 'dump')?.emptied.map(({ name }) => name)).toEqual(['h_1', 'h_2']);
    expect(copyOf(world([]), 'dump')?.emptied).toEqual([]);
  });

  it('hold rows of one another, which are not others’ rows', () => {
    const filled = (parts: readonly string[]): readonly (string | undefined)[] => {
      const { database } = world(parts);
      const target = database.target === null ? null : { ...database.target, tables: there.map(withRows) };
      const facts = someFacts({ databases: [{ ...database, target }] });
      return runChecks(specFor(servers), facts)
        .filter(({ code, severity }) => code === targetRows.code && severity === 'error')
        .map(({ object }) => object);
    };
    expect(filled(['r_1', 't'])).toEqual(['public.h_1', 'public.h_2']);
    expect(filled(['r_1', 't', 'h_2'])).toEqual([]);
  });

  it('are compared as one', () => {
    const database = someDatabase({ tables, hashedApart: [apart('h')] });
    const leaves = tables.filter(({ kind }) => kind === 'r').map(table => ({ ...table, dataBytes: 5, rowEstimate: 2 }));
    expect(comparedWhole(database, leaves)).toEqual([
      { schema: 'public', name: 'r_1', dataBytes: 5, rowEstimate: 2 },
      { schema: 'public', name: 'h', dataBytes: 10, rowEstimate: 4 },
      { schema: 'public', name: 't', dataBytes: 5, rowEstimate: 2 },
    ]);
  });
});

const servers = { source: 'postgres://a.example.com/postgres', target: 'postgres://b.example.com/postgres' };
const withRows = (table: TableFacts): TableFacts => ({ ...table, hasRows: table.kind === 'r' });

describe('ranges of text (PGM521)', () => {
  const of = (name: string, actualCollationVersion: string | null): DatabaseListing =>
    buildListing({ name, localeProvider: 'c', actualCollationVersion });
  const found = (source: readonly DatabaseListing[], target: readonly DatabaseListing[]): readonly string[] =>
    runChecks(
      specFor(servers),
      someFacts({
        databases: [someDatabase({ tables, hashedApart: [apart('r', 'range')] })],
        source: someServer({ databases: source }),
        target: someServer({ databases: target }),
      }),
    )
      .filter(({ code }) => code === hashPartitions.code)
      .map(({ severity, current, required }) => `${severity} ${current ?? ''} ${required ?? ''}`);

  it.each<[string, readonly DatabaseListing[], readonly DatabaseListing[], readonly string[]]>([
    ['another version of the library', [of('app', '2.31')], [of('postgres', '2.36')], ['warning 2.31 2.36']],
    ['the same version', [of('app', '2.36')], [of('postgres', '2.36')], []],
    ['a version that is not known', [of('app', '2.36')], [of('postgres', null)], []],
  ])('%s', (_, source, target, expected) => {
    expect(found(source, target)).toEqual(expected);
  });
});
