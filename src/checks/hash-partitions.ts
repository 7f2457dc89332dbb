import { movedTables } from '../inspect/moved-tables.js';
import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { relationKey, shownName, type RelationKey } from '../postgres/relation-key.js';
import type { Check, CheckInput, Seen } from './check.js';

export const hashPartitions: Check = {
  code: 'PGM521',
  slug: 'hash-partitions',
  title: 'Partitions that the target chooses differently',
  scope: 'continuous',
  why:
    'Each partition is replicated into the partition of the same name. Values of an enum are hashed ' +
    'by their oids, which differ between servers, and so are names of objects (regclass and the like); ' +
    "text under a nondeterministic collation is hashed as the server's ICU sees it, and ranges of text in the " +
    "order of a language are those of its library's version. The target refuses rows that belong into " +
    'another partition there. A dump loads such tables through their root, which finds the partition.',
  decided:
    'pg_partitioned_table: tables in scope that are partitioned by hash, whose key is or contains such a ' +
    'type (also in arrays, ranges, composites and domains) or has such a collation; tables that are partitioned by ' +
    'ranges of text, where the versions of the collation library are known and differ.',
  remedy:
    'method: dump in the spec; or leave the table out by databases.tables, and copy it with pg_dump ' +
    '--load-via-partition-root; or partition it by another key, such as the text of the value.',
  run: input =>
    input.facts.databases.flatMap(database => {
      const above = partitionedTables(database);
      return database.source.hashedApart
        .filter(table => above.has(relationKey(table)))
        .flatMap(table => (table.by === 'hash' ? [byHash(database, table)] : byRange(input, database, table)));
    }),
};

type Apart = DatabaseFacts['source']['hashedApart'][number];

function byHash({ name }: DatabaseFacts, table: Apart): Seen {
  return {
    severity: 'error',
    server: 'source',
    database: name,
    object: shownName(table),
    message:
      `${shownName(table)} is partitioned by the hash of ${table.key}: its rows fall ` +
      'into other partitions on the target, which refuses them',
    current: `hash of ${table.key}`,
    required: 'a key that is hashed alike on every server',
    remedy: hashPartitions.remedy,
  };
}

function byRange({ source, target }: CheckInput, { name }: DatabaseFacts, table: Apart): Seen[] {
  const [here, there] = [libraryVersion(source, name), libraryVersion(target, name)];
  if (here === null || there === null || here === there) return [];
  return [
    {
      severity: 'warning',
      server: 'source',
      database: name,
      object: shownName(table),
      message:
        `${shownName(table)} is partitioned by ranges of ${table.key} in the order of a language, whose library is ` +
        `${here} on the source and ${there} on the target: the target refuses rows whose place has changed`,
      current: here,
      required: there,
      remedy: hashPartitions.remedy,
    },
  ];
}

/** Of the library that orders the database's text, which a database of the same provider tells as well. */
function libraryVersion(server: ServerFacts | null, database: string): string | null {
  const known = (server?.databases ?? []).filter(({ actualCollationVersion }) => actualCollationVersion !== null);
  const provider = server?.databases.find(({ name }) => name === database)?.localeProvider ?? 'c';
  const told =
    known.find(({ name }) => name === database) ?? known.find(({ localeProvider }) => localeProvider === provider);
  return told?.actualCollationVersion ?? null;
}

/** Those that have a partition, at any depth, whose rows are brought. */
function partitionedTables(database: DatabaseFacts): ReadonlySet<RelationKey> {
  const tables = new Map(database.source.tables.map(table => [relationKey(table), table]));
  const above = new Set<RelationKey>();
  for (const table of movedTables(database))
    for (let of = table.partitionOf; of !== null; of = tables.get(relationKey(of))?.partitionOf ?? null)
      above.add(relationKey(of));
  return above;
}
