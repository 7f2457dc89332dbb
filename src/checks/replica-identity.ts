import { shownName } from '../postgres/relation-key.js';
import { publishedTables } from '../inspect/moved-tables.js';
import type { DatabaseFacts, ServerFacts, TableFacts } from '../inspect/facts.js';
import { identityProblem, mayBeFull, type IdentityProblem, type LaneVersions } from '../inspect/replica-identity.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';

export const replicaIdentity: Check = {
  code: 'PGM501',
  slug: 'replica-identity',
  title: 'Replica identity of the tables',
  scope: 'continuous',
  why:
    'From the moment a table without one is published, every UPDATE and DELETE on it fails, on the ' +
    'source, in the application. It is the most damaging mistake of such a migration.',
  decided:
    'A primary key that is valid and not deferrable; or the index of REPLICA IDENTITY USING INDEX, when it ' +
    'is valid, unique, not partial, not deferrable and NOT NULL; or FULL, when the target finds rows by a ' +
    'primary key or all column types have equality. No column of the key may be generated, since ' +
    'replication does not carry those: with FULL on a source of 18 or newer, none of the table; with FULL ' +
    'on an older one, none of its primary key (nor any, where the target is older than 12.15, 13.11, 14.8 ' +
    'or 15.3). Partitions are checked one by one. What happens with the others is said under ' +
    'replica_identity.missing in the spec. With cutover.failback the same is asked of reverse replication, a ' +
    'warning until cutover is the goal.',
  remedy:
    'Add a primary key, name a unique index by REPLICA IDENTITY USING INDEX, or let pgm set REPLICA IDENTITY ' +
    'FULL (replica_identity: {missing: full}) or leave the table out of the replication (exclude).',
  run: input => {
    const { source, facts } = input;
    if (source === null || facts.databases.length === 0) return [];
    const lanes = lanesOf(input, source);
    const seen = facts.databases.flatMap(database =>
      publishedTables(database).flatMap((table): Seen[] => {
        const problem = identityProblem(table, lanes.there);
        const there = problem === null ? [] : [finding(input, lanes, database, table, problem)];
        // As it is, or as pgm makes it.
        const after = there[0]?.status === 'change' ? { ...table, replicaIdentity: 'f' as const } : table;
        if (lanes.back === null || there.some(({ severity }) => severity !== 'info')) return there;
        const later = identityProblem(after, lanes.back);
        return later === null ? there : [...there, backFinding(input, lanes, database, after, later)];
      }),
    );
    return seen.length > 0
      ? seen
      : [{ severity: 'ok', server: 'source', message: 'every table to publish has a replica identity' }];
  },
};

interface Lanes {
  readonly there: LaneVersions;
  /** null: no way back is asked for. */
  readonly back: LaneVersions | null;
  /** A remedy serves both ways. */
  readonly both: LaneVersions;
}

function lanesOf({ target, failback }: CheckInput, { versionNum }: ServerFacts): Lanes {
  const there = { publisher: versionNum, subscriber: target?.versionNum ?? versionNum };
  if (!failback) return { there, back: null, both: there };
  const { publisher, subscriber } = there;
  return {
    there,
    back: { publisher: subscriber, subscriber: publisher },
    both: { publisher: Math.max(publisher, subscriber), subscriber: Math.min(publisher, subscriber) },
  };
}

function finding(
  { spec, source }: CheckInput,
  { there, both }: Lanes,
  database: DatabaseFacts,
  table: TableFacts,
  problem: IdentityProblem,
): Seen {
  const name = shownName(table);
  const lacking = why(problem);
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
        remedy: remedy(table, both),
      };
    case 'full': {
      const mayAlter = source?.user.superuser === true || table.isOwner;
      if (!mayBeFull(table, there) || !mayAlter) break;
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
  const ways = mayBeFull(table, both)
    ? '-- or in the spec: replica_identity: {missing: full} (pgm sets it), or exclude (its later changes do not arrive)'
    : '-- or in the spec: replica_identity: {missing: exclude} (its later changes do not arrive)';
  return {
    ...seen,
    severity: 'error',
    // Nothing that the spec may allow makes it replicate as it is.
    status: mayBeFull(table, there) ? 'manual' : 'blocked',
    remedy: `${remedy(table, both)}\n${ways}`,
  };
}

/** The lane there works, the one back would not: the target is of a version that refuses what the source takes. */
function backFinding(
  { spec }: CheckInput,
  { both }: Lanes,
  database: DatabaseFacts,
  table: TableFacts,
  problem: IdentityProblem,
): Seen {
  const name = shownName(table);
  return {
    severity: spec.goal === 'cutover' ? 'error' : 'warning',
    server: 'source',
    database: database.name,
    object: name,
    message: `${name} ${why(problem)}: after the cutover, on the target, with the lane back to the source`,
    current: identityWords[table.replicaIdentity],
    required: 'a replica identity that reverse replication can use',
    remedy: `${remedy(table, both)}\n-- or go without reverse replication: cutover: {failback: false} in the spec`,
  };
}

const identityWords = { d: 'default', n: 'nothing', f: 'full', i: 'index' } as const;

function why(problem: IdentityProblem): string {
  switch (problem.kind) {
    case 'none':
      return 'has no primary key and no other replica identity';
    case 'nothing':
      return 'has REPLICA IDENTITY NOTHING';
    case 'not-usable-key':
      return 'has a primary key that is deferrable or not valid, so it is no replica identity';
    case 'not-usable-index':
      return 'has a replica identity index that is gone or not usable';
    case 'no-equality':
      return `has REPLICA IDENTITY FULL, and columns whose type has no equality (${problem.columns.join(', ')})`;
    case 'generated-key':
      return (
        `has a generated column in its ${problem.key === 'index' ? 'replica identity index' : 'primary key'} ` +
        `(${problem.columns.join(', ')}), which replication does not carry: no UPDATE or DELETE would find its ` +
        'row'
      );
    case 'generated-full':
      return (
        `has REPLICA IDENTITY FULL and generated columns (${problem.columns.join(', ')}): ` +
        'each UPDATE and DELETE fails from the moment it is published'
      );
    case 'generated-compared':
      return (
        `has REPLICA IDENTITY FULL and generated columns (${problem.columns.join(', ')}): the older ` +
        'side finds no row for an UPDATE or DELETE and drops it silently'
      );
  }
}

function remedy(table: TableFacts, versions: LaneVersions): string {
  const relation = qualifiedName(table);
  if (identityProblem({ ...table, replicaIdentity: 'd' }, versions) === null)
    return `alter table ${relation} replica identity default;`;
  if (table.identityCandidate !== null)
    return `alter table ${relation} replica identity using index ${quoteIdentifier(table.identityCandidate)};`;
  if (mayBeFull(table, versions))
    return (
      `alter table ${relation} replica identity full;\n-- better: a primary key; or let pgm do ` +
      'it, and put it back: replica_identity: {missing: full} in the spec'
    );
  const rewrites =
    '-- it rewrites the table under an exclusive lock; an index over existing columns is better where one is unique';
  if (!table.hasPrimaryKey)
    return (
      `alter table ${relation} add column pgm_id bigint generated always as identity ` +
      `primary key, replica identity default;\n${rewrites}`
    );
  const index = `${table.name.slice(0, 40)}_pgm_id`;
  return (
    `alter table ${relation} add column pgm_id bigint generated always as identity ` +
    `constraint ${quoteIdentifier(index)} unique;\nalter table ${relation} replica ` +
    `identity using index ${quoteIdentifier(index)};\n${rewrites}`
  );
}
