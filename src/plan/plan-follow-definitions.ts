import type { DefinitionDifference } from '../inspect/definitions/definition.js';
import type { DatabaseFacts } from '../inspect/facts.js';
import { relationKey } from '../postgres/relation-key.js';
import type { Spec } from '../spec/spec.js';
import { definitions } from '../steps/definitions.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { followDefinition, type Followed } from './follow-definitions.js';

export interface FollowedDifference {
  readonly difference: DefinitionDifference;
  readonly statements: readonly Followed[];
}

/** What the plan makes the same by itself; what is not in it is left to people. */
export function followedDifferences(spec: Spec, database: DatabaseFacts): readonly FollowedDifference[] {
  if (spec.schemaChanges === 'block' || database.definitions?.kind !== 'compared') return [];
  const { differences } = database.definitions;
  return differences.flatMap(difference => {
    const statements = followDefinition(difference, differences);
    return statements === null ? [] : [{ difference, statements }];
  });
}

export interface FollowingState {
  /** Copies that are dropped before: their tables come again with their definitions. */
  readonly stale: readonly { readonly schema: string; readonly name: string }[];
  /** Owners and privileges are given by a superuser alone; without one they were not brought either. */
  readonly superuser: boolean;
}

/** Before the lanes are waited for: what the next row may need. After it: what rows still on their way may violate. */
export function planFollowDefinitions(
  spec: Spec,
  database: DatabaseFacts,
  when: Followed['when'],
  { stale, superuser }: FollowingState,
): readonly PlannedStep[] {
  const comesAgain = new Set<string>(stale.map(relationKey));
  const due = followedDifferences(spec, database)
    .filter(({ difference }) => isDue(difference, database) && !comesAgain.has(tableOf(difference)))
    .filter(({ difference: { kind } }) => superuser || (kind !== 'owner' && kind !== 'privilege'))
    .map(({ difference, statements }) => ({
      object: shownDefinition(difference),
      statements: statements.filter(each => each.when === when),
    }))
    .filter(({ statements }) => statements.length > 0);
  if (due.length === 0) return [];
  return [
    planned(definitions, {
      database: database.name,
      when,
      objects: due.map(({ object }) => object),
      statements: due.flatMap(({ statements }) => statements),
    }),
  ];
}

/** While tables are still to come, or to be renamed, all but what rows need waits for the next plan: it may come with them. */
export function isDue({ kind, target }: DefinitionDifference, { definitions: compared }: DatabaseFacts): boolean {
  const tablesCome =
    compared?.kind === 'compared' && compared.differences.some(each => each.kind === 'table' && each.target === null);
  return !tablesCome || kind === 'column' || (kind === 'type' && target !== null);
}

/** The table of a column; '' for all else. */
function tableOf({ source, target }: DefinitionDifference): string {
  const [schema, name] = ((source ?? target)?.parts?.['key'] ?? []) as readonly string[];
  return schema === undefined || name === undefined ? '' : relationKey({ schema, name });
}

export function shownDefinition({ kind, identity }: Pick<DefinitionDifference, 'kind' | 'identity'>): string {
  return kind === 'other' ? identity : `${kind} ${identity}`;
}

/** Whether the plan gives the target that column of the source. */
export function followedColumns(
  spec: Spec,
  database: DatabaseFacts,
): (table: { readonly schema: string; readonly name: string }, column: string) => boolean {
  const keys = new Set(
    followedDifferences(spec, database).flatMap(({ difference: { kind, source } }) =>
      kind === 'column' && source !== null ? [JSON.stringify(source.parts?.['key'])] : [],
    ),
  );
  return ({ schema, name }, column) => keys.has(JSON.stringify([schema, name, column]));
}
