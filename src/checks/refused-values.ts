import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { movedTables } from '../inspect/moved-tables.js';
import type { RefusedValues } from '../inspect/needs/needs.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import type { Check, Seen } from './check.js';
import { differingResultSettings } from './result-settings.js';

export const refusedValues: Check = {
  code: 'PGM524',
  slug: 'refused-values',
  title: 'Values that the target refuses or reads differently',
  scope: 'any',
  why:
    'Some values are refused or read differently by the target although no constraint of the source says ' +
    'so: the name of an index in a column of type regclass, since indexes come after the rows; NULL in ' +
    'a child table whose parent says NOT NULL, which the child inherits when it is made again; money, ' +
    'which travels as text in the form of lc_monetary; names of roles in columns of type regrole or aclitem, ' +
    'where the spec brings no roles.',
  decided:
    'Columns of type regclass, and columns of inheritance children that may be NULL where their parents may ' +
    'not: one such value is looked for in tables up to 32 MB, for 0.3 s in each database. Columns of type ' +
    'money where lc_monetary of the two sides differs, or the target may not have the locale. Columns of type ' +
    'regrole and aclitem with `roles: skip`.',
  remedy:
    'update the rows on the source; for money, install the locale on the target ' +
    'or set lc_monetary of its database as on the source.',
  run: ({ spec, facts, source, target }) =>
    facts.databases.flatMap(database => [
      ...refused(database),
      ...(spec.roles === 'skip' ? namesRoles(database) : []),
      ...(source === null || target === null ? [] : money(database, source, target)),
    ]),
};

function refused(database: DatabaseFacts): Seen[] {
  const moved = new Set(movedTables(database).map(relationKey));
  return (database.foreseen?.refusedValues ?? [])
    .filter(({ schema, table }) => moved.has(relationKey({ schema, name: table })))
    .map(each => {
      const table = { schema: each.schema, name: each.table };
      return {
        severity: each.found === true ? ('error' as const) : ('warning' as const),
        server: 'source' as const,
        database: database.name,
        object: shownName(table),
        message: `column ${each.column} of ${shownName(table)} ${holds(each)}`,
        current: null,
        required: each.kind === 'index-name' ? 'no names of indexes' : 'no NULL',
        remedy: showRows(each, qualifiedName(table)),
      };
    });
}

function holds({ kind, parent, found }: RefusedValues): string {
  const does = found === true ? 'holds' : 'may hold';
  return kind === 'index-name'
    ? `${does} names of indexes, which come to the target after the rows`
    : `${does} NULL, and ${parent ?? 'its parent'} says NOT NULL: the target ` +
        'makes the child with that, and refuses the rows';
}

function showRows({ kind, column }: RefusedValues, table: string): string {
  const name = quoteIdentifier(column);
  const which =
    kind === 'index-name'
      ? `${name}::oid in (select oid from pg_class where relkind in ('i', 'I'))`
      : `${name} is null`;
  return `-- these rows; change or delete them:\nselect * from only ${table} where ${which};`;
}

/** Their values are names of roles: one that the target lacks is refused with its row. */
function namesRoles(database: DatabaseFacts): Seen[] {
  return movedTables(database).flatMap(table =>
    table.columns
      .filter(({ type }) => /^(regrole|aclitem)(\[\])*$/.test(type))
      .map(({ name, type }) => ({
        severity: 'warning' as const,
        server: 'target' as const,
        database: database.name,
        object: shownName(table),
        message:
          `column ${name} of ${shownName(table)} holds names of roles (${type}), which the spec does not migrate: the ` +
          'target refuses those that it lacks',
        current: null,
        required: 'the roles on the target',
        remedy:
          `-- these, on the source; make those that the target lacks:\n` +
          `select distinct ${quoteIdentifier(name)} from ${qualifiedName(table)};`,
      })),
  );
}

/** What pgm copies has one form on both sides; what is replicated has the form of the databases. */
function money(database: DatabaseFacts, source: ServerFacts, target: ServerFacts): Seen[] {
  const tables = movedTables(database).filter(({ columns }) => columns.some(({ type }) => /^money(\[\])*$/.test(type)));
  const [first] = tables;
  const differing = differingResultSettings(source, target, database.name).find(({ name }) => name === 'lc_monetary');
  if (first === undefined || differing === undefined) return [];
  const key = (locale: string): string => locale.toLowerCase().replaceAll('-', '');
  // pgm gives a database that it makes the source's, where the target has it.
  if (database.target === null && target.locales.some(locale => key(locale) === key(differing.source))) return [];
  return [
    {
      severity: 'error',
      server: 'target',
      database: database.name,
      object: shownName(first),
      message:
        `${shownName(first)} has a column of type money, and lc_monetary is ${differing.target} on the target ` +
        `and ${differing.source} on the source: amounts would be refused or read as others`,
      current: differing.target,
      required: differing.source,
      remedy:
        `alter database ${quoteIdentifier(database.name)} set lc_monetary to ` +
        `'${differing.target}';   -- on the source, when nobody reads amounts as text; else ` +
        `install the locale ${differing.source} on the target and set it there`,
    },
  ];
}
