import { relationKey, shownName } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import type { DatabaseFacts, ViolatedConstraint } from '../inspect/facts.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

export const violatedConstraints: Check = {
  code: 'PGM513',
  slug: 'violated-constraints',
  title: 'Rows that violate foreign keys or checks',
  scope: 'any',
  why:
    'Rows that came in while triggers were off (session_replication_role, DISABLE TRIGGER), or before a ' +
    'function of a check was changed, break a constraint that the source calls valid. The target looks at ' +
    'every row: it refuses the row, or the foreign key when all rows are there.',
  decided:
    'An error before the copy is over, and only a warning after it: replication applies such rows as they ' +
    'are. For foreign keys and checks of tables up to 32 MB, smallest first, for half a second in ' +
    'each database: one row that breaks them is looked for. What is made of functions, types or ' +
    'operators of users is not tried, since they would run with the rights of pgm; that is said. ' +
    'Those that are NOT VALID are reported by PGM511.',
  remedy:
    'Look at the rows, correct or delete them; or have the constraint NOT VALID on ' +
    'both sides: drop it and add it again with NOT VALID.',
  run: ({ facts, lockfile }) => {
    const inSync = lockfile !== null && lockfile.reached !== null && lockfile.reached !== 'prepared';
    return facts.databases.flatMap(database => [...broken(database, inSync), ...notLooked(database)]);
  },
};

/**
 * @param inSync the copy is over, with its constraints: what breaks them now came by replication, which looks at no key
 */
function broken(database: DatabaseFacts, inSync: boolean): readonly Seen[] {
  return constraintsOf(database, true).map((constraint): Seen => {
    const table = tableOf(constraint);
    if (inSync)
      return {
        severity: 'info',
        server: 'source',
        database: database.name,
        object: table,
        message:
          `rows of ${table} break its ${nameOf(constraint)} on the source; they came ` +
          'after the copy, and the target has them by replication',
        current: 'rows that break it',
        required: null,
        remedy: showRows(constraint),
      };
    return {
      severity: 'error',
      server: 'source',
      database: database.name,
      object: table,
      message: `rows of ${table} break its ${nameOf(constraint)}: the target will refuse them`,
      current: 'rows that break it',
      required: 'rows that keep it',
      remedy: showRows(constraint),
    };
  });
}

const shown = 5;

/** Silence would read as "nothing broken". */
function notLooked(database: DatabaseFacts): readonly Seen[] {
  const constraints = constraintsOf(database, false);
  if (constraints.length === 0) return [];
  const named = constraints.slice(0, shown).map(each => `${nameOf(each)} of ${tableOf(each)}`);
  const more = constraints.length > shown ? ` and ${constraints.length - shown} more` : '';
  return [
    {
      severity: 'info',
      server: 'source',
      database: database.name,
      message:
        `whether rows break ${named.join(', ')}${more} was not checked: it takes functions, ` +
        'types or operators of users, which would run with the rights of pgm',
      current: null,
      required: null,
    },
  ];
}

function constraintsOf(database: DatabaseFacts, looked: boolean): readonly ViolatedConstraint[] {
  const moved = new Set(movedTables(database).map(relationKey));
  return database.source.violatedConstraints.filter(
    each =>
      each.looked === looked && each.validated && moved.has(relationKey({ schema: each.schema, name: each.table })),
  );
}

function tableOf({ schema, table }: ViolatedConstraint): string {
  return shownName({ schema, name: table });
}

function nameOf({ kind, name }: ViolatedConstraint): string {
  return `${kind === 'foreign-key' ? 'foreign key' : 'check'} ${name}`;
}

function showRows({ schema, table, name, rowsQuery }: ViolatedConstraint): string {
  return [
    `-- these rows break ${quoteIdentifier(name)} of ${qualifiedName({ schema, name: table })}; correct or ` +
      'delete them, or have the constraint NOT VALID:',
    `${rowsQuery};`,
  ].join('\n');
}
