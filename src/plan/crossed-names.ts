import type { DatabaseContents, DatabaseFacts } from '../inspect/facts.js';
import { relationKey } from '../postgres/relation-key.js';
import { crossings, pairsText, pairUp, type Crossing, type Shape } from '../state/pairs.js';

/**
 * Names that were swapped, on either side, since the rows were brought: changes went, or would go, from one table to
 * the copy of another. Only of what is migrated.
 */
export function crossedNames({ source, target }: DatabaseFacts): readonly Crossing[] {
  const pairs = target?.progress?.pairs;
  if (target === null || pairs === undefined) return [];
  const wanted = new Set(
    [...source.tables, ...source.sequences].filter(({ inScope }) => inScope).map(each => relationKey(each)),
  );
  // A table that pgm makes again is copied next.
  const copied = new Set((target.progress?.parts ?? []).map(relationKey));
  return crossings(pairs, { source: shapesOf(source), target: shapesOf(target) }).filter(
    each => wanted.has(relationKey(each)) && (each.remade !== true || copied.has(relationKey(each))),
  );
}

/** Tables, columns or sequences that have come on both sides, of which the record does not know that they belong together. */
export function hasNewPairs({ source, target }: DatabaseFacts): boolean {
  const progress = target?.progress ?? null;
  if (target === null || progress === null) return false;
  // An earlier version noted none.
  if (progress.pairs === undefined) return progress.parts.length > 0;
  const pairs = progress.pairs;
  const now = { source: shapesOf(source), target: shapesOf(target) };
  return pairsText(pairUp(pairs, now, new Set())) !== pairsText(pairs);
}

function shapesOf({ tables, sequences }: DatabaseContents): readonly Shape[] {
  return [
    ...tables.map(({ oid, schema, name, columns }): Shape => ({
      oid,
      schema,
      name,
      kind: 'table',
      columns: columns.flatMap(column =>
        column.number === undefined ? [] : [{ number: column.number, name: column.name }],
      ),
    })),
    ...sequences.flatMap(({ oid, schema, name }): Shape[] =>
      oid === undefined ? [] : [{ oid, schema, name, kind: 'sequence', columns: [] }],
    ),
  ];
}
