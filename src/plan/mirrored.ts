import type { DatabaseContents, DatabaseFacts, TableFacts } from '../inspect/facts.js';
import type { Definition, DefinitionDifference } from '../inspect/definitions/definition.js';
import { relationKey } from '../postgres/relation-key.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import type { CopyProgress } from '../state/progress.js';
import { tablesCopiedAgain } from './column-fates.js';
import { nameOf } from './database-lanes.js';
import { depthOf } from './remade-tables.js';
import { inScope, tableKey } from './target-only.js';
import { mixedCopies } from './table-identity.js';

/**
 * After a cutover the target is the side in use and the source is to be like it: the facts with the sides the other way
 * round, so that all that is decided of the way there is decided of the way back by the same rules. What stood on the
 * target before is nobody's business. Null: nothing leads back.
 */
export function mirrored(spec: Spec, database: DatabaseFacts, lockfile: Lockfile | null): DatabaseFacts | null {
  const known = cache.get(database);
  if (known?.changes === spec.schemaChanges && known.lockfile === lockfile) return known.turned;
  const turned = turn(spec, database, lockfile);
  cache.set(database, { changes: spec.schemaChanges, lockfile, turned });
  return turned;
}

/** Checks and planner ask for the same facts many times. */
const cache = new WeakMap<
  DatabaseFacts,
  { readonly changes: Spec['schemaChanges']; readonly lockfile: Lockfile | null; readonly turned: DatabaseFacts | null }
>();

function turn(spec: Spec, database: DatabaseFacts, lockfile: Lockfile | null): DatabaseFacts | null {
  const { source, target, definitions } = database;
  if (target === null) return null;
  const stood = new Set(lockfile?.cutover?.stood?.[database.name]);
  // One of the migration's that left the scope, by another name or schema, is there all the same, and not dropped.
  const migrated = new Set(inScope(source).map(({ oid }) => oid));
  const brought = new Set(
    target.progress?.pairs?.tables.filter(pair => migrated.has(pair.source)).map(pair => pair.target),
  );
  const own = new Set(inScope(target));
  const wish: DatabaseContents = {
    ...target,
    tables: target.tables.filter(table => (own.has(table) || brought.has(table.oid)) && !stood.has(tableKey(table))),
    progress: null,
  };
  const turned: DatabaseFacts = {
    ...database,
    source: wish,
    target: { ...source, progress: progressBack(database) },
    definitions:
      definitions?.kind !== 'compared'
        ? definitions
        : {
            kind: 'compared',
            differences: definitions.differences
              .filter(difference => !stoodOnTarget(difference, [...stood]))
              .map(turnedRound),
            histories: definitions.historiesBack ?? null,
            ...(definitions.fingerprints === undefined
              ? {}
              : {
                  fingerprints: { source: definitions.fingerprints.target, target: definitions.fingerprints.source },
                }),
          },
  };
  return { ...turned, remade: remadeBack(spec, turned) };
}

function turnedRound({ source, target, ...difference }: DefinitionDifference): DefinitionDifference {
  return { ...difference, source: target, target: source };
}

/** Of what stood on the target before the cutover and is none of the migration's, with all that belongs to it. */
export function stoodOnTarget(
  { identity, source }: Pick<DefinitionDifference, 'identity'> & { readonly source: Definition | null },
  keys: readonly string[],
): boolean {
  if (source !== null) return false;
  return keys
    .flatMap(key => /^(?:table \d+|sequence|materialized view|foreign table) (.*)$/su.exec(key)?.[1] ?? [])
    .some(name => ` ${identity} `.includes(` ${name} `) || identity.includes(`${name}.`));
}

/** Each table that the target was given, under the name that its twin on the source has now. */
function progressBack({ source, target }: DatabaseFacts): CopyProgress | null {
  const progress = target?.progress ?? null;
  if (progress === null) return null;
  const { tables, sequences } = progress.pairs ?? { tables: [], sequences: [] };
  const here = new Map(source.tables.map(table => [table.oid, table]));
  const there = new Map(target?.tables.map(table => [table.oid, table]));
  const paired = new Set(tables.map(pair => pair.source));
  // One that the reverse lane carries has its rows from there.
  const carried = new Set(Object.values(source.subscribedTables).flatMap(each => each.map(relationKey)));
  const alone = new Map(
    source.tables
      .filter(table => !paired.has(table.oid) && !carried.has(relationKey(table)))
      .map(table => [relationKey(table), table]),
  );
  const namedLike = (table: TableFacts | undefined): TableFacts | undefined =>
    table === undefined ? undefined : alone.get(relationKey(table));
  return {
    parts: tables.flatMap(pair => {
      // One that was dropped to come again, by a run that ended in between.
      const table = here.get(pair.source) ?? namedLike(there.get(pair.target));
      return table?.kind !== 'r' || !table.inScope
        ? []
        : [{ lane: 1, ...nameOf(table), sourceOid: pair.target, part: 0, parts: 1, rows: 0, bytes: 0 }];
    }),
    stages: progress.stages,
    lastSwitch: progress.lastSwitch,
    ...(progress.pairs === undefined
      ? {}
      : {
          pairs: {
            tables: tables.map(pair => ({
              source: pair.target,
              target: pair.source,
              columns: pair.columns.map(column => ({ source: column.target, target: column.source })),
            })),
            sequences: sequences.map(pair => ({ source: pair.target, target: pair.source })),
          },
        }),
  };
}

/** Also those that swapped names, into which rows of one another may have come. */
function remadeBack(spec: Spec, turned: DatabaseFacts): NonNullable<DatabaseFacts['remade']> {
  if (spec.schemaChanges === 'block') return [];
  const tables = tablesCopiedAgain(turned).map(({ table }) => table);
  const ordered = [...tables].sort((a, b) => depthOf(turned, b) - depthOf(turned, a));
  const again = [...ordered.map(nameOf), ...mixedCopies(turned)];
  return [...new Map(again.map(each => [relationKey(each), each])).values()];
}
