import type { DatabaseFacts, Facts } from '../inspect/facts.js';
import { relationKey } from '../postgres/relation-key.js';
import type { Spec } from '../spec/spec.js';
import type { RenamedColumn } from '../steps/tables.js';
import { columnFates, tablesCopiedAgain } from './column-fates.js';
import { nameOf } from './database-lanes.js';

/**
 * The facts with the tables that are to be copied again since they were altered; partitions come before their parents.
 */
export function withRemade(spec: Spec, facts: Facts): Facts {
  if (spec.schemaChanges === 'block') return facts;
  const databases = facts.databases.map(database => {
    const again = tablesCopiedAgain(database).map(({ table }) => table);
    if (again.length === 0) return database;
    const ordered = [...again].sort((a, b) => depthOf(database, b) - depthOf(database, a));
    return { ...database, remade: ordered.map(nameOf) };
  });
  return { ...facts, databases };
}

type Table = DatabaseFacts['source']['tables'][number];

/** How many partitioned tables are above it. */
export function depthOf({ source }: Pick<DatabaseFacts, 'source'>, { partitionOf }: Table): number {
  if (partitionOf === null) return 0;
  const above = source.tables.find(table => relationKey(table) === relationKey(partitionOf));
  return 1 + (above === undefined ? 0 : depthOf({ source }, above));
}

/** Columns that have a new name on the source and not yet on the target. Partitions' come with their parent's. */
export function renamedColumns(spec: Spec, database: DatabaseFacts): readonly RenamedColumn[] {
  if (spec.schemaChanges === 'block') return [];
  const fates = columnFates(database);
  const there = new Map((database.target?.tables ?? []).map(table => [relationKey(table), table]));
  return database.source.tables.flatMap(table => {
    const fate = fates.get(relationKey(table));
    const isPart = table.partitionOf !== null && there.has(relationKey(table.partitionOf));
    if (fate?.kind !== 'known' || !table.inScope || isPart) return [];
    const columns = new Set(there.get(relationKey(table))?.columns.map(({ name }) => name));
    return fate.renamed
      .filter(({ from, to }) => columns.has(from) && !columns.has(to))
      .map(({ from, to }) => ({ ...nameOf(table), from, to, noted: notesOf(database, table, from, to) }));
  });
}

/** A partition numbers its columns by itself. */
function notesOf(database: DatabaseFacts, table: Table, from: string, to: string): RenamedColumn['noted'] {
  const fates = columnFates(database);
  const isIn = (each: Table): boolean => {
    if (each === table) return true;
    const above = database.source.tables.find(
      one => each.partitionOf !== null && relationKey(one) === relationKey(each.partitionOf),
    );
    return above !== undefined && isIn(above);
  };
  return database.source.tables.filter(isIn).flatMap(each => {
    const fate = fates.get(relationKey(each));
    const number =
      fate?.kind === 'known' && each.kind === 'r'
        ? fate.renamed.find(renamed => renamed.from === from && renamed.to === to)?.number
        : undefined;
    return number === undefined ? [] : [{ oid: each.oid, columns: { [number]: to } }];
  });
}

/** With what their records know them by, which their rows came from. */
export function withOids<Table extends { readonly schema: string; readonly name: string }>(
  { target }: DatabaseFacts,
  tables: readonly Table[],
): readonly (Table & { readonly oid?: string })[] {
  const oids = new Map((target?.progress?.parts ?? []).map(part => [relationKey(part), part.sourceOid]));
  return tables.map(table => {
    const oid = oids.get(relationKey(table)) ?? null;
    return oid === null ? table : { ...table, oid };
  });
}
