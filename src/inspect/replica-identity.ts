import type { TableFacts } from './facts.js';
import { has } from '../postgres/since.js';

/** What a server's catalogs say of a table's keys. */
export type TableKeys = Pick<
  TableFacts,
  | 'replicaIdentity'
  | 'hasPrimaryKey'
  | 'usablePrimaryKey'
  | 'usableIdentityIndex'
  | 'generatedInPrimaryKey'
  | 'generatedInIdentityIndex'
  | 'generatedColumns'
  | 'columnsWithoutEquality'
>;

/** Why UPDATE and DELETE of a table cannot be published, or not be applied. */
export type IdentityProblem =
  | { readonly kind: 'none' | 'nothing' | 'not-usable-key' | 'not-usable-index' }
  | { readonly kind: 'no-equality'; readonly columns: readonly string[] }
  /** A key column that replication does not carry; `fails` says where. */
  | { readonly kind: 'generated-key'; readonly key: 'primary key' | 'index'; readonly columns: readonly string[] }
  /** FULL names every column, and the publisher wants each published. */
  | { readonly kind: 'generated-full'; readonly columns: readonly string[] }
  /** The subscriber compares generated columns with the nulls that arrive for them, and finds no row. */
  | { readonly kind: 'generated-compared'; readonly columns: readonly string[] };

/** The two servers of a lane, as `server_version_num`. */
export interface LaneVersions {
  readonly publisher: number;
  readonly subscriber: number;
}

/** Of all majors: the first minor that leaves generated columns out of its comparison of whole rows. */
const ignoresGenerated: Readonly<Record<number, number>> = { 12: 15, 13: 11, 14: 8, 15: 3 };

/**
 * All that PostgreSQL asks of a replica identity, for a table that is defined alike on both sides.
 *
 * The publisher takes (RelationGetReplicaIndex) a primary key that is valid and not deferrable, or the identity index
 * while it is valid, unique, not partial and not deferrable, or FULL. From 18 on it refuses UPDATE and DELETE where the
 * identity has a generated column that is not published (CheckCmdReplicaIdentity): with FULL any generated column of
 * the table. To publish them (publish_generated_columns, 18, stored ones only) is no remedy: a subscriber refuses a
 * column that is generated on its side too.
 *
 * The subscriber (logicalrep_rel_mark_updatable) looks rows up by its own identity index, or its primary key, also
 * where the publisher's identity is FULL: each column of that key must have been sent, and a generated one never is.
 * Without such a key it compares whole rows (tuples_equal), so that each type needs an equality.
 */
export function identityProblem(table: TableKeys, { publisher, subscriber }: LaneVersions): IdentityProblem | null {
  switch (table.replicaIdentity) {
    case 'n':
      return { kind: 'nothing' };
    case 'd':
      if (!table.hasPrimaryKey) return { kind: 'none' };
      if (!table.usablePrimaryKey) return { kind: 'not-usable-key' };
      return generatedKey('primary key', table.generatedInPrimaryKey);
    case 'i':
      if (!table.usableIdentityIndex) return { kind: 'not-usable-index' };
      return generatedKey('index', table.generatedInIdentityIndex);
    case 'f':
      if (has(publisher, 'publishesGenerated') && table.generatedColumns.length > 0)
        return { kind: 'generated-full', columns: table.generatedColumns };
      if (table.generatedInPrimaryKey.length > 0) return generatedKey('primary key', table.generatedInPrimaryKey);
      if (table.usablePrimaryKey) return null;
      if (table.columnsWithoutEquality.length > 0)
        return { kind: 'no-equality', columns: table.columnsWithoutEquality };
      return table.generatedColumns.length > 0 && comparesGenerated(subscriber)
        ? { kind: 'generated-compared', columns: table.generatedColumns }
        : null;
  }
}

/** Whether REPLICA IDENTITY FULL would do for it. */
export function mayBeFull(table: TableKeys, versions: LaneVersions): boolean {
  return identityProblem({ ...table, replicaIdentity: 'f' }, versions) === null;
}

function generatedKey(key: 'primary key' | 'index', columns: readonly string[]): IdentityProblem | null {
  return columns.length === 0 ? null : { kind: 'generated-key', key, columns };
}

function comparesGenerated(versionNum: number): boolean {
  const major = Math.trunc(versionNum / 10_000);
  return versionNum % 10_000 < (ignoresGenerated[major] ?? 0);
}
