import type { DatabaseContents, DatabaseFacts } from '../inspect/facts.js';
import { relationKey } from '../postgres/relation-key.js';
import { crossings, type Crossing, type Shape } from '../state/pairs.js';

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
  return crossings(pairs, { source: shapesOf(source), target: shapesOf(target) }).filter(each =>
    wanted.has(relationKey(each)),
  );
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
