import { relationKey, shownName, type RelationKey } from '../postgres/relation-key.js';
import { movedTables } from '../inspect/moved-tables.js';
import { throughRoot } from '../inspect/through-root.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { goalBefore } from '../spec/spec.js';
import type { Check, CheckInput, Seen } from './check.js';
import { isOurs, migrationOf } from './check.js';
import { beginsReadOnly } from './read-only.js';

export const targetRows: Check = {
  code: 'PGM304',
  slug: 'target-rows',
  title: 'Rows in the tables of the target',
  scope: 'any',
  why:
    'Rows that are there already collide by their keys and stop the copy and the ' +
    'replication; in a table without a key they would stand there twice.',
  decided:
    'One row is looked for in each table of the target that the migration would fill. ' +
    'Tables that this migration fills itself do not count. `target_rows: allow` in the spec ' +
    'makes it a warning for tables that have a primary key.',
  remedy:
    'See whose rows they are. Where nobody needs them, truncate the tables on the target: the rows are lost ' +
    '(never those that another migration keeps in sync, and never after a cutover, when the target has the ' +
    'writes and the source is shut). Otherwise exclude the tables in the spec, or set target_rows: allow.',
  run: input => {
    const { target, facts } = input;
    if (target === null || wasFilled(input)) return [];
    const seen = facts.databases.flatMap(database =>
      filledByOthers(input, database).map(table => finding(input, database, table)),
    );
    return seen.length > 0 || facts.databases.length === 0
      ? seen
      : [{ severity: 'ok', server: 'target', message: 'the tables to fill are empty or not there yet' }];
  },
};

/** After `synced` the rows on the target are the migration's, even when its own record of the copy is gone. */
function wasFilled({ lockfile }: CheckInput): boolean {
  return lockfile?.reached !== undefined && lockfile.reached !== null && !goalBefore(lockfile.reached, 'synced');
}

function filledByOthers({ target: server, spec }: CheckInput, database: DatabaseFacts): readonly TableFacts[] {
  const { target } = database;
  if (target === null) return [];
  // A subscription of ours feeds the database: its rows are ours.
  if (server?.subscriptions.some(each => each.database === database.name && isOurs(each.name, spec.name)) === true)
    return [];
  const copied = new Set(target.progress?.parts.map(relationKey));
  const moved = new Set(movedTables(database).map(relationKey));
  const roots = throughRoot(database);
  const begunRoots = new Set([...copied].flatMap(key => roots.get(key) ?? []).map(relationKey));
  // Of partitions that are filled through their root, any may hold rows of those that were copied.
  const isOfThem = (key: RelationKey): boolean => {
    const root = roots.get(key);
    return copied.has(key) || (root !== undefined && begunRoots.has(relationKey(root)));
  };
  return target.tables.filter(
    table => table.hasRows === true && moved.has(relationKey(table)) && !isOfThem(relationKey(table)),
  );
}

function finding(input: CheckInput, database: DatabaseFacts, table: TableFacts): Seen {
  const { spec } = input;
  const other = otherMigration(input, database.name);
  const allowed = spec.targetRows === 'allow' && table.hasPrimaryKey;
  const risk = table.hasPrimaryKey
    ? 'a row with the same key stops the copy'
    : 'it has no primary key: rows would stand there twice';
  return {
    severity: allowed ? 'warning' : 'error',
    server: 'target',
    database: database.name,
    object: shownName(table),
    message: `${shownName(table)} holds rows on the target already; ${risk}`,
    current: 'rows',
    required: 'empty',
    ...(other === null
      ? { remedy: wayOut(input, database.name, table) }
      : {
          message:
            `${shownName(table)} holds rows that pgm’s migration ${other} ` +
            'replicates here: its subscription feeds this database',
          remedy:
            `-- do not truncate it: go on as that migration (name: ${other} in the ` +
            'spec), or end it first (pgm destroy with its spec)',
        }),
  };
}

/** After a switch whose record is lost, these are the rows in use: nothing that empties the table is named then. */
function wayOut({ source }: CheckInput, database: string, table: TableFacts): string {
  const listing = source?.databases.find(({ name }) => name === database);
  return listing !== undefined && beginsReadOnly(listing)
    ? `-- do not truncate it before you know whose rows these are: database ${database} of the source is read-only, as ` +
        'after a cutover, when the target has the writes. Where that is over: pgm destroy, and no further apply'
    : `truncate ${qualifiedName(table)};   -- the rows that are there now are lost: look at them first`;
}

/** Another migration's subscription, as after `name` was changed in the spec and the lockfile lost. */
function otherMigration({ target, spec }: CheckInput, database: string): string | null {
  const other = target?.subscriptions.find(
    each => each.database === database && migrationOf(each.name) !== null && !isOurs(each.name, spec.name),
  );
  return other === undefined ? null : migrationOf(other.name);
}
