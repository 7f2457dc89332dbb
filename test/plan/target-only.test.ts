import { expect, it } from 'vitest';
import type { DatabaseContents } from '../../src/inspect/facts.js';
import { rolesOnTarget, standingOnTarget } from '../../src/plan/target-only.js';
import { someContents, someDatabase, someTable } from '../checks/some-facts.js';
import { buildRole } from './build-facts.js';

const column = (name: string, type = 'integer') => ({ name, type }) as never;
const own: Partial<DatabaseContents> = {
  tables: [
    someTable({ oid: '3', name: 'theirs' }),
    someTable({ oid: '2', name: 't', columns: [column('a'), column('b', 'text'), column('c')] }),
    someTable({ oid: '4', name: 'left_out', inScope: false }),
    someTable({ oid: '5', name: 'for_a_session', persistence: 't' }),
  ],
  sequences: [
    { schema: 'public', name: 's', inScope: true },
    { schema: 'public', name: 'left_out', inScope: false },
  ] as never,
  materializedViews: [{ schema: 'public', name: 'm' }] as never,
  foreignTables: [{ schema: 'public', name: 'f' }] as never,
  schemas: [{ name: 'public' }, { name: 'own' }] as never,
  extensions: [{ name: 'plpgsql' }, { name: 'aiven_extras' }, { name: 'hstore' }] as never,
};

it('notes what the target has and the source has not, so that a rollback need not bring it back', () => {
  const source = { tables: [someTable({ oid: '1', name: 't', columns: [column('a'), column('b')] })] };
  expect(standingOnTarget(someDatabase({ ...source, schemas: [{ name: 'public' }] as never }, own))).toEqual([
    'column 2 public.t b text',
    'column 2 public.t c integer',
    'extension hstore',
    'foreign table public.f',
    'materialized view public.m',
    'schema own',
    'sequence public.s',
    'table 3 public.theirs',
  ]);
});

it('notes nothing that both have, nor of a database that the target lacks', () => {
  expect(standingOnTarget(someDatabase(own, someContents(own)))).toEqual([]);
  expect(standingOnTarget(someDatabase(own, null))).toEqual([]);
});

it('knows the target’s own roles', () => {
  const roles = (...names: readonly string[]) => ({ roles: names.map(name => buildRole(name)) });
  expect(rolesOnTarget(roles('a', 'b'), roles('b', 'c'))).toEqual(['c']);
});
