import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import { crossedNames } from './crossed-names.js';
import { nameOf } from './database-lanes.js';

interface Relation {
  readonly schema: string;
  readonly name: string;
}

/** A table that the source calls otherwise than at its copy, or the target otherwise than the source. */
export interface RenamedTable {
  /** On the source. */
  readonly oid: string;
  /** Of the target's table. */
  readonly from: Relation;
  readonly to: Relation;
  /** False: the target's table has the new name already, only the record of the copy has not. */
  readonly alter: boolean;
  /** The target's table took another name, not the source's. */
  readonly onTarget?: true;
}

/** How the target's tables have to change so that each is the source's table of its name again. */
export interface TableFates {
  readonly renamed: readonly RenamedTable[];
  /** Copies of tables that the source no longer has, under names that other tables of the source have now. */
  readonly stale: readonly Relation[];
  /**
   * Copies whose rows may not be what the source's are since it was altered: they leave their lanes, and come again.
   */
  readonly remade: readonly Relation[];
}

/**
 * A table is what the source's catalog says it is: the record of the copy has its oid, which a rename, another schema
 * or a rewrite (VACUUM FULL, pg_repack) keep, and which a table dropped and made again, or swapped in, has not.
 * Records that were written without oids are taken by their name.
 */
export function tableFates(database: DatabaseFacts): TableFates {
  const records = copiedTables(database);
  const onSource = new Map(database.source.tables.map(table => [table.oid, table]));
  const sourceNames = new Set(database.source.tables.map(relationKey));
  const onTarget = new Set((database.target?.tables ?? []).map(relationKey));
  const recorded = new Set(records.map(relationKey));
  const moved = records.flatMap((record): RenamedTable[] => {
    const now = onSource.get(record.oid);
    if (now === undefined || relationKey(now) === relationKey(record)) return [];
    const [here, there] = [onTarget.has(relationKey(record)), onTarget.has(relationKey(now))];
    const renamed = { oid: record.oid, from: nameOf(record), to: nameOf(now) };
    if (here && (!there || recorded.has(relationKey(now)))) return [{ ...renamed, alter: true }];
    return !here && there && !recorded.has(relationKey(now)) ? [{ ...renamed, alter: false }] : [];
  });
  const taken = new Set(moved.map(({ to }) => relationKey(to)));
  const stale = records
    .filter(record => !onSource.has(record.oid) && onTarget.has(relationKey(record)))
    .filter(record => sourceNames.has(relationKey(record)) || taken.has(relationKey(record)))
    .map(nameOf);
  const back = moved.length === 0 ? renamedThere(database) : [];
  // One that swapped names too is copied again under its own.
  const gone = new Set([...stale, ...back.flatMap(({ from, to }) => [from, to])].map(relationKey));
  return {
    renamed: [...moved, ...back],
    stale,
    remade: (database.remade ?? []).filter(each => onTarget.has(relationKey(each)) && !gone.has(relationKey(each))),
  };
}

/**
 * Copies of tables that the source has dropped since, whose names nothing has taken; a partitioned table with its
 * partitions, which alone are known to have been copied.
 */
export function droppedTables(database: DatabaseFacts): ReadonlySet<RelationKey> {
  const there = database.target?.tables ?? [];
  const known = new Set(database.source.tables.map(({ oid }) => oid));
  const names = new Set(database.source.tables.map(relationKey));
  const { renamed, stale } = tableFates(database);
  const others = new Set([...stale, ...renamed.flatMap(({ from, to }) => [from, to])].map(relationKey));
  const isTaken = (key: RelationKey): boolean => names.has(key) || others.has(key);
  const dropped = new Set(
    copiedTables(database)
      .filter(({ oid }) => !known.has(oid))
      .map(relationKey)
      .filter(key => !isTaken(key)),
  );
  const partitions = (parent: Relation): readonly TableFacts[] =>
    there.filter(({ partitionOf }) => partitionOf !== null && relationKey(partitionOf) === relationKey(parent));
  const isDropped = (table: TableFacts): boolean => {
    const key = relationKey(table);
    if (table.kind === 'r') return dropped.has(key);
    const its = partitions(table);
    return !isTaken(key) && its.length > 0 && its.every(isDropped);
  };
  return new Set(there.filter(isDropped).map(relationKey));
}

/**
 * Tables of the target that took one another's names there. Where the source renamed some too, those come first: this
 * is seen again by the next run.
 */
function renamedThere(database: DatabaseFacts): readonly RenamedTable[] {
  const { source, target } = database;
  const crossed = new Set(crossedNames(database).flatMap(each => (each.kind === 'table' ? [relationKey(each)] : [])));
  if (target === null || crossed.size === 0) return [];
  const there = new Map(target.tables.map(table => [table.oid, table]));
  const here = new Map(source.tables.map(table => [table.oid, table]));
  const renamed = (target.progress?.pairs?.tables ?? []).flatMap((pair): RenamedTable[] => {
    const [original, copy] = [here.get(pair.source), there.get(pair.target)];
    if (original === undefined || copy === undefined || !crossed.has(relationKey(copy))) return [];
    return relationKey(original) === relationKey(copy)
      ? []
      : [{ oid: original.oid, from: nameOf(copy), to: nameOf(original), alter: true, onTarget: true }];
  });
  // A name that something else has now is given to nobody.
  const freed = new Set(renamed.map(({ from }) => relationKey(from)));
  const onTarget = new Set(target.tables.map(relationKey));
  return renamed.filter(({ to }) => freed.has(relationKey(to)) || !onTarget.has(relationKey(to)));
}

/**
 * Copies whose rows can be of two tables: the source sends changes under a table's new name, and where another copy of
 * a lane still has that name they were applied to it, without an error. So it is where columns swapped names, or one
 * was made again under its name. By the names that the records have.
 */
export function mixedCopies(database: DatabaseFacts): readonly Relation[] {
  const carried = new Set(
    Object.values(database.target?.subscribedTables ?? {}).flatMap(each => each.map(relationKey)),
  );
  const copied = new Set((database.target?.progress?.parts ?? []).map(relationKey));
  const mixed = [
    ...tableFates(database)
      .renamed.filter(({ alter, to, onTarget }) => alter && (onTarget === true || carried.has(relationKey(to))))
      .flatMap(({ from, to }) => [from, to]),
    ...crossedNames(database).flatMap(({ kind, schema, name }) => (kind === 'sequence' ? [] : [{ schema, name }])),
  ].filter(each => copied.has(relationKey(each)));
  return [...new Map(mixed.map(each => [relationKey(each), each])).values()];
}

/** The facts as they are once the target's tables are what the source's are. */
export function withFates(database: DatabaseFacts, { renamed, stale, remade }: TableFates): DatabaseFacts {
  const { target } = database;
  if (target === null || (renamed.length === 0 && stale.length === 0 && remade.length === 0)) return database;
  const names = new Map(renamed.map(({ from, to }) => [relationKey(from), to]));
  const records = new Map(renamed.map(({ oid, to }) => [oid, to]));
  const gone = new Set([...stale, ...remade].map(relationKey));
  const left = new Set(remade.map(relationKey));
  const follow = <T extends Relation>(relations: readonly T[]): T[] =>
    relations.filter(each => !gone.has(relationKey(each))).map(each => ({ ...each, ...names.get(relationKey(each)) }));
  const { progress } = target;
  const { source } = database;
  return {
    ...database,
    source:
      left.size === 0
        ? source
        : {
            ...source,
            publications: source.publications.map(publication => ({
              ...publication,
              tables: publication.tables.filter(table => !left.has(relationKey(table))),
            })),
          },
    target: {
      ...target,
      tables: follow(target.tables),
      subscribedTables: Object.fromEntries(
        Object.entries(target.subscribedTables).map(([name, tables]) => [name, follow(tables)]),
      ),
      progress:
        progress === null
          ? null
          : {
              ...progress,
              parts: progress.parts
                .filter(each => !gone.has(relationKey(each)))
                .map(part => ({ ...part, ...records.get(part.sourceOid ?? '') })),
            },
    },
  };
}

/** Each table of which rows were copied, with its oid on the source where that was written down. */
function copiedTables(database: DatabaseFacts): readonly (Relation & { readonly oid: string })[] {
  const tables = new Map<RelationKey, Relation & { readonly oid: string }>();
  for (const part of database.target?.progress?.parts ?? [])
    if (part.sourceOid !== null) tables.set(relationKey(part), { ...nameOf(part), oid: part.sourceOid });
  return [...tables.values()];
}
