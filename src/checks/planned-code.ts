import { movedTables } from '../inspect/moved-tables.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

export const plannedCode: Check = {
  code: 'PGM423',
  slug: 'planned-code',
  title: 'Code of other roles that a comparison would run',
  scope: 'any',
  why:
    'While PostgreSQL plans a query over a table, whichever, it computes what expressions of its indexes, ' +
    'statistics and partition key call with constants alone, with the rights of whoever asks. Somebody who owns such ' +
    'a function would have it run with those of pgm. So these tables are copied whole, without a query, and ' +
    'not compared, before a switch either.',
  decided:
    'Index expressions and predicates, statistics and partition keys on the source that call a function in another ' +
    'language than C with constants alone, or one in SQL, which the planner puts in place of its call. The owner is ' +
    'no superuser, and not the role that pgm connects as.',
  remedy:
    'Look at the function; if it is to be trusted, let a superuser own it: alter function F owner to …. ' +
    'Or have the expression say the value instead of the call.',
  run: ({ spec, facts, source }) => {
    if (source === null || spec.verify === 'off') return [];
    return facts.databases.flatMap(database => {
      const moved = new Set(movedTables(database).map(relationKey));
      return database.source.plannedWithCode
        .filter(table => moved.has(relationKey(table)))
        .map(({ calls, ...table }): Seen => {
          const functions = [...new Map(calls.map(each => [each.function, each])).values()];
          return {
            severity: 'warning',
            server: 'source',
            database: database.name,
            object: shownName(table),
            message:
              `${shownName(table)} is copied and not compared: to plan a query over it would run ` +
              `${functions.map(each => `${each.function} of ${each.owner}`).join(', ')} as ${source.user.name}`,
            current: functions.map(each => each.owner).join(', '),
            required: 'a superuser',
            remedy: [
              // Its own role counts as well as a superuser.
              '-- when you have read what it does, as a superuser:',
              ...functions.map(
                each => `alter function ${each.function} owner to ${quoteIdentifier(source.user.name)};`,
              ),
            ].join('\n'),
          };
        });
    });
  },
};
