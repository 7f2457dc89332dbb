import { relationKey, shownName } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

export const eventTriggers: Check = {
  code: 'PGM509',
  slug: 'event-triggers',
  title: 'Event triggers',
  scope: 'any',
  why:
    'An event trigger that is enabled on the target runs for every table and index that pgm makes, ' +
    "and may refuse it; on the source one may refuse pgm's own publication. One on login (17 on) runs at each " +
    'connection of pgm that may define something, and as a superuser pgm keeps it from the others; the first ' +
    'session of each command cannot know yet.',
  decided: 'Enabled event triggers that no extension owns, on both sides.',
  remedy: 'alter event trigger E disable; for the time of the migration.',
  run: ({ facts }) =>
    facts.databases.flatMap(({ name: database, source, target }) =>
      (
        [
          ['source', source],
          ['target', target],
        ] as const
      ).flatMap(([server, contents]): Seen[] =>
        (contents?.eventTriggers ?? [])
          .filter(({ enabled }) => enabled !== 'D')
          .map(({ name, event }): Seen => ({
            severity: server === 'target' || event === 'login' ? 'warning' : 'info',
            server,
            database,
            object: name,
            message:
              event === 'login'
                ? `event trigger ${name} runs when pgm connects to the ${server}, with the rights of its role there`
                : server === 'target'
                  ? `event trigger ${name} on the target runs for all that pgm makes`
                  : `event trigger ${name} is migrated too, and runs on the source when pgm publishes`,
            remedy: `alter event trigger ${quoteIdentifier(name)} disable;`,
          })),
      ),
    ),
};

export const alwaysTriggers: Check = {
  code: 'PGM510',
  slug: 'always-triggers',
  title: 'Triggers that fire for replicated rows',
  scope: 'continuous',
  why:
    'A trigger that is ENABLE ALWAYS or ENABLE REPLICA fires again on the target for every row ' +
    'that replication applies: what it did on the source is done twice.',
  decided:
    'Triggers with tgenabled A or R on tables in scope, on the source (they are migrated too) and on the target.',
  remedy:
    'alter table T enable trigger G; makes it fire for the own sessions only; or leave it when it is made for that.',
  run: ({ facts }) =>
    facts.databases.flatMap(database => {
      const moved = new Set(movedTables(database).map(relationKey));
      return (
        [
          ['source', database.source],
          ['target', database.target],
        ] as const
      ).flatMap(([server, contents]): Seen[] =>
        (contents?.tables ?? [])
          .filter(table => table.alwaysTriggers.length > 0 && moved.has(relationKey(table)))
          .flatMap(table =>
            table.alwaysTriggers.map((trigger): Seen => ({
              severity: 'warning',
              server,
              database: database.name,
              object: shownName(table),
              message: `trigger ${trigger} of ${shownName(table)} also fires for replicated rows on the target`,
              current: 'always or replica',
              required: 'origin',
              remedy: `alter table ${qualifiedName(table)} enable trigger ${quoteIdentifier(trigger)};`,
            })),
          ),
      );
    }),
};

export const notValid: Check = {
  code: 'PGM511',
  slug: 'not-valid-constraints',
  title: 'Constraints that are NOT VALID',
  scope: 'any',
  why:
    'Rows that are there already may violate them. They are made NOT VALID on the target too; ' +
    'a check constraint still refuses such a row when it is updated.',
  decided: 'convalidated of foreign keys, checks and (18 on) NOT NULL constraints of tables.',
  remedy: 'alter table T validate constraint C; shows whether rows violate it.',
  run: ({ facts }) =>
    facts.databases.flatMap(({ name: database, source }) => {
      const broken = new Set(
        source.violatedConstraints.map(({ schema, table, name }) => JSON.stringify([schema, table, name])),
      );
      return source.notValidConstraints.map(({ schema, table, name, kind }): Seen => ({
        severity: kind === 'foreign-key' ? 'info' : 'warning',
        server: 'source',
        database,
        object: shownName({ schema, name: table }),
        message:
          `constraint ${name} of ${shownName({ schema, name: table })} is NOT VALID: ` +
          `rows ${broken.has(JSON.stringify([schema, table, name])) ? 'violate' : 'may violate'} it`,
        current: 'not valid',
        required: 'valid',
        remedy: `alter table ${qualifiedName({ schema, name: table })} validate constraint ${quoteIdentifier(name)};`,
      }));
    }),
};
