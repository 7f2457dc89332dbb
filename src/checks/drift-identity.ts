import type { DatabaseFacts } from '../inspect/facts.js';
import { strayTables } from '../plan/lane-fate.js';
import { mixedCopies, tableFates } from '../plan/table-identity.js';
import { relationKey, shownName, type RelationKey } from '../postgres/relation-key.js';
import type { Check, CheckInput, Seen } from './check.js';
import { lanesAtWork } from './drift-lanes.js';

/** Databases with lanes at work, each with its lanes. */
function replicated(
  input: CheckInput,
): readonly { readonly database: DatabaseFacts; readonly lanes: Parameters<typeof strayTables>[0] }[] {
  const all = lanesAtWork(input);
  return [...new Set(all.map(({ database }) => database))].map(database => ({
    database,
    lanes: all.filter(each => each.database === database).map(({ lane }) => lane),
  }));
}

export const tablesReplaced: Check = {
  code: 'PGM612',
  slug: 'tables-replaced',
  title: 'Tables that were dropped and made again',
  scope: 'continuous',
  why:
    'Replication follows a table, not its name. One that was dropped and made again, swapped in by a rename or ' +
    'moved to another schema has no lane: on the target the old rows stay under its name and are no longer updated.',
  decided:
    'The record of the copy on the target has the oid that each table had on the source. ' +
    'Another table has its name now, or it has another name. A table that was rewritten ' +
    '(VACUUM FULL, CLUSTER, pg_repack) is the same.',
  remedy:
    'pgm apply renames the table on the target, or drops its old copy there ' +
    'and copies the new one on a lane of its own.',
  run: input =>
    replicated(input).flatMap(({ database }): Seen[] => {
      const { renamed: all, stale } = tableFates(database);
      // What was renamed on the target is told by PGM618.
      const renamed = all.filter(({ onTarget }) => onTarget !== true);
      const mixed = new Set(mixedCopies(database).map(relationKey));
      const seen = { severity: 'warning', server: 'source', database: database.name, remedy: 'pgm apply' } as const;
      return [
        ...renamed.map(({ from, to }) => ({
          ...seen,
          object: shownName(to),
          message:
            `${shownName(from)} is called ${shownName(to)} on the source now; its copy on ` +
            'the target has the old ' +
            `name${mixed.has(relationKey(from)) ? ', and rows of two tables may be in it: it is copied again' : ''}`,
          current: shownName(to),
          required: shownName(from),
        })),
        ...stale.map(table => ({
          ...seen,
          object: shownName(table),
          message:
            `${shownName(table)} is another table on the source than the one that was copied: dropped ` +
            'and made again, or swapped in. The target has the rows of the old one',
          current: 'another table',
          required: 'the table that was copied',
        })),
      ];
    }),
};

export const tablesNotCarried: Check = {
  code: 'PGM613',
  slug: 'tables-not-carried',
  title: 'Tables that no lane replicates',
  scope: 'continuous',
  why: 'What is written into a table that no lane carries does not reach the target, and nothing else would say so.',
  decided:
    'Tables in scope that are in no publication of this migration on the source, by their oid, or that are ' +
    'not in its subscription on the target (a table that was dropped and made again there falls out of it).',
  remedy: 'pgm apply copies the table again, on a lane of its own.',
  run: input =>
    replicated(input).flatMap(({ database, lanes }): Seen[] => {
      const told = toldOtherwise(database);
      return strayTables(lanes, database, input.spec.replicaIdentity.missing)
        .filter(table => !told.has(relationKey(table)))
        .map(table => ({
          severity: 'warning',
          server: 'source',
          database: database.name,
          object: shownName(table),
          message: `no lane carries ${shownName(table)}: its changes do not reach the target`,
          current: 'not replicated',
          required: 'in a publication and its subscription',
          remedy: 'pgm apply',
        }));
    }),
};

/** Made since (PGM605), renamed or replaced (PGM612). */
function toldOtherwise(database: DatabaseFacts): ReadonlySet<RelationKey> {
  const there = new Set((database.target?.tables ?? []).map(relationKey));
  const { renamed, stale } = tableFates(database);
  return new Set([
    ...database.source.tables.map(relationKey).filter(key => !there.has(key)),
    ...renamed.map(({ to }) => relationKey(to)),
    ...stale.map(relationKey),
  ]);
}
