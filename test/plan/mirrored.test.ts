import { describe, expect, it } from 'vitest';
import type { DatabaseFacts, TableFacts } from '../../src/inspect/facts.js';
import { mirrored } from '../../src/plan/mirrored.js';
import { droppedTables, tableFates } from '../../src/plan/table-identity.js';
import { someDatabase, someTable } from '../checks/some-facts.js';
import { buildProgress, buildSpec } from './build-facts.js';
import { cutoverRecord, lockfileOf } from './planning.js';

/** `a` and `b` were copied; what the target has of them since the cutover. */
function turned(there: readonly TableFacts[]): DatabaseFacts {
  const here = [
    someTable({ name: 'a', oid: '1' }),
    someTable({ name: 'b', oid: '2' }),
    someTable({ name: 'own', oid: '3', inScope: false }),
  ];
  const pairs = here.map(({ oid }) => ({ source: oid, target: `10${oid}`, columns: [] }));
  const progress = { ...buildProgress(['created', 'schema', 'copy']), pairs: { tables: pairs, sequences: [] } };
  const lockfile = lockfileOf({ reached: 'cutover', cutover: cutoverRecord });
  const found = mirrored(buildSpec(), someDatabase({ tables: here }, { tables: there, progress }), lockfile);
  if (found === null) throw new TypeError('nothing leads back');
  return found;
}

const a = someTable({ name: 'a', oid: '101' });
const b = someTable({ name: 'b', oid: '102' });
const renames = (database: DatabaseFacts): readonly string[] =>
  tableFates(database).renamed.map(({ from, to }) => `${from.schema}.${from.name} ${to.schema}.${to.name}`);

describe('a table of the side in use, after a cutover', () => {
  it('is dropped on the source where the target dropped it', () => {
    expect(droppedTables(turned([a, b])).size).toBe(0);
    expect([...droppedTables(turned([a]))].join()).toContain('b');
  });

  it.each([
    ['renamed', someTable({ name: 'old', oid: '102' }), 'public.b public.old'],
    ['renamed out of the scope', someTable({ name: 'old', oid: '102', inScope: false }), 'public.b public.old'],
    ['moved out of the scope', { ...b, schema: 'archive', inScope: false }, 'public.b archive.b'],
    ['now of an extension', { ...b, extension: 'x', inScope: false }, undefined],
  ])('is not dropped there where it was %s', (_, table, rename) => {
    const back = turned([a, table]);
    expect(droppedTables(back).size).toBe(0);
    expect(renames(back)).toEqual(rename === undefined ? [] : [rename]);
  });

  it('is nobody’s business where it never was in the scope', () => {
    const back = turned([a, b, someTable({ name: 'renamed', oid: '103', inScope: false })]);
    expect(back.source.tables.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(renames(back)).toEqual([]);
  });
});
