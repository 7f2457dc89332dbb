import { shownName } from '../postgres/relation-key.js';
import { movedTables, publishedTables } from '../inspect/moved-tables.js';
import type { TableFacts } from '../inspect/facts.js';
import { comparedPerSecond } from '../copy/large-object-list.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import { formatBytes, formatSeconds, plural } from '../quantities.js';
import type { Check, Seen } from './check.js';
import { psql } from './command-lines.js';

/** Rows. Below, a scan of the whole table for each change is bearable. */
const manyRows = 10_000;

export const slowIdentity: Check = {
  code: 'PGM502',
  slug: 'slow-identity',
  title: 'Indexes for replicated updates and deletes',
  scope: 'continuous',
  why:
    'With REPLICA IDENTITY FULL and no usable index each UPDATE and DELETE scans the whole ' +
    'table on the target; a bulk change can put replication hours behind.',
  decided:
    `Published tables with more than ${manyRows} rows whose replica identity is FULL, or would become ` +
    'so by replica_identity: {missing: full}, and that have no primary key.',
  remedy: 'Add a primary key, or a unique index over NOT NULL columns and REPLICA IDENTITY USING INDEX.',
  run: ({ facts, spec }) =>
    facts.databases.flatMap(database =>
      publishedTables(database)
        .filter(
          table =>
            !table.hasPrimaryKey &&
            table.rowEstimate > manyRows &&
            (table.replicaIdentity === 'f' || (!table.identityUsable && spec.replicaIdentity.missing === 'full')),
        )
        .map((table): Seen => ({
          severity: 'warning',
          server: 'source',
          database: database.name,
          object: shownName(table),
          message:
            `${shownName(table)} (about ${plural(Math.round(table.rowEstimate), 'row')}) has no key ` +
            'to find rows by: each UPDATE and DELETE scans it on the target',
          current: 'full',
          required: 'a key',
          remedy: keyFor(table),
        })),
    ),
};

/** An index that may serve is there already, or a column is added that is the key. */
function keyFor(table: TableFacts): string {
  const relation = qualifiedName(table);
  if (table.identityCandidate !== null)
    return `alter table ${relation} replica identity using index ${quoteIdentifier(table.identityCandidate)};`;
  return (
    `alter table ${relation} add column pgm_id bigint generated always as identity primary key, ` +
    'replica identity default;   -- rewrites the table under an exclusive lock'
  );
}

export const unlogged: Check = {
  code: 'PGM503',
  slug: 'unlogged-tables',
  title: 'Unlogged tables',
  scope: 'continuous',
  why: 'Changes of unlogged tables are not in the WAL, so they are not replicated: their rows are copied once.',
  decided: 'relpersistence of the tables in scope.',
  remedy: 'alter table T set logged; when later changes matter.',
  run: ({ facts }) =>
    facts.databases.flatMap(database =>
      movedTables(database)
        .filter(({ persistence }) => persistence === 'u')
        .map((table): Seen => ({
          severity: 'warning',
          server: 'source',
          database: database.name,
          object: shownName(table),
          message: `${shownName(table)} is unlogged: its rows are copied once, later changes do not arrive`,
          current: 'unlogged',
          required: 'logged',
          remedy: `alter table ${qualifiedName(table)} set logged;   -- rewrites the table under an exclusive lock`,
        })),
    ),
};

export const foreignTables: Check = {
  code: 'PGM504',
  slug: 'foreign-tables',
  title: 'Foreign tables',
  scope: 'any',
  why:
    'Rows of a foreign table are elsewhere and do not move; after the migration it is the ' +
    'target server that must reach that place, with its own user mapping.',
  decided: 'Foreign tables in the databases in scope.',
  remedy: 'Check that the target reaches the foreign server.',
  run: ({ facts }) =>
    facts.databases.flatMap(({ name, source }): Seen[] =>
      source.foreignTables.length === 0
        ? []
        : [
            {
              severity: 'info',
              server: 'source',
              database: name,
              object: source.foreignTables.map(shownName).slice(0, 5).join(', '),
              message:
                `${count(source.foreignTables.length, 'foreign table')}: defined on ` +
                'the target too, their rows stay where they are',
            },
          ],
    ),
};

export const largeObjects: Check = {
  code: 'PGM505',
  slug: 'large-objects',
  title: 'Large objects',
  scope: 'continuous',
  why:
    'Large objects are not replicated. They are copied once, and what changed since is ' +
    'copied again during the cutover, within the write stop.',
  decided:
    'Rows of pg_largeobject_metadata, and the size of pg_largeobject: all of it is read in the write stop ' +
    'to find what has changed. A warning where that alone passes cutover.timeout.',
  remedy: 'Raise cutover.timeout, or move them into bytea columns, which are replicated.',
  run: ({ facts, spec }) =>
    facts.databases.flatMap(({ name, source }): Seen[] => {
      if (source.largeObjects === 0) return [];
      const seconds = source.largeObjectBytes / comparedPerSecond;
      const isLong = seconds * 1000 > spec.cutover.timeout;
      const stop =
        seconds < 0.05
          ? ''
          : `; looking for changes reads ${formatBytes(source.largeObjectBytes)} in the write stop, ` +
            `about ${formatSeconds(seconds)}${isLong ? ', which is more than cutover.timeout' : ''}`;
      return [
        {
          severity: isLong ? 'warning' : 'info',
          server: 'source',
          database: name,
          object: 'pg_largeobject',
          message:
            `${count(source.largeObjects, 'large object')}: copied once, ` +
            `changed ones again during the cutover${stop}`,
          ...(isLong
            ? {
                current: formatSeconds(seconds),
                required: `${formatSeconds(spec.cutover.timeout / 1000)} or less`,
                remedy: largeObjects.remedy,
              }
            : {}),
        },
      ];
    }),
};

export const materializedViews: Check = {
  code: 'PGM506',
  slug: 'materialized-views',
  title: 'Materialized views',
  scope: 'any',
  why: 'Their contents are not replicated; pgm refreshes them on the target once the data is there, not again later.',
  decided: 'Populated materialized views in the databases in scope.',
  remedy: 'Refresh them on the target after the cutover where they must be fresh.',
  run: ({ facts }) =>
    facts.databases.flatMap(({ name, source }): Seen[] => {
      const populated = source.materializedViews.filter(view => view.populated);
      return populated.length === 0
        ? []
        : [
            {
              severity: 'info',
              server: 'source',
              database: name,
              object: populated.map(shownName).slice(0, 5).join(', '),
              message: `${count(populated.length, 'materialized view')}: refreshed on the target after the copy`,
            },
          ];
    }),
};

export const generatedColumns: Check = {
  code: 'PGM518',
  slug: 'generated-columns',
  title: 'Generated columns',
  scope: 'continuous',
  why:
    'Their values are not replicated: the target computes each from the other columns. A function in ' +
    'the expression that is not as immutable as it says gives another value there.',
  decided: 'Generated columns of published tables, stored and virtual (18 on).',
  remedy: 'Nothing, where the expressions are immutable; pgm verify compares their values too.',
  run: ({ facts }) =>
    facts.databases.flatMap((database): Seen[] => {
      const names = publishedTables(database).flatMap(table =>
        table.columns
          .filter(({ generated }) => generated === 's' || generated === 'v')
          .map(column => `${shownName(table)}.${column.name}`),
      );
      return names.length === 0
        ? []
        : [
            {
              severity: 'info',
              server: 'source',
              database: database.name,
              object: names.slice(0, 5).join(', '),
              message: `${count(names.length, 'generated column')}: computed on the target`,
            },
          ];
    }),
};

export const extensionRows: Check = {
  code: 'PGM507',
  slug: 'extension-rows',
  title: "Rows in extensions' tables",
  scope: 'any',
  why:
    'Tables that belong to an extension are made by CREATE EXTENSION on the target; rows that users ' +
    'put in them are moved only where the extension calls them configuration.',
  decided:
    'Tables that are members of an extension, hold rows and are not among its configuration ' +
    'tables (pg_extension.extconfig), which pgm copies as pg_dump does.',
  remedy: 'COPY from the source to the target, for the rows that are yours.',
  run: ({ facts, spec, source, target }) =>
    facts.databases.flatMap(database =>
      database.source.tables
        .filter(
          table =>
            table.extension !== null && !table.extensionConfiguration && table.kind === 'r' && table.heapBytes > 0,
        )
        .map((table): Seen => ({
          severity: 'warning',
          server: 'source',
          database: database.name,
          object: shownName(table),
          message:
            `${shownName(table)} belongs to extension ${table.extension ?? ''} and holds rows, which are not ` +
            'moved',
          remedy:
            source === null || target === null
              ? extensionRows.remedy
              : '# when pgm has made the table on the ' +
                `target:\n${psql(spec, 'source', source, database.name, `copy ${qualifiedName(table)} to stdout`)} ` +
                `| ${psql(spec, 'target', target, database.name, `copy ${qualifiedName(table)} from stdin`)}`,
        })),
    ),
};

export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
