import { relationKey, shownName } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import type { ViolatedConstraint } from '../inspect/facts.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

export const violatedConstraints: Check = {
  code: 'PGM513',
  slug: 'violated-constraints',
  title: "The source's rows keep its foreign keys and checks",
  scope: 'any',
  why: 'Rows that came in while triggers were off (session_replication_role, DISABLE TRIGGER), or before a function of a check was changed, break a constraint that the source calls valid. The target looks at every row: it refuses the row, or the foreign key when all rows are there.',
  decided:
    'For foreign keys and checks of tables up to 32 MB, smallest first, for half a second in each database: one row that breaks them is looked for. Constraints that call functions of users are not tried, since they would run with the rights of pgm. Those that are NOT VALID are told by PGM511.',
  remedy:
    'Look at the rows, correct or delete them; or have the constraint NOT VALID on both sides: drop it and add it again with NOT VALID.',
  run: ({ facts }) =>
    facts.databases.flatMap(database => {
      const moved = new Set(movedTables(database).map(relationKey));
      return database.source.violatedConstraints
        .filter(({ schema, table, validated }) => validated && moved.has(relationKey({ schema, name: table })))
        .map((constraint): Seen => {
          const table = shownName({ schema: constraint.schema, name: constraint.table });
          const what = constraint.kind === 'foreign-key' ? 'foreign key' : 'check';
          return {
            severity: 'error',
            server: 'source',
            database: database.name,
            object: table,
            message: `rows of ${table} break its ${what} ${constraint.name}: the target will refuse them`,
            current: 'rows that break it',
            required: 'rows that keep it',
            remedy: showRows(constraint),
          };
        });
    }),
};

function showRows({ schema, table, name, rowsQuery }: ViolatedConstraint): string {
  return [
    `-- these rows break ${quoteIdentifier(name)} of ${qualifiedName({ schema, name: table })}; correct or delete them, or have the constraint NOT VALID:`,
    `${rowsQuery};`,
  ].join('\n');
}
