import { relationKey, shownName } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import { tableFates, withFates } from '../plan/table-identity.js';
import { followedColumns } from '../plan/plan-follow-definitions.js';
import type { Check, Seen } from './check.js';

/**
 * Pairs of a table on the source and the one of that name on the target, once pgm has renamed there what the source
 * renamed.
 */
export function tablePairs(
  seen: DatabaseFacts,
): readonly { readonly source: TableFacts; readonly target: TableFacts }[] {
  const database = withFates(seen, tableFates(seen));
  const onTarget = new Map(database.target?.tables.map(table => [relationKey(table), table]));
  return movedTables(database).flatMap(source => {
    const target = onTarget.get(relationKey(source));
    return target === undefined ? [] : [{ source, target }];
  });
}

export const tableDefinitions: Check = {
  code: 'PGM306',
  slug: 'table-definitions',
  title: 'Columns of existing tables on the target',
  scope: 'any',
  why:
    'Rows go by column names. A column that the target lacks stops copy and ' +
    'replication; another type may refuse or change values.',
  decided:
    'For each table in scope that the target has: every column of the source by name, with the same type; ' +
    'a generated column must be generated on both. Their order does not matter.',
  remedy: 'Alter the table on the target, or drop it there and let pgm make it.',
  run: ({ target, facts, spec }) =>
    target === null
      ? []
      : facts.databases.flatMap(database => {
          const isFollowed = followedColumns(spec, database);
          return tablePairs(database).flatMap(({ source, target: there }) =>
            differences(
              database.name,
              { ...source, columns: source.columns.filter(column => !isFollowed(source, column.name)) },
              there,
            ),
          );
        }),
};

function differences(database: string, source: TableFacts, target: TableFacts): Seen[] {
  if (source.columns === target.columns) return [];
  const there = new Map(target.columns.map(column => [column.name, column]));
  const here = new Set(source.columns.map(({ name }) => name));
  const table = shownName(source);
  const seen = { server: 'target', database, object: table } as const;
  const missing = source.columns.flatMap((column): Seen[] => {
    const other = there.get(column.name);
    if (other === undefined) {
      return [
        {
          ...seen,
          severity: 'error',
          message: `${table} has no column ${column.name} on the target`,
          current: null,
          required: column.type,
          remedy: `alter table ${qualifiedName(source)} add column ${quoteIdentifier(column.name)} ${column.type};`,
        },
      ];
    }
    if ((column.generated === '') !== (other.generated === '')) {
      return [
        {
          ...seen,
          severity: 'error',
          message: `column ${column.name} of ${table} is generated on one side only: it would stay empty or be refused`,
          current: other.generated === '' ? 'plain' : 'generated',
          required: column.generated === '' ? 'plain' : 'generated',
          remedy:
            `drop table ${qualifiedName(source)};   -- with all rows that it ` +
            'has on the target; pgm makes it again',
        },
      ];
    }
    if (column.type !== other.type) {
      return [
        {
          ...seen,
          severity: 'warning',
          message: `column ${column.name} of ${table} is ${other.type} on the target and ${column.type} on the source`,
          current: other.type,
          required: column.type,
          remedy:
            `alter table ${qualifiedName(source)} alter ` +
            `column ${quoteIdentifier(column.name)} type ${column.type};`,
        },
      ];
    }
    return [];
  });
  const extra = target.columns
    .filter(({ name }) => !here.has(name))
    .map(({ name }): Seen => ({
      ...seen,
      severity: 'warning',
      message: `${table} has a column ${name} on the target that the source does not have`,
      current: name,
      required: null,
      remedy:
        `alter table ${qualifiedName(source)} drop column ${quoteIdentifier(name)};   -- its values are lost; one ` +
        'that has another name on the source is renamed instead',
    }));
  return [...missing, ...extra];
}

export const partitionLayout: Check = {
  code: 'PGM508',
  slug: 'partition-layout',
  title: 'Partitions of existing tables on the target',
  scope: 'any',
  why:
    'Partitions are copied and replicated one by one, under their own names. A table that is cut ' +
    'another way on the target lacks the partition that a row is sent to.',
  decided:
    'For each partitioned table that the target has: the same partition key, and each of its ' +
    'partitions there, with the same bounds. Not while pgm is still creating the definitions ' +
    'itself, and not a partition that was made since: pgm creates it.',
  remedy: 'Make the missing partition on the target, or drop the table there and let pgm make it.',
  run: ({ target, facts }) =>
    target === null
      ? []
      : facts.databases.flatMap(database => layoutDifferences(withFates(database, tableFates(database)))),
};

function layoutDifferences(database: DatabaseFacts): Seen[] {
  // Killed in the middle of the definitions: a partition is made first and attached by a later statement.
  const progress = database.target?.progress ?? null;
  if (progress !== null && !progress.stages.done.has('schema')) return [];
  const there = new Map(database.target?.tables.map(table => [relationKey(table), table]));
  // Made since the copy: pgm brings it with its rows, as any other table (PGM605).
  const comes = (table: TableFacts): boolean => progress !== null && table.inScope && table.persistence !== 't';
  const seen = { server: 'target', database: database.name } as const;
  return database.source.tables
    .filter(table => table.inScope && there.size > 0)
    .flatMap((table): Seen[] => {
      const other = there.get(relationKey(table));
      if (
        table.partitionOf !== null &&
        there.has(relationKey(table.partitionOf)) &&
        (other === undefined ? !comes(table) : other.partitionBound !== table.partitionBound)
      ) {
        const remedy =
          other === undefined
            ? `create table ${qualifiedName(table)} partition ` +
              `of ${qualifiedName(table.partitionOf)} ${table.partitionBound ?? ''};`
            : `drop table ${qualifiedName(table.partitionOf)};   -- with all rows ` +
              'that it has on the target; pgm makes it again';
        return [
          {
            ...seen,
            severity: 'error',
            object: shownName(table),
            message:
              `partition ${shownName(table)} of ${shownName(table.partitionOf)} ` +
              `is ${other === undefined ? 'not' : 'partitioned differently'} on the target`,
            current: other?.partitionBound ?? null,
            required: table.partitionBound,
            remedy,
          },
        ];
      }
      if (other !== undefined && (table.kind !== other.kind || table.partitionKey !== other.partitionKey)) {
        return [
          {
            ...seen,
            severity: 'error',
            object: shownName(table),
            message: `${shownName(table)} is partitioned differently on the target`,
            current: other.partitionKey ?? 'not partitioned',
            required: table.partitionKey ?? 'not partitioned',
            remedy:
              `drop table ${qualifiedName(table)};   -- with all rows that it ` +
              'has on the target; pgm makes it again',
          },
        ];
      }
      return [];
    });
}
