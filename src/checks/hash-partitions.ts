import { movedTables } from '../inspect/moved-tables.js';
import type { DatabaseFacts } from '../inspect/facts.js';
import { relationKey, shownName, type RelationKey } from '../postgres/relation-key.js';
import type { Check } from './check.js';

export const hashPartitions: Check = {
  code: 'PGM521',
  slug: 'hash-partitions',
  title: 'Hash partitions that differ between servers',
  scope: 'any',
  why:
    "Each partition's rows are copied into the partition of the same name. Values of an enum are hashed " +
    'by their oids, which differ between servers, and so are names of objects (regclass and the like); ' +
    "text under a nondeterministic collation is hashed as the server's ICU sees it. The target refuses " +
    'such rows: they belong into another partition there.',
  decided:
    'pg_partitioned_table: tables in scope that are partitioned by hash, whose key is or contains such a ' +
    'type (also in arrays, ranges, composites and domains) or has such a collation.',
  remedy:
    'Leave the table out by databases.tables, and bring it with pg_dump ' +
    '--load-via-partition-root; or partition it by another key, such as the text of the value.',
  run: ({ facts }) =>
    facts.databases.flatMap(database => {
      const above = partitionedTables(database);
      return database.source.hashedApart
        .filter(table => above.has(relationKey(table)))
        .map(table => ({
          severity: 'error' as const,
          server: 'source' as const,
          database: database.name,
          object: shownName(table),
          message:
            `${shownName(table)} is partitioned by the hash of ${table.key}: its rows fall ` +
            'into other partitions on the target, which refuses them',
          current: `hash of ${table.key}`,
          required: 'a key that is hashed alike on every server',
          remedy: hashPartitions.remedy,
        }));
    }),
};

/** Those that have a partition, at any depth, whose rows are brought. */
function partitionedTables(database: DatabaseFacts): ReadonlySet<RelationKey> {
  const tables = new Map(database.source.tables.map(table => [relationKey(table), table]));
  const above = new Set<RelationKey>();
  for (const table of movedTables(database))
    for (let of = table.partitionOf; of !== null; of = tables.get(relationKey(of))?.partitionOf ?? null)
      above.add(relationKey(of));
  return above;
}
