import { isReplicated } from '../plan/database-lanes.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { publishedTables } from '../inspect/moved-tables.js';
import { shownName } from '../postgres/relation-key.js';
import type { Spec } from '../spec/spec.js';
import { count } from './not-replicated.js';
import type { Check, Seen } from './check.js';

/** Names in one message. */
const named = 10;

/**
 * Foreign keys come to the target with what refers; the changes that a lane brings are of logged tables with an
 * identity, and of partitions, not of the table that they are of.
 */
export const truncateRefused: Check = {
  code: 'PGM520',
  slug: 'truncate-refused',
  title: 'TRUNCATE that the target refuses',
  scope: 'continuous',
  why:
    'A lane replicates TRUNCATE for the tables that it carries. The target refuses to empty one that another table ' +
    'refers to which is not replicated with it: an unlogged one, one that is not replicated, or a partitioned one, ' +
    'since its partitions come and not itself. The lane then stops until that transaction is skipped.',
  decided:
    'pg_constraint: foreign keys to published tables from tables in scope that are unlogged, ' +
    'partitioned, or left out of replication (12 to 19 refuse it, also without rows).',
  remedy: 'Empty these tables with DELETE while the migration runs, not with TRUNCATE.',
  run: ({ facts, spec }) =>
    facts.databases.flatMap((database): Seen[] => {
      const pairs = refused(database, spec);
      const parents = new Set(pairs.map(({ parent }) => parent));
      const [first] = pairs;
      if (first === undefined) return [];
      const words = pairs.map(({ parent, child }) => `${parent} (${child} refers to it)`);
      const more = words.length > named ? `, and ${words.length - named} more` : '';
      return [
        {
          severity: 'warning',
          server: 'source',
          database: database.name,
          object: first.parent,
          message:
            `TRUNCATE of ${count(parents.size, 'table')} would be refused on the target, and the ` +
            `lane would stop: ${words.slice(0, named).join(', ')}${more}`,
          remedy: truncateRefused.remedy,
        },
      ];
    }),
};

function refused(database: DatabaseFacts, spec: Spec): readonly { readonly parent: string; readonly child: string }[] {
  const { missing } = spec.replicaIdentity;
  const carried = new Map(
    publishedTables(database)
      .filter(table => isReplicated(table, missing))
      .map(table => [table.oid, table]),
  );
  const tables = new Map(database.source.tables.map(table => [table.oid, table]));
  return database.source.references.flatMap(([childOid, parentOid]) => {
    const [child, parent] = [tables.get(childOid), carried.get(parentOid)];
    return child !== undefined && parent !== undefined && child.inScope && !carried.has(childOid)
      ? [{ parent: shownName(parent), child: nameOf(child) }]
      : [];
  });
}

function nameOf(table: TableFacts): string {
  return `${table.kind === 'p' ? 'partitioned ' : table.persistence === 'u' ? 'unlogged ' : ''}${shownName(table)}`;
}
