import type { ColumnFacts, TableFacts } from './facts.js';
import { identityProblem, type LaneVersions, type TableKeys } from './replica-identity.js';
import type { TableRow } from './tables-sql.js';
import { hasEquality, isBinarySafe, type Types } from './types.js';

/**
 * A table while it is read: whether it is in scope and holds rows is found out after, and set in place to spare a copy
 * of each.
 */
export interface TableSeen extends Omit<TableFacts, 'inScope' | 'hasRows'> {
  inScope: boolean;
  hasRows: boolean | null;
}

/** A row of the query as facts. @param once gives one copy of each text that many rows share */
export function tableOf(
  row: TableRow,
  { columns, withoutEquality, generated }: Columns,
  lane: LaneVersions,
  once: (text: string) => string,
): TableSeen {
  const [kind, persistence, replicaIdentity] = row.letters as Iterable<string> as [
    TableSeen['kind'],
    TableSeen['persistence'],
    TableSeen['replicaIdentity'],
  ];
  const [
    isPartition,
    rowSecurity,
    rowSecurityForced,
    canSelect,
    canLock,
    isOwner,
    hasPrimaryKey,
    usablePrimaryKey,
    usableIdentityIndex,
  ] = row.flags.split(',').map(flag => flag === 't') as Flags;
  const { parentSchema, parentName } = row;
  const keys: TableKeys = {
    replicaIdentity,
    hasPrimaryKey,
    usablePrimaryKey,
    usableIdentityIndex,
    generatedInPrimaryKey: row.generatedInPrimaryKey ?? none,
    generatedInIdentityIndex: row.generatedInIdentityIndex ?? none,
    generatedColumns: generated,
    columnsWithoutEquality: withoutEquality,
  };
  return {
    oid: row.oid,
    schema: once(row.schema),
    name: row.name,
    kind,
    persistence,
    owner: once(row.owner),
    accessMethod: row.accessMethod === null ? null : once(row.accessMethod),
    isPartition,
    rowEstimate: row.rowEstimate,
    heapBytes: row.heapBytes,
    dataBytes: row.heapBytes + row.toastBytes,
    indexBytes: row.indexBytes ?? 0,
    indexCount: row.indexCount ?? 0,
    columns,
    ...keys,
    identityUsable: identityProblem(keys, lane) === null,
    rowSecurity,
    rowSecurityForced,
    canSelect,
    canLock,
    isOwner,
    extension: row.extension,
    extensionConfiguration: row.extensionConfiguration,
    alwaysTriggers: row.alwaysTriggers ?? none,
    ...(row.fence === null ? {} : { fence: row.fence === 'O' || row.fence === 'A' ? 'up' : 'disabled' }),
    foreignKeys: row.foreignKeys ?? 0,
    partitionOf: parentSchema === null || parentName === null ? null : { schema: once(parentSchema), name: parentName },
    partitionKey: row.partitionKey,
    partitionBound: row.partitionBound,
    identityCandidate: row.identityCandidate,
    tablespace: row.tablespace,
    definedAt: row.definedAt,
    inScope: row.extension === null,
    hasRows: null,
  };
}

type Flags = [boolean, boolean, boolean, boolean, boolean, boolean, boolean, boolean, boolean];

const none: readonly string[] = [];

/** One copy of each text that many rows share. */
export function interning(): (text: string) => string {
  const known = new Map<string, string>();
  return text => {
    const same = known.get(text);
    if (same === undefined) known.set(text, text);
    return same ?? text;
  };
}

/** A list of columns, and what is true of it in each table that has it. */
export interface Columns {
  readonly columns: readonly ColumnFacts[];
  readonly withoutEquality: readonly string[];
  readonly generated: readonly string[];
}

type ColumnTuple = [
  name: string,
  typeOid: string,
  type: string,
  notNull: boolean,
  generated: string,
  identity: string,
  number: number,
];

export const noColumns: Columns = { columns: [], withoutEquality: [], generated: [] };

export function columnsOf(text: string, types: Types, receiver: number): Columns {
  const tuples = JSON.parse(text) as ColumnTuple[];
  return {
    columns: tuples.map(([name, oid, type, notNull, generated, identity, number]) => ({
      name,
      number,
      type,
      notNull,
      generated: generated.trim(),
      identity: identity.trim(),
      binarySafe: isBinarySafe(types, oid, receiver),
    })),
    withoutEquality: tuples.filter(([, oid]) => !hasEquality(types, oid)).map(([name]) => name),
    generated: tuples.filter(([, , , , generated]) => generated.trim() !== '').map(([name]) => name),
  };
}
