import type { Change } from '../checks/finding.js';
import { differingResultSettings } from '../checks/result-settings.js';
import { databaseProperties } from '../copy/database-statements.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { missingRoles } from '../inspect/missing-roles.js';
import { ownedBy } from '../state/lineage.js';
import { constraints } from '../steps/constraints.js';
import { database as databaseKind, databaseSettings } from '../steps/database.js';
import { extension } from '../steps/extension.js';
import { indexes } from '../steps/indexes.js';
import { replicaIdentity } from '../steps/replica-identity.js';
import { schema } from '../steps/schema.js';
import { relationKey } from '../postgres/relation-key.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { leftOutSequences, nameOf } from './database-lanes.js';
import type { DatabaseState, DatabaseStateInput } from './database-state.js';

/**
 * What has to be there before a lane can be made: identities and extensions that findings ask for, and the database.
 */
export function planDatabaseItself(
  input: DatabaseStateInput & { readonly changes: readonly Change[] },
  { stages }: DatabaseState,
): readonly PlannedStep[] {
  const { changes } = input;
  return [
    ...changes.flatMap(change => (change.kind === 'replica-identity' ? [planned(replicaIdentity, change)] : [])),
    ...extensionsFor(changes, 'source').map(change => planned(extension, change)),
    ...(stages.has('schema') ? [] : [planned(databaseKind, databaseInput(input))]),
    ...extensionsFor(changes, 'target').map(change => planned(extension, change)),
  ];
}

/** The way there and the way back may ask for the same one. */
function extensionsFor(
  changes: readonly Change[],
  server: 'source' | 'target',
): readonly Extract<Change, { kind: 'extension' }>[] {
  const asked = changes.filter(change => change.kind === 'extension').filter(change => change.server === server);
  return asked.filter((change, index) => asked.findIndex(({ name }) => name === change.name) === index);
}

/** Definitions that come before the data; they are read again where only those that come after it are missing. */
export function planSchema(database: DatabaseFacts, { stages, moved, added }: DatabaseState): readonly PlannedStep[] {
  if (stages.has('schema') && stages.has('indexes') && stages.has('constraints')) return [];
  const isMoved: ReadonlySet<TableFacts> = new Set(moved);
  const { tables, providersOwn } = database.source;
  const leftOut = tables.filter(
    table => !table.inScope || (table.kind === 'r' && !isMoved.has(table) && table.extension === null),
  );
  return [
    planned(schema, {
      database: database.name,
      tables: tables.length - leftOut.length,
      leftOut: leftOut.map(table => table.oid),
      leftOutSequences: leftOutSequences(database),
      sequencesWithoutOwner: database.source.sequences.filter(each => each.withoutOwner).map(relationKey),
      providersOwn,
      onlyRead: stages.has('schema'),
      added: added.map(nameOf),
    }),
  ];
}

/** Beside the copy, each when its table is in. */
export function planIndexes({ database, target }: DatabaseStateInput, state: DatabaseState): readonly PlannedStep[] {
  const { stages, copies, oneSnapshot } = state;
  if (stages.has('indexes')) return [];
  const count = sum(wantedTables(database).map(table => table.indexCount));
  return [
    planned(indexes, {
      database: database.name,
      indexes: count,
      duringCopy: copies,
      oneSnapshot,
      targetVersion: target.versionNum,
    }),
  ];
}

export function planConstraints(
  database: DatabaseFacts,
  { stages, oneSnapshot }: DatabaseState,
): readonly PlannedStep[] {
  if (stages.has('constraints')) return [];
  const foreignKeys = sum(wantedTables(database).map(table => table.foreignKeys));
  return [planned(constraints, { database: database.name, foreignKeys, whileStreaming: !oneSnapshot })];
}

/**
 * Only of a database that pgm makes: one that was there is its owner's. Nor after a switch, which shuts one side and
 * opens the other by their privileges: the source has explicit ones from then on, and the target must not be opened by
 * them.
 */
export function planDatabaseSettings(
  input: DatabaseStateInput & { readonly switched: boolean },
  { stages }: DatabaseState,
): readonly PlannedStep[] {
  const { exists, without: _, ...options } = databaseInput(input);
  const { spec, source, target } = input;
  // A run that was killed has marked it, and did not come to write down the stage.
  const mark = target.databases.find(each => each.name === input.database.name)?.comment;
  const isMade = !exists || stages.has('created') || ownedBy(mark, spec.name);
  if (stages.has('settings') || input.switched || !isMade) return [];
  const coming = spec.roles === 'copy' ? missingRoles(source, target) : [];
  const roles = [...new Set([...target.roles, ...coming].map(role => role.name))].sort();
  return databaseProperties(options.listing, options.owner, new Set(roles)).length > 0
    ? [planned(databaseSettings, { options, roles })]
    : [];
}

function databaseInput({
  spec,
  source,
  target,
  database,
}: DatabaseStateInput): Parameters<typeof databaseKind.describe>[0] {
  const onSource = source.databases.find(each => each.name === database.name);
  if (onSource === undefined) throw new TypeError(`database ${database.name} is not in the source's list`);
  // What the source's server gives every database, and the target's would not, becomes a setting of this one.
  const given = differingResultSettings(source, target, database.name).filter(
    ({ name }) => !onSource.roleSettings.some(({ role, setting }) => role === null && isOf(setting, name)),
  );
  const listing = {
    ...onSource,
    roleSettings: [
      ...onSource.roleSettings,
      ...given.map(({ name, source: value }) => ({ role: null, setting: `${name}=${value}` })),
    ],
  };
  const roles = new Set(target.roles.map(role => role.name));
  const ownerComes = spec.roles === 'copy' || roles.has(listing.owner);
  return {
    listing,
    owner: ownerComes ? listing.owner : null,
    targetVersion: target.versionNum,
    tablespaces: target.tablespaces.map(each => each.name),
    exists: target.databases.some(each => each.name === database.name),
    without: [
      ...(database.source.schemas.some(({ name }) => name === 'public') ? [] : ['schema public' as const]),
      ...(database.source.extensions.some(({ name }) => name === 'plpgsql') ? [] : ['extension plpgsql' as const]),
    ],
  };
}

function isOf(setting: string, name: string): boolean {
  return setting.toLowerCase().startsWith(`${name.toLowerCase()}=`);
}

/** Partitioned tables too: they have indexes and keys of their own. */
function wantedTables(database: DatabaseFacts): readonly TableFacts[] {
  return database.source.tables.filter(table => table.inScope);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + Math.max(0, number), 0);
}
