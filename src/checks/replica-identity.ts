import { shownName } from '../postgres/relation-key.js';
import { publishedTables } from '../inspect/moved-tables.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';

export const replicaIdentity: Check = {
  code: 'PGM501',
  slug: 'replica-identity',
  title: 'Each published table has a replica identity',
  scope: 'continuous',
  why: 'From the moment a table without one is published, every UPDATE and DELETE on it fails, on the source, in the application. It is the most damaging mistake of such a migration.',
  decided:
    'A primary key that is valid and not deferrable; or the index of REPLICA IDENTITY USING INDEX, when it is valid, unique, not partial, not deferrable and NOT NULL; or FULL, when all column types have equality. Partitions are looked at one by one. What happens with the others is said under replica_identity.missing in the spec.',
  remedy:
    'Add a primary key, name a unique index by REPLICA IDENTITY USING INDEX, or let pgm set REPLICA IDENTITY FULL (replica_identity: {missing: full}) or leave the table out of the replication (exclude).',
  run: input => {
    const { source, facts } = input;
    if (source === null || facts.databases.length === 0) return [];
    const seen = facts.databases.flatMap(database =>
      publishedTables(database)
        .filter(({ identityUsable }) => !identityUsable)
        .map(table => finding(input, database, table)),
    );
    return seen.length > 0
      ? seen
      : [{ severity: 'ok', server: 'source', message: 'every table to publish has a replica identity' }];
  },
};

function finding({ spec, source }: CheckInput, database: DatabaseFacts, table: TableFacts): Seen {
  const name = shownName(table);
  const lacking = why(table);
  const seen = {
    server: 'source',
    database: database.name,
    object: name,
    message: `${name} ${lacking}`,
    current: identityWords[table.replicaIdentity],
    required: 'a usable replica identity',
  } as const;
  switch (spec.replicaIdentity.missing) {
    case 'exclude':
      return {
        ...seen,
        severity: 'warning',
        message: `${name} ${lacking}: its rows are copied once, later changes do not arrive`,
        remedy: remedy(table),
      };
    case 'full': {
      const mayAlter = source?.user.superuser === true || table.isOwner;
      if (table.columnsWithoutEquality.length > 0 || !mayAlter) break;
      return {
        ...seen,
        severity: 'info',
        status: 'change',
        step: `${database.name}/replica-identity/${name}`,
        change: { kind: 'replica-identity', database: database.name, schema: table.schema, name: table.name },
      };
    }
    case 'block':
  }
  return { ...seen, severity: 'error', remedy: remedy(table) };
}

const identityWords = { d: 'default', n: 'nothing', f: 'full', i: 'index' } as const;

function why(table: TableFacts): string {
  switch (table.replicaIdentity) {
    case 'd':
      return table.hasPrimaryKey
        ? 'has a primary key that is deferrable or not valid, so it is no replica identity'
        : 'has no primary key and no other replica identity';
    case 'i':
      return 'has a replica identity index that is gone or not usable';
    case 'f':
      return `has REPLICA IDENTITY FULL, and columns whose type has no equality (${table.columnsWithoutEquality.join(', ')})`;
    case 'n':
      return 'has REPLICA IDENTITY NOTHING';
  }
}

function remedy(table: TableFacts): string {
  const relation = qualifiedName(table);
  if (table.hasPrimaryKey && table.replicaIdentity !== 'd') return `alter table ${relation} replica identity default;`;
  if (table.identityCandidate !== null)
    return `alter table ${relation} replica identity using index ${quoteIdentifier(table.identityCandidate)};`;
  if (table.columnsWithoutEquality.length > 0)
    return `alter table ${relation} add column pgm_id bigint generated always as identity primary key;\n-- it rewrites the table under an exclusive lock; an index over existing columns is better where one is unique`;
  return `alter table ${relation} replica identity full;\n-- better: a primary key`;
}
