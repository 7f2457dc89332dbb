import { relationKey, shownName, type RelationKey } from '../postgres/relation-key.js';
import { isRecord } from './outside.js';

/**
 * Which table of the target was brought from which table of the source, and likewise columns and sequences: by what the
 * catalogs know them by, which a rename keeps. Replication goes by names, and names can be swapped.
 */
export interface Pairs {
  readonly tables: readonly TablePair[];
  readonly sequences: readonly SequencePair[];
}

/** Oids. */
export interface SequencePair {
  readonly source: string;
  readonly target: string;
}

export interface TablePair extends SequencePair {
  /** Numbers of the columns (attnum). */
  readonly columns: readonly ColumnPair[];
}

export interface ColumnPair {
  readonly source: number;
  readonly target: number;
}

/** A table or sequence as a catalog has it now. */
export interface Shape {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'sequence';
  readonly columns: readonly ShapeColumn[];
}

export interface ShapeColumn {
  readonly number: number;
  readonly name: string;
}

export interface BothShapes {
  readonly source: readonly Shape[];
  readonly target: readonly Shape[];
}

/** Under one name on both sides, and not one from the other. */
export interface Crossing {
  readonly kind: 'table' | 'sequence' | 'column';
  readonly schema: string;
  readonly name: string;
  readonly column: string | null;
  /** What the target has of it bears this name on the source now; null: that is gone there. */
  readonly belongsTo: string | null;
  /** The target's table came from none: it was made there, and has the name of the one that was brought. */
  readonly remade?: true;
}

/**
 * What is known stays: of a table as long as the source has it, of a column as long as either side has it, since one
 * that is made again under its name is another. What both sides have under one name, and neither had before, is a pair.
 * @param renewed tables that are copied again: theirs are forgotten
 */
export function pairUp(known: Pairs | null, now: BothShapes, renewed: ReadonlySet<RelationKey>): Pairs {
  const [source, target] = [of(now.source, 'table'), of(now.target, 'table')];
  const again = (shapes: readonly Shape[]): ReadonlySet<string> =>
    new Set(shapes.filter(shape => renewed.has(relationKey(shape))).map(({ oid }) => oid));
  const [anewHere, anewThere] = [again(source), again(target)];
  const kept = (known?.tables ?? []).filter(pair => !anewHere.has(pair.source) && !anewThere.has(pair.target));
  const [here, there] = [byOid(source), byOid(target)];
  return {
    tables: pairs(kept, source, target).map(pair => ({
      ...pair,
      columns: pairColumns(
        kept.find(each => each.source === pair.source)?.columns ?? [],
        here.get(pair.source)?.columns ?? [],
        there.get(pair.target)?.columns ?? [],
      ),
    })),
    sequences: pairs(known?.sequences ?? [], of(now.source, 'sequence'), of(now.target, 'sequence')),
  };
}

/** What goes by one name on both sides though each was paired with something else. */
export function crossings(known: Pairs, now: BothShapes): readonly Crossing[] {
  const [source, target] = [of(now.source, 'table'), of(now.target, 'table')];
  const there = byOid(target);
  const twins = new Map(known.tables.map(pair => [pair.source, pair]));
  return [
    ...crossed('table', known.tables, source, target),
    ...source.flatMap(table => {
      const pair = twins.get(table.oid);
      const other = pair === undefined ? undefined : there.get(pair.target);
      return pair === undefined || other === undefined ? [] : crossedColumns(pair, table, other);
    }),
    ...crossed('sequence', known.sequences, of(now.source, 'sequence'), of(now.target, 'sequence')),
  ];
}

function crossed(
  kind: 'table' | 'sequence',
  known: readonly SequencePair[],
  source: readonly Shape[],
  target: readonly Shape[],
): readonly Crossing[] {
  const fromSource = new Map(known.map(pair => [pair.source, pair.target]));
  const fromTarget = new Map(known.map(pair => [pair.target, pair.source]));
  const named = new Map(target.map(shape => [relationKey(shape), shape]));
  const here = byOid(source);
  return source.flatMap(({ oid, schema, name }): Crossing[] => {
    const other = named.get(relationKey({ schema, name }));
    const of = other === undefined ? undefined : fromTarget.get(other.oid);
    // One that neither side knew of before is somebody else's question.
    if (other === undefined || of === oid || !fromSource.has(oid)) return [];
    // A sequence has no rows: its value is set by its name.
    if (of === undefined)
      return kind === 'table' ? [{ kind, schema, name, column: null, belongsTo: null, remade: true }] : [];
    const now = here.get(of);
    return [{ kind, schema, name, column: null, belongsTo: now === undefined ? null : shownName(now) }];
  });
}

/** One that was dropped and made again under its name has other values. */
function crossedColumns(pair: TablePair, source: Shape, target: Shape): readonly Crossing[] {
  const [fromSource, fromTarget] = columnMaps(pair.columns);
  const named = new Map(target.columns.map(({ name, number }) => [name, number]));
  const names = new Map(source.columns.map(({ name, number }) => [number, name]));
  return source.columns.flatMap(({ number, name }): Crossing[] => {
    const other = named.get(name);
    if (other === undefined) return [];
    const [there, here] = [fromSource.get(number), fromTarget.get(other)];
    if (there === other || (there === undefined && here === undefined)) return [];
    const { schema } = source;
    return [
      {
        kind: 'column',
        schema,
        name: source.name,
        column: name,
        belongsTo: here === undefined ? null : (names.get(here) ?? null),
      },
    ];
  });
}

function pairs(known: readonly SequencePair[], source: readonly Shape[], target: readonly Shape[]): SequencePair[] {
  const alive = new Set(source.map(({ oid }) => oid));
  const kept = known.filter(pair => alive.has(pair.source));
  const [knownHere, knownThere] = [new Set(kept.map(pair => pair.source)), new Set(kept.map(pair => pair.target))];
  const named = new Map(target.map(shape => [relationKey(shape), shape.oid]));
  const added = source.flatMap((shape): SequencePair[] => {
    const other = named.get(relationKey(shape));
    return other === undefined || knownHere.has(shape.oid) || knownThere.has(other)
      ? []
      : [{ source: shape.oid, target: other }];
  });
  return [...kept.map(pair => ({ source: pair.source, target: pair.target })), ...added];
}

function pairColumns(
  known: readonly ColumnPair[],
  source: readonly ShapeColumn[],
  target: readonly ShapeColumn[],
): readonly ColumnPair[] {
  const [here, there] = [source, target].map(columns => new Set(columns.map(({ number }) => number)));
  const kept = known.filter(pair => here?.has(pair.source) === true || there?.has(pair.target) === true);
  const [fromSource, fromTarget] = columnMaps(kept);
  const named = new Map(target.map(({ name, number }) => [name, number]));
  const added = source.flatMap(({ number, name }): ColumnPair[] => {
    const other = named.get(name);
    return other === undefined || fromSource.has(number) || fromTarget.has(other)
      ? []
      : [{ source: number, target: other }];
  });
  return [...kept, ...added];
}

function columnMaps(
  columns: readonly ColumnPair[],
): readonly [fromSource: ReadonlyMap<number, number>, fromTarget: ReadonlyMap<number, number>] {
  return [
    new Map(columns.map(pair => [pair.source, pair.target])),
    new Map(columns.map(pair => [pair.target, pair.source])),
  ];
}

function of(shapes: readonly Shape[], kind: Shape['kind']): readonly Shape[] {
  return shapes.filter(shape => shape.kind === kind);
}

function byOid(shapes: readonly Shape[]): ReadonlyMap<string, Shape> {
  return new Map(shapes.map(shape => [shape.oid, shape]));
}

/** As it is stored, once for each database: short, since there can be a hundred thousand columns. */
export function pairsText({ tables, sequences }: Pairs): string {
  return JSON.stringify({
    tables: tables.map(({ source, target, columns }) => [
      source,
      target,
      columns.map(column => (column.source === column.target ? column.source : [column.source, column.target])),
    ]),
    sequences: sequences.map(({ source, target }) => [source, target]),
  });
}

/** What a target's table says, as input from outside; null: not as pgm writes it. */
export function parsePairs(value: unknown): Pairs | null {
  if (!isRecord(value) || !Array.isArray(value.tables) || !Array.isArray(value.sequences)) return null;
  const tables = value.tables.map(tablePair);
  const sequences = value.sequences.map(oidPair);
  return tables.every(each => each !== null) && sequences.every(each => each !== null) ? { tables, sequences } : null;
}

function oidPair(value: unknown): SequencePair | null {
  if (!Array.isArray(value)) return null;
  const [source, target] = value as readonly unknown[];
  return isOid(source) && isOid(target) ? { source, target } : null;
}

function tablePair(value: unknown): TablePair | null {
  const oids = oidPair(value);
  const [, , columns] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (oids === null || !Array.isArray(columns)) return null;
  const pairs = columns.map(columnPair);
  return pairs.every(each => each !== null) ? { ...oids, columns: pairs } : null;
}

function columnPair(value: unknown): ColumnPair | null {
  const [source, target] = Array.isArray(value) ? (value as readonly unknown[]) : [value, value];
  return isNumber(source) && isNumber(target) ? { source, target } : null;
}

function isOid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9]{1,10}$/.test(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 32_768;
}
