import type { Definition, DefinitionDifference, DefinitionKind } from '../../src/inspect/definitions/definition.js';
import type { ColumnFate } from '../../src/plan/column-fates.js';
import { followDefinition } from '../../src/plan/follow-definitions.js';

export type Parts = Readonly<Record<string, unknown>>;

/** Of table `a.t`. */
export function side(kind: DefinitionKind, identity: string, definition: string, parts: Parts = {}): Definition {
  return { kind, identity, definition, of: 'table a.t', parts };
}

export function differing(source: Definition | null, target: Definition | null): DefinitionDifference {
  const either = (source ?? target) as Definition;
  return { kind: either.kind, identity: either.identity, of: either.of, source, target };
}

/** What follows, one line a statement; null: left to people. */
export const statements = (
  difference: DefinitionDifference,
  others: readonly DefinitionDifference[] = [],
  fate?: ColumnFate,
): readonly string[] | null => {
  const found = followDefinition(difference, [difference, ...others], fate);
  if (found === null) return null;
  return found.map(
    ({ when, statement, destroys, alone }) =>
      `${when}${destroys ? ' (destroys)' : ''}${alone ? ' (alone)' : ''}: ${statement}`,
  );
};

/** Column `name` of `a.t`, an integer without anything else. */
export const column = (name: string, definition: string, parts: Parts = {}): Definition =>
  side('column', `a.t.${name}`, definition, {
    table: 'a.t',
    name,
    type: 'integer',
    collation: null,
    notNull: false,
    default: null,
    key: ['a', 't', name],
    generated: null,
    identity: null,
    child: false,
    missing: null,
    hasMissing: false,
    ...parts,
  });
