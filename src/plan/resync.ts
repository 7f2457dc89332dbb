import { shellWord } from '../shell-word.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { UserError } from '../errors.js';
import type { DatabaseFacts, Facts } from '../inspect/facts.js';
import { begunTables } from './database-lanes.js';
import { mixedCopies } from './table-identity.js';

/** A table that is copied again although it is there. */
export interface ResyncTable {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
}

/** More parts than a table ever has: it counts as begun, never as finished. */
export const neverFinished = 2_147_483_647;

/**
 * Finds the tables that the user names as `schema.table`, or `database:schema.table` where several databases have it.
 * @throws UserError of kind usage for a name that no table has, or more than one, or whose table was not copied yet
 */
export function findResyncTables(facts: Facts, names: readonly string[]): readonly ResyncTable[] {
  return names.map(name => {
    const found = facts.databases.flatMap(database =>
      database.source.tables.filter(table => isNamed(name, database, table)).map(table => ({ database, table })),
    );
    const [first] = found;
    if (first === undefined)
      throw new UserError(`--resync ${name}: no table of that name is migrated`, {
        kind: 'usage',
        code: 'PGM808',
        hint: 'write it as schema.table, each as it is in the catalog; a name with a dot may stand in double quotes',
      });
    if (found.length > 1)
      throw new UserError(`--resync ${name}: ${found.length} tables have that name`, {
        kind: 'usage',
        code: 'PGM808',
        hint:
          'say ' +
          `which: ${found.map(({ database, table }) => `--resync ${shellWord(`${database.name}:${shownName(table)}`)}`).join(', ')}`,
      });
    const { database, table } = first;
    if (!begunTables(database).has(relationKey(table)))
      throw new UserError(`--resync ${name}: it is not on the target yet`, {
        kind: 'usage',
        code: 'PGM808',
        hint: 'run `pgm apply`, which copies it',
      });
    return { database: database.name, schema: table.schema, name: table.name };
  });
}

function isNamed(
  name: string,
  database: DatabaseFacts,
  table: { readonly schema: string; readonly name: string; readonly kind: string },
): boolean {
  if (table.kind !== 'r') return false;
  return [[table.schema, table.name].join('.'), shownName(table)].some(
    plain => name === plain || name === `${database.name}:${plain}`,
  );
}

/** Tables that took one another's names while lanes were at work. */
export function mixedTables({ databases }: Facts): readonly ResyncTable[] {
  return databases.flatMap(database => mixedCopies(database).map(table => ({ database: database.name, ...table })));
}

/** The facts as they are once these tables are marked: what is planned on them is what will be done. */
export function markedForResync(facts: Facts, tables: readonly ResyncTable[]): Facts {
  if (tables.length === 0) return facts;
  const marked = new Set(tables.map(table => JSON.stringify([table.database, relationKey(table)])));
  const databases = facts.databases.map(database => {
    const progress = database.target?.progress ?? null;
    if (database.target === null || progress === null) return database;
    const parts = progress.parts.map(part =>
      marked.has(JSON.stringify([database.name, relationKey(part)])) ? { ...part, parts: neverFinished } : part,
    );
    return { ...database, target: { ...database.target, progress: { ...progress, parts } } };
  });
  return { ...facts, databases };
}
