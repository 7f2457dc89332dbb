import type { TableFacts } from '../inspect/facts.js';
import { throughRoot } from '../inspect/through-root.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Relation } from '../replication/statements.js';
import type { Spec } from '../spec/spec.js';
import { copy } from '../steps/copy.js';
import { largeObjects } from '../steps/large-objects.js';
import { sequences } from '../steps/sequences.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { leftOutSequences, nameOf } from './database-lanes.js';
import type { DatabaseState, DatabaseStateInput } from './database-state.js';
import { copySeconds } from './estimate.js';

/** Sequences and large objects: before the tables, whose copy ends the snapshot. */
export function planSequencesAndLargeObjects(
  { database }: DatabaseStateInput,
  { copies }: DatabaseState,
): readonly PlannedStep[] {
  if (!copies) return [];
  const leftOut = leftOutSequences(database);
  const moving = database.source.sequences.length - leftOut.length;
  // Sequences of extensions are not listed, and set with the others.
  const ofExtensions = database.source.tables.some(table => table.extensionConfiguration);
  const objects = database.source.largeObjects;
  return [
    ...(moving > 0 || ofExtensions
      ? [planned(sequences, { database: database.name, sequences: moving, leftOut })]
      : []),
    ...(objects > 0 ? [planned(largeObjects, { database: database.name, objects })] : []),
  ];
}

/** The rows, one step for each new lane: a lane's tables come from its slot's snapshot. */
export function planCopies(
  { spec, database, jobs, method }: DatabaseStateInput & { readonly jobs: number },
  state: DatabaseState,
): readonly PlannedStep[] {
  const { newLanes, begun, arrived } = state;
  // What is replicated later comes into the partition of the same name.
  const roots = method === 'dump' ? throughRoot(database) : new Map<RelationKey, Relation>();
  const intoOf = (table: TableFacts): Relation | undefined => roots.get(relationKey(table));
  // A partition there may hold rows of each one here: all are emptied, or none.
  const begunRoots = new Set([...begun].flatMap(key => roots.get(key) ?? []).map(relationKey));
  const isBegun = (table: TableFacts): boolean => {
    const into = intoOf(table);
    return begun.has(relationKey(table)) || (into !== undefined && begunRoots.has(relationKey(into)));
  };
  return newLanes.map(({ lane, tables }, index) => {
    const bytes = sum(tables.map(table => table.dataBytes));
    return planned(copy, {
      database: database.name,
      lane,
      tables: tables.map(table => {
        const into = intoOf(table);
        return {
          ...nameOf(table),
          binary: isBinary(spec, table),
          fresh: isFresh(table, state),
          ...(into === undefined ? {} : { into }),
        };
      }),
      emptied: tables.filter(isBegun).map(nameOf),
      arrived: index === 0 ? arrived.map(nameOf) : [],
      last: index === newLanes.length - 1,
      bytes,
      rows: sum(tables.map(table => table.rowEstimate)),
      seconds: copySeconds(bytes, tables.length, jobs),
    });
  });
}

function isBinary(spec: Spec, table: TableFacts): boolean {
  if (spec.copy.format !== 'auto') return spec.copy.format === 'binary';
  return table.columns.every(column => column.binarySafe);
}

/** pgm made the table and nothing refers to it yet, so that it may be truncated and loaded with FREEZE. */
function isFresh(table: TableFacts, { stages, there, definitionsCame }: DatabaseState): boolean {
  if (stages.has('constraints')) return false;
  return !there.has(relationKey(table)) || definitionsCame;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + Math.max(0, number), 0);
}
