import { isInvalid } from '../inspect/selection.js';
import { shownName } from '../postgres/relation-key.js';
import { didYouMean } from '../did-you-mean.js';
import type { Check, CheckInput, Seen } from './check.js';

export const unmatchedNames: Check = {
  code: 'PGM111',
  slug: 'unmatched-names',
  title: 'Names in the spec that match nothing',
  scope: 'any',
  why:
    'A name that matches nothing is usually a typing error: what it should have ' +
    'left out would be moved, or what it should have brought would stay.',
  decided:
    'Each name under databases.include and exclude must be a database of the source that may be ' +
    'migrated, each pattern under databases.tables must match a table in some database.',
  remedy: 'Correct or remove the name in the spec.',
  run: ({ facts, source }) => {
    if (source === null) return [];
    const names = source.databases.map(({ name }) => name);
    const tables = facts.databases.flatMap(({ source: contents }) => contents.tables.map(shownName));
    return [
      ...facts.unmatched.databases.map(name =>
        unmatched(name, `no database "${name}" on the source that could be migrated`, names),
      ),
      ...facts.unmatched.tables.map(pattern =>
        unmatched(pattern, `the table pattern "${pattern}" matches no table`, tables),
      ),
    ];
  },
};

/** PostgreSQL keeps so many bytes of a name, unless it was built otherwise. */
const nameBytes = 63;

function unmatched(object: string, message: string, candidates: readonly string[]): Seen {
  const bytes = Buffer.from(object);
  const near =
    didYouMean(object, candidates) ??
    candidates.find(each => bytes.length > nameBytes && Buffer.from(each).equals(bytes.subarray(0, nameBytes)));
  return {
    severity: 'error',
    server: 'source',
    object,
    message,
    remedy:
      near === undefined
        ? 'Correct or remove the name in the spec.'
        : `Did you mean "${near}"? Correct or remove the name in the spec.`,
  };
}

export const nothingToMigrate: Check = {
  code: 'PGM112',
  slug: 'nothing-to-migrate',
  title: 'Databases to migrate',
  scope: 'any',
  why: 'With nothing to migrate, a run would succeed and move nothing.',
  decided:
    'The databases of the source, less templates, the ones that the provider keeps, ' +
    'the excluded, and postgres when nobody made anything in it.',
  remedy: 'Name the databases under databases.include, or check that the connection goes to the right server.',
  run: ({ facts, source }) => {
    if (
      source === null ||
      source.pooler !== null ||
      facts.unmatched.databases.length > 0 ||
      facts.unreadable.some(({ server }) => server === 'source')
    )
      return [];
    if (facts.databases.length === 0)
      return [
        {
          severity: 'error',
          server: 'source',
          message: 'the source has no database to migrate',
          remedy: nothingToMigrate.remedy,
        },
      ];
    return [
      {
        severity: 'ok',
        server: 'source',
        message: `to migrate: ${facts.databases.map(({ name }) => name).join(', ')}`,
      },
    ];
  },
};

export const unreadableDatabase: Check = {
  code: 'PGM113',
  slug: 'unreadable-database',
  title: 'Connection to each database',
  scope: 'any',
  why: 'A database that pgm cannot enter cannot be moved; leaving it out silently would lose it.',
  decided: 'pgm connects to each database that the spec asks for, on both servers.',
  remedy: 'Grant CONNECT on the database, let it in by pg_hba.conf, or leave it out: databases: {exclude: [NAME]}.',
  run: ({ facts, spec, target }) =>
    facts.unreadable.map(({ database, server, failure }) => {
      const user = spec[server].connection.user.replaceAll('"', '""');
      return {
        severity: 'error',
        server,
        database,
        object: database,
        message: `database "${database}" could not be read: ${failure.message}`,
        required: 'a connection',
        remedy: isLeftInvalid(target, server, database)
          ? `drop database "${database.replaceAll('"', '""')}";\n-- an ` +
            'interrupted DROP DATABASE left it; pgm makes it again'
          : failure.sqlstate === '42501'
            ? `grant connect on database "${database.replaceAll('"', '""')}" to "${user}";\n-- or leave it ` +
              `out, and the others go on: databases: {exclude: [${JSON.stringify(database)}]}`
            : 'Grant CONNECT on the database, let it in by pg_hba.conf, or leave it out: ' +
              `databases: {exclude: [${JSON.stringify(database)}]}.`,
      };
    }),
};

function isLeftInvalid(target: CheckInput['target'], server: 'source' | 'target', database: string): boolean {
  return server === 'target' && target?.databases.some(each => each.name === database && isInvalid(each)) === true;
}
