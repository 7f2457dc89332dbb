import type { Relation } from '../replication/statements.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { DatabaseFacts, TableFacts } from './facts.js';
import { movedTables } from './moved-tables.js';

/**
 * Partitions whose rows may fall into another partition on the target, with the partitioned table that finds it there:
 * the topmost whose key is judged otherwise on another server. Only where all its partitions come.
 */
export function throughRoot(database: DatabaseFacts): ReadonlyMap<RelationKey, Relation> {
  const known = cache.get(database);
  if (known !== undefined) return known;
  const found = partitionsThroughRoot(database);
  cache.set(database, found);
  return found;
}

const cache = new WeakMap<DatabaseFacts, ReadonlyMap<RelationKey, Relation>>();

function partitionsThroughRoot(database: DatabaseFacts): ReadonlyMap<RelationKey, Relation> {
  const apart = new Set(database.source.hashedApart.map(relationKey));
  if (apart.size === 0) return new Map();
  const tables = new Map(database.source.tables.map(table => [relationKey(table), table]));
  const topmost = (table: TableFacts): TableFacts | null => {
    const above = table.partitionOf === null ? undefined : tables.get(relationKey(table.partitionOf));
    if (above === undefined) return null;
    return topmost(above) ?? (apart.has(relationKey(above)) ? above : null);
  };
  const leaves = database.source.tables.flatMap(table => {
    const root = table.kind === 'p' ? null : topmost(table);
    return root === null ? [] : [{ table, root: relationKey(root), into: { schema: root.schema, name: root.name } }];
  });
  const moved = new Set(movedTables(database).map(relationKey));
  const cut = new Set(leaves.filter(({ table }) => !moved.has(relationKey(table))).map(({ root }) => root));
  return new Map(
    leaves.flatMap(({ table, root, into }) => (cut.has(root) ? [] : [[relationKey(table), into] as const])),
  );
}

/** The tables to compare: in the place of partitions whose rows may lie elsewhere, what has them all. */
export function comparedWhole<Table extends Relation & { readonly dataBytes: number; readonly rowEstimate: number }>(
  database: DatabaseFacts,
  tables: readonly Table[],
): readonly (Relation & { readonly dataBytes: number; readonly rowEstimate: number })[] {
  const roots = throughRoot(database);
  const whole = new Map<RelationKey, Relation & { dataBytes: number; rowEstimate: number }>();
  for (const table of tables) {
    const { schema, name } = roots.get(relationKey(table)) ?? table;
    const seen = whole.get(relationKey({ schema, name })) ?? { schema, name, dataBytes: 0, rowEstimate: 0 };
    seen.dataBytes += table.dataBytes;
    seen.rowEstimate += table.rowEstimate;
    whole.set(relationKey({ schema, name }), seen);
  }
  return [...whole.values()];
}
