import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.js';
import type { ColumnFacts, DatabaseFacts, DatabaseListing } from '../../src/inspect/facts.js';
import type { RefusedValues } from '../../src/inspect/needs/needs.js';
import { ofCode, specFor } from './readiness.js';
import { someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const servers = { source: 'postgres://a.example.com/postgres', target: 'postgres://b.example.com/postgres' };
const price = { name: 'price', type: 'money' } as ColumnFacts;

interface Sides {
  readonly source: string;
  readonly target: string;
  readonly locales?: readonly string[];
}

function seen(database: DatabaseFacts, { source, target, locales = [] }: Sides): readonly string[] {
  const listing = [
    {
      name: 'app',
      roleSettings: [],
      encoding: 'UTF8',
      collate: 'C',
      ctype: 'C',
      localeProvider: 'c',
      owner: 'owner',
      tablespace: 'pg_default',
    } as unknown as DatabaseListing,
  ];
  const facts = someFacts({
    databases: [database],
    source: someServer({ databases: listing, defaults: new Map([['lc_monetary', source]]) }),
    target: someServer({ databases: [], defaults: new Map([['lc_monetary', target]]), locales }),
  });
  return ofCode(runChecks(specFor(servers), facts), 'PGM524').map(
    ({ severity, object }) => `${severity} ${object ?? ''}`,
  );
}

describe('values that the target would read otherwise', () => {
  const withMoney = { tables: [someTable({ columns: [price] })] };
  const there = someDatabase(withMoney, {});
  const toCome = someDatabase(withMoney);

  it.each<[string, DatabaseFacts, Sides, readonly string[]]>([
    ['money alike', there, { source: 'de_DE.UTF-8', target: 'de_DE.utf8' }, []],
    ['money otherwise', there, { source: 'ja_JP.utf8', target: 'C' }, ['error public.t']],
    [
      'money in a database that gets its own',
      toCome,
      { source: 'ja_JP.utf8', target: 'C', locales: ['ja_JP.UTF-8'] },
      [],
    ],
    ['money in a locale that is not there', toCome, { source: 'ja_JP.utf8', target: 'C' }, ['error public.t']],
    ['no money', someDatabase({ tables: [someTable()] }, {}), { source: 'ja_JP.utf8', target: 'C' }, []],
  ])('%s', (_, database, sides, expected) => {
    expect(seen(database, sides)).toEqual(expected);
  });

  it('warns of names of roles where the spec brings none', () => {
    const columns = ['regrole', 'aclitem[]', 'regclass', 'text'].map((type, index) => ({ name: `c${index}`, type }));
    const facts = someFacts({
      databases: [someDatabase({ tables: [someTable({ columns: columns as ColumnFacts[] })] })],
    });
    const found = (lines: readonly string[]): readonly string[] =>
      ofCode(runChecks(specFor({ ...servers, lines }), facts), 'PGM524').map(
        ({ remedy }) => remedy?.split(/[;\n]/)[1] ?? '',
      );
    expect(found([])).toEqual([]);
    expect(found(['roles: skip'])).toEqual([
      ' make those that the target lacks:',
      ' make those that the target lacks:',
    ]);
  });

  it('warns of a table that is too large to be read for it, and leaves out those that stay behind', () => {
    const nulls = (table: string): RefusedValues => ({
      kind: 'null-in-child',
      schema: 'public',
      table,
      column: 'x',
      parent: 'public.parent',
      found: null,
    });
    const database = {
      ...someDatabase({ tables: [someTable(), someTable({ name: 'left', oid: '2', inScope: false })] }),
      foreseen: { unmet: [], pathless: [], refusedValues: [nulls('t'), nulls('left')], failure: null },
    };
    expect(seen(database, { source: 'C', target: 'C' })).toEqual(['warning public.t']);
  });
});
