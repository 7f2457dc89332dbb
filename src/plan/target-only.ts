import type { ColumnFacts, DatabaseContents, DatabaseFacts, ServerFacts, TableFacts } from '../inspect/facts.js';
import { relationKey, shownName } from '../postgres/relation-key.js';

/** What the target has and the source has not, in words of the record of the cutover. */
export interface TargetOnly {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
}

/** A table in scope without one of its name on the source. By oid: one that is dropped and made again is another. */
export function tableKey(table: TableFacts): string {
  return `table ${table.oid} ${shownName(table)}`;
}

export function columnKey(table: TableFacts, { name, type }: ColumnFacts): string {
  return `column ${table.oid} ${shownName(table)} ${name} ${type}`;
}

/** Columns that the source's table lacks or has with another type. */
export function columnsOnlyThere(table: TableFacts, other: TableFacts): readonly ColumnFacts[] {
  const there = new Map(other.columns.map(column => [column.name, column.type]));
  return table.columns.filter(({ name, type }) => there.get(name) !== type);
}

/** Sequences, materialized views, foreign tables, schemas and extensions: by their names. */
export function othersOnlyThere(source: DatabaseContents, target: DatabaseContents): readonly TargetOnly[] {
  return [
    ...missing(
      'sequence',
      target.sequences.filter(({ inScope }) => inScope),
      source.sequences,
    ),
    ...missing('materialized view', target.materializedViews, source.materializedViews),
    ...missing('foreign table', target.foreignTables, source.foreignTables),
    ...unknown('schema', target.schemas, source.schemas),
    ...unknown(
      'extension',
      target.extensions.filter(({ name }) => name !== 'aiven_extras' && name !== 'plpgsql'),
      source.extensions,
    ),
  ];
}

/** What stands on the target before a cutover and is none of the migration's: a rollback need not bring it back. */
export function standingOnTarget({ source, target }: DatabaseFacts): readonly string[] {
  if (target === null) return [];
  const onSource = new Map(source.tables.map(table => [relationKey(table), table]));
  return [
    ...inScope(target).flatMap(table => {
      const other = onSource.get(relationKey(table));
      return other === undefined
        ? [tableKey(table)]
        : columnsOnlyThere(table, other).map(column => columnKey(table, column));
    }),
    ...othersOnlyThere(source, target).map(({ key }) => key),
  ].sort();
}

/** Under this name, which no database has, the record of a cutover has the target's own roles. */
export const ownRoles = '';

/** Roles of the target that the source lacks and that pgm does not make. */
export function rolesOnTarget(
  source: Pick<ServerFacts, 'roles'>,
  target: Pick<ServerFacts, 'roles'>,
): readonly string[] {
  const there = new Set(source.roles.map(({ name }) => name));
  return target.roles.map(({ name }) => name).filter(name => !there.has(name));
}

export function inScope({ tables }: DatabaseContents): readonly TableFacts[] {
  return tables.filter(table => table.inScope && table.persistence !== 't');
}

function missing(
  kind: string,
  there: readonly { readonly schema: string; readonly name: string }[],
  here: readonly { readonly schema: string; readonly name: string }[],
): readonly TargetOnly[] {
  const known = new Set(here.map(relationKey));
  return there.filter(each => !known.has(relationKey(each))).map(each => only(kind, shownName(each)));
}

function unknown(
  kind: string,
  there: readonly { readonly name: string }[],
  here: readonly { readonly name: string }[],
): readonly TargetOnly[] {
  const known = new Set(here.map(({ name }) => name));
  return there.filter(({ name }) => !known.has(name)).map(({ name }) => only(kind, name));
}

function only(kind: string, name: string): TargetOnly {
  return { key: `${kind} ${name}`, kind, name };
}
