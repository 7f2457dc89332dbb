import { shownName } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

export const schemaUsage: Check = {
  code: 'PGM404',
  slug: 'schema-usage',
  title: 'Right of the source role to use the schemas',
  scope: 'any',
  why: 'Without USAGE on a schema nothing in it can be read, whatever else is granted.',
  decided: 'has_schema_privilege for each schema that holds a table or sequence in scope.',
  remedy: 'grant usage on schema S to R;',
  run: ({ source, facts }) => {
    if (source === null) return [];
    return facts.databases.flatMap(database => {
      const used = new Set(
        [...movedTables(database), ...database.source.sequences.filter(({ inScope }) => inScope)].map(
          ({ schema }) => schema,
        ),
      );
      return database.source.schemas
        .filter(({ name, canUse }) => !canUse && used.has(name))
        .map(({ name }): Seen => ({
          severity: 'error',
          server: 'source',
          database: database.name,
          object: name,
          message: `role ${source.user.name} lacks USAGE on schema ${name}`,
          required: 'USAGE',
          remedy: `grant usage on schema ${quoteIdentifier(name)} to ${quoteIdentifier(source.user.name)};`,
        }));
    });
  },
};

export const tableSelect: Check = {
  code: 'PGM405',
  slug: 'table-select',
  title: 'Right of the source role to read every table',
  scope: 'any',
  why: 'A table that cannot be read cannot be copied; the copy would stop there.',
  decided: 'has_table_privilege(SELECT) for each table and partition in scope.',
  remedy: 'grant select on all tables in schema S to R; or, from 14 on: grant pg_read_all_data to R;',
  run: ({ source, facts }) => {
    if (source === null) return [];
    const seen = facts.databases.flatMap(database =>
      movedTables(database)
        .filter(({ canSelect }) => !canSelect)
        .map((table): Seen => ({
          severity: 'error',
          server: 'source',
          database: database.name,
          object: shownName(table),
          message: `role ${source.user.name} lacks SELECT on ${shownName(table)}`,
          required: 'SELECT',
          remedy: `grant select on ${qualifiedName(table)} to ${quoteIdentifier(source.user.name)};`,
        })),
    );
    return seen.length > 0 || facts.databases.length === 0
      ? seen
      : [{ severity: 'ok', server: 'source', message: 'every table can be read' }];
  },
};

export const sequenceSelect: Check = {
  code: 'PGM406',
  slug: 'sequence-select',
  title: 'Right of the source role to read every sequence',
  scope: 'any',
  why: 'A sequence whose value is not carried over begins again at 1, and the first insert after cutover collides.',
  decided: 'has_sequence_privilege(SELECT) for each sequence in scope.',
  remedy: 'grant select on all sequences in schema S to R;',
  run: ({ source, facts }) => {
    if (source === null) return [];
    const seen = facts.databases.flatMap(database =>
      database.source.sequences
        .filter(({ canSelect, inScope }) => inScope && !canSelect)
        .map((sequence): Seen => ({
          severity: 'error',
          server: 'source',
          database: database.name,
          object: shownName(sequence),
          message: `role ${source.user.name} lacks SELECT on sequence ${shownName(sequence)}`,
          required: 'SELECT',
          remedy: `grant select on sequence ${qualifiedName(sequence)} to ${quoteIdentifier(source.user.name)};`,
        })),
    );
    return seen.length > 0 || facts.databases.length === 0
      ? seen
      : [{ severity: 'ok', server: 'source', message: 'every sequence can be read' }];
  },
};

export const rowSecurity: Check = {
  code: 'PGM407',
  slug: 'row-security',
  title: 'Row-level security',
  scope: 'any',
  why:
    'A policy that hides rows from the role makes a copy that looks complete and is not. pgm reads ' +
    'with row_security=off, so the copy would stop with an error instead.',
  decided:
    'Tables in scope with row-level security, read by a role that is neither superuser nor ' +
    'BYPASSRLS, nor the owner of a table whose policies are not forced.',
  remedy: 'alter role R bypassrls;',
  run: ({ source, facts }) => {
    if (source === null || source.user.superuser || source.user.bypassrls) return [];
    return facts.databases.flatMap(database =>
      movedTables(database)
        .filter(table => table.rowSecurity && (!table.isOwner || table.rowSecurityForced))
        .map((table): Seen => ({
          severity: 'error',
          server: 'source',
          database: database.name,
          object: shownName(table),
          message: `row-level security applies to role ${source.user.name} on ${shownName(table)}`,
          current: 'policies apply',
          required: 'BYPASSRLS',
          remedy: `alter role ${quoteIdentifier(source.user.name)} bypassrls;`,
        })),
    );
  },
};
