import type { DefinitionDifference } from '../inspect/definitions/definition.js';
import type { DatabaseFacts } from '../inspect/facts.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Spec } from '../spec/spec.js';
import type { NotedColumns } from '../state/copied-parts.js';
import { definitions, shownStatement } from '../steps/definitions.js';
import type { Direction } from '../steps/mirrored-context.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { columnFates, tableOf, tableOfColumn, tablesCopiedAgain } from './column-fates.js';
import { followDefinition, type Followed } from './follow-definitions.js';
import { droppedTables, tableFates } from './table-identity.js';

export interface FollowedDifference {
  readonly difference: DefinitionDifference;
  readonly statements: readonly Followed[];
}

/** What the plan makes the same by itself; what is not in it is left to people. */
export function followedDifferences(spec: Spec, database: DatabaseFacts): readonly FollowedDifference[] {
  if (spec.schemaChanges === 'block' || database.definitions?.kind !== 'compared') return [];
  const { differences } = database.definitions;
  const fates = columnFates(database);
  const comesAgain = new Set<RelationKey>(tablesCopiedAgain(database).map(({ table }) => relationKey(table)));
  const dropped = differences.some(isOnTargetOnly) ? droppedTables(database) : new Set<RelationKey>();
  return differences.flatMap(difference => {
    const table = tableOf(difference);
    if (isOnTargetOnly(difference))
      return table !== null && dropped.has(table) ? [{ difference, statements: [dropTable(difference.identity)] }] : [];
    // All of it comes with the table.
    if (table !== null && comesAgain.has(table)) return [{ difference, statements: [] }];
    const fate = table === null ? undefined : fates.get(table);
    const statements = followDefinition(difference, differences, fate ?? { kind: 'unknown' });
    return statements === null ? [] : [{ difference, statements }];
  });
}

function isOnTargetOnly({ kind, source }: DefinitionDifference): boolean {
  return kind === 'table' && source === null;
}

/** Partitions may go with their parents. */
function dropTable(identity: string): Followed {
  return { when: 'caught up', statement: `drop table if exists ${identity}`, destroys: true };
}

export interface FollowingState {
  /** `back`: the facts are the other way round. */
  readonly direction: Direction;
  /** Owners and privileges are given by a superuser alone; without one they were not brought either. */
  readonly superuser: boolean;
  /**
   * Nobody sees the plan before it is carried out, but these statements, of an earlier one: what else may take values
   * away waits.
   */
  readonly approved: ReadonlySet<string> | undefined;
}

/** Before the lanes are waited for: what the next row may need. After it: what rows still on their way may violate. */
export function planFollowDefinitions(
  spec: Spec,
  database: DatabaseFacts,
  when: Followed['when'],
  { direction, superuser, approved }: FollowingState,
): readonly PlannedStep[] {
  const { renamed, stale } = tableFates(database);
  const comesAgain = new Set<RelationKey>(
    [...stale, ...renamed.flatMap(({ from, to }) => [from, to])].map(relationKey),
  );
  const due = followedDifferences(spec, database)
    .filter(({ difference }) => {
      const table = tableOf(difference);
      const isIn = isDue(difference, database) || (direction === 'back' && tablesMayNeed(difference));
      return isIn && (table === null || !comesAgain.has(table));
    })
    .filter(({ difference: { kind } }) => superuser || (kind !== 'owner' && kind !== 'privilege'))
    .filter(
      ({ statements }) =>
        approved === undefined ||
        statements.every(({ destroys, statement }) => !destroys || approved.has(shownStatement(statement))),
    )
    .map(({ difference, statements }) => ({
      difference,
      object: shownDefinition(difference),
      statements: statements.filter(each => (isDue(difference, database) ? each.when : 'now') === when),
    }));
  const acting = due.filter(({ statements }) => statements.length > 0);
  if (acting.length === 0) return [];
  return [
    planned(definitions, {
      database: database.name,
      direction,
      when,
      objects: acting.map(({ object }) => object),
      statements: acting.flatMap(({ statements }) => statements),
      noted: noted(
        due.map(({ difference }) => difference),
        database,
        when,
      ),
    }),
  ];
}

/**
 * Numbers of the columns that are the target's too from then on, or no more; of partitions, which come with the
 * parent's, as well.
 */
function noted(
  differences: readonly DefinitionDifference[],
  database: DatabaseFacts,
  when: Followed['when'],
): readonly NotedColumns[] {
  const fates = columnFates(database);
  const oids = new Map(database.source.tables.map(table => [relationKey(table), table.oid]));
  return differences.flatMap((difference): NotedColumns[] => {
    const table = tableOfColumn(difference);
    if (table === null) return [];
    const { source, target } = difference;
    const fate = fates.get(table);
    const oid = oids.get(table);
    if (fate?.kind !== 'known' || oid === undefined) return [];
    if (source !== null && target === null && when === 'now') {
      const [, , name = ''] = (source.parts?.['key'] ?? []) as readonly string[];
      if (fate.renamed.some(({ to }) => to === name)) return [];
      return [{ oid, columns: { [String(source.parts?.['number'])]: name } }];
    }
    if (source === null && when === 'caught up') {
      const [, , name = ''] = (target?.parts?.['key'] ?? []) as readonly string[];
      const number = fate.copied.get(name);
      return number === undefined || fate.renamed.some(({ from }) => from === name)
        ? []
        : [{ oid, columns: { [number]: null } }];
    }
    return [];
  });
}

/**
 * While tables are still to come, or to be renamed, all but what rows need waits for the next plan: it may come with
 * them.
 */
export function isDue(
  { kind, source, target }: DefinitionDifference,
  { definitions: compared }: DatabaseFacts,
): boolean {
  const tablesCome =
    compared?.kind === 'compared' && compared.differences.some(each => each.kind === 'table' && each.target === null);
  return (
    !tablesCome || kind === 'column' || (kind === 'table' && source === null) || (kind === 'type' && target !== null)
  );
}

/** Tables that come may need it: of the way there they come with it, out of the same archive. */
function tablesMayNeed({ kind, target }: DefinitionDifference): boolean {
  return target === null && ['schema', 'extension', 'type', 'sequence', 'function'].includes(kind);
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
