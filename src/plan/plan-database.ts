import { movedTables } from '../inspect/moved-tables.js';
import { relationKey } from '../postgres/relation-key.js';
import { databaseProperties } from '../copy/database-statements.js';
import type { Change } from '../checks/finding.js';
import { missingRoles } from '../inspect/missing-roles.js';
import type { DatabaseFacts, ServerFacts, TableFacts } from '../inspect/facts.js';
import { forwardRights, wayOf } from '../inspect/rights.js';
import { failsOver } from '../replication/failover.js';
import { laneName } from '../replication/names.js';
import type { Spec } from '../spec/spec.js';
import { analyze } from '../steps/analyze.js';
import { constraints } from '../steps/constraints.js';
import { copy } from '../steps/copy.js';
import { database as databaseKind, databaseSettings } from '../steps/database.js';
import { dropLane } from '../steps/drop-lane.js';
import { extension } from '../steps/extension.js';
import { indexes } from '../steps/indexes.js';
import { largeObjects } from '../steps/large-objects.js';
import { matviews } from '../steps/matviews.js';
import { publication } from '../steps/publication.js';
import { replicaIdentity } from '../steps/replica-identity.js';
import { schema } from '../steps/schema.js';
import { sequences } from '../steps/sequences.js';
import { slot } from '../steps/slot.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { subscription } from '../steps/subscription.js';
import { sync } from '../steps/sync.js';
import { begunTables, forwardLanes, isReplicated, leftOutSequences, type LaneFacts } from './database-lanes.js';
import { copySeconds } from './estimate.js';
import { laneFates } from './lane-fate.js';

export interface DatabasePlanInput {
  readonly spec: Spec;
  readonly method: 'continuous' | 'dump';
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly database: DatabaseFacts;
  /** Ids of steps that come before any of a database. */
  readonly after: readonly string[];
  readonly jobs: number;
  /** What findings about this database ask for. */
  readonly changes: readonly Change[];
  /** The lockfile says that every table streamed. */
  readonly synced: boolean;
  /** A switch was finished, as lockfile and target know together. */
  readonly switched: boolean;
  /** Apply errors of each lane that it has been seen to overcome. */
  readonly knownErrors: Readonly<Record<string, number>>;
}

/** A new lane and the tables it brings. Lane 0 has no slot. */
interface NewLane {
  readonly lane: number;
  readonly tables: readonly TableFacts[];
}

/** Steps that bring one database from where it is to `synced` (or copied, for the dump); none when it is there. */
export function planDatabase(input: DatabasePlanInput): readonly PlannedStep[] {
  const { spec, database, source, target, method } = input;
  const chain = new Chain(input.after);
  const stages = new Set(database.target?.progress?.stages ?? []);
  const there = new Set((database.target?.tables ?? []).map(relationKey));
  const tables = movedTables(database);
  const wanted = database.source.tables.filter(table => table.inScope);
  // Made on the source since the definitions were brought, or dropped on the target.
  const added = stages.has('schema') ? tables.filter(table => !there.has(relationKey(table))) : [];
  if (added.length > 0) for (const stage of ['schema', 'indexes', 'constraints', 'analyze']) stages.delete(stage);
  const lanes = method === 'continuous' ? forwardLanes(spec.name, database, source, target) : [];
  const { kept, dropped, finished, highest } = laneFates(lanes, database, method, source.snapshot);
  const addedKeys = new Set(added.map(relationKey));
  const unfinished = tables.filter(table => !finished.has(relationKey(table)) || addedKeys.has(relationKey(table)));
  const unfinishedKeys = new Set(unfinished.map(relationKey));
  const anythingKept = kept.length > 0 || (method === 'dump' && finished.size > 0);
  const copies = unfinished.length > 0 || !stages.has('copy') || (method === 'continuous' && kept.length === 0);
  const fresh = copies ? newLanes(input, unfinished, highest) : [];
  const failover = failsOver(spec.replication, source);
  const rights = forwardRights(spec, { source, target }, database);
  const name = (lane: number): string => laneName(spec.name, database.oid, lane);

  for (const change of input.changes)
    if (change.kind === 'replica-identity') chain.add(planned(replicaIdentity, change));
  for (const change of extensionsFor(input.changes, 'source')) chain.add(planned(extension, change));
  if (!stages.has('schema')) chain.add(planned(databaseKind, databaseInput(input)));
  for (const change of extensionsFor(input.changes, 'target')) chain.add(planned(extension, change));
  if (method === 'continuous') {
    for (const { lane, reason } of dropped)
      chain.add(planned(dropLane, { database: database.name, name: lane.name, direction: 'forward', reason }));
    for (const lane of kept) {
      const leaving = (lane.tables ?? []).filter(table => unfinishedKeys.has(relationKey(table)));
      if (leaving.length > 0)
        chain.add(
          planned(publication, {
            change: 'drop-tables',
            database: database.name,
            name: lane.name,
            tables: leaving,
            subscribed: lane.subscription?.enabled === true,
          }),
        );
    }
    for (const { lane, tables: its } of fresh) {
      const published = its
        .filter(table => isReplicated(table, spec.replicaIdentity.missing))
        .map(({ schema: s, name: n }) => ({ schema: s, name: n }));
      chain.add(
        planned(publication, {
          change: 'create',
          database: database.name,
          name: name(lane),
          tables: published,
          migration: spec.name,
          way: wayOf(rights.publishes),
        }),
      );
      chain.add(
        planned(slot, {
          database: database.name,
          name: name(lane),
          lane,
          replaces: false,
          sourceVersion: source.versionNum,
          failover,
        }),
      );
    }
  }
  const needsArchive = !stages.has('schema') || !stages.has('indexes') || !stages.has('constraints');
  if (needsArchive) {
    const moved: ReadonlySet<TableFacts> = new Set(tables);
    const leftOut = database.source.tables.filter(
      table => !table.inScope || (table.kind === 'r' && !moved.has(table) && table.extension === null),
    );
    chain.add(
      planned(schema, {
        database: database.name,
        tables: database.source.tables.length - leftOut.length,
        leftOut: leftOut.map(table => table.oid),
        leftOutSequences: leftOutSequences(database),
        providersOwn: database.source.providersOwn,
        onlyRead: stages.has('schema'),
        added: added.map(({ schema: s, name: n }) => ({ schema: s, name: n })),
      }),
    );
  }
  const leftOut = leftOutSequences(database);
  const moving = database.source.sequences.length - leftOut.length;
  if (copies && moving > 0) chain.add(planned(sequences, { database: database.name, sequences: moving, leftOut }));
  // Before the tables: their copy ends the snapshot.
  if (copies && database.source.largeObjects > 0)
    chain.add(planned(largeObjects, { database: database.name, objects: database.source.largeObjects }));
  const beforeCopy = chain.last;
  const begun = begunTables(database);
  fresh.forEach(({ lane, tables: its }, index) => {
    const bytes = sum(its.map(table => table.dataBytes));
    const emptied = its
      .filter(table => begun.has(relationKey(table)))
      .map(({ schema: s, name: n }) => ({ schema: s, name: n }));
    const arrived =
      index === 0
        ? tables
            .filter(table => finished.has(relationKey(table)))
            .map(({ schema: s, name: n }) => ({ schema: s, name: n }))
        : [];
    chain.add(
      planned(copy, {
        database: database.name,
        lane,
        tables: its.map(table => ({
          schema: table.schema,
          name: table.name,
          binary: isBinary(spec, table),
          fresh: isFresh(table, there, stages, database),
        })),
        emptied,
        arrived,
        last: index === fresh.length - 1,
        bytes,
        rows: sum(its.map(table => table.rowEstimate)),
        seconds: copySeconds(bytes, its.length, input.jobs),
      }),
    );
  });
  const afterCopy = chain.last;
  const oneSnapshot =
    method === 'dump' ||
    (kept.length === 0 && fresh.length <= 1) ||
    (kept.length === 1 && fresh.length === 0 && kept.every(lane => lane.subscription === null));
  let indexStep: string[] = [];
  if (!stages.has('indexes')) {
    const step = planned(
      indexes,
      {
        database: database.name,
        indexes: sum(wanted.map(table => table.indexCount)),
        duringCopy: copies,
        oneSnapshot,
        targetVersion: target.versionNum,
      },
      beforeCopy,
    );
    chain.addBeside(step);
    indexStep = [step.id];
  }
  chain.last = [...afterCopy, ...indexStep];
  const addConstraints = (): void => {
    if (!stages.has('constraints'))
      chain.add(
        planned(constraints, {
          database: database.name,
          foreignKeys: sum(wanted.map(table => table.foreignKeys)),
          whileStreaming: !oneSnapshot,
        }),
      );
  };
  if (oneSnapshot) addConstraints();
  if (method === 'continuous') {
    const versions = {
      sourceVersion: source.versionNum,
      targetVersion: target.versionNum,
      way: wayOf(rights.subscribes),
      failover,
    };
    for (const lane of kept) {
      if (lane.subscription === null)
        chain.add(
          planned(subscription, {
            change: 'create',
            database: database.name,
            name: lane.name,
            lane: lane.lane,
            ...versions,
          }),
        );
      else if (!lane.subscription.enabled)
        chain.add(planned(subscription, { change: 'enable', database: database.name, name: lane.name }));
    }
    for (const { lane } of fresh)
      chain.add(
        planned(subscription, { change: 'create', database: database.name, name: name(lane), lane, ...versions }),
      );
    const slots = [...kept.map(lane => lane.name), ...fresh.map(({ lane }) => name(lane))];
    if (
      slots.length > 0 &&
      (chain.steps.length > 0 || !input.synced || kept.some(lane => stands(lane, input.knownErrors)))
    )
      chain.add(planned(sync, { database: database.name, slots }));
  }
  if (!oneSnapshot) addConstraints();
  const populated = database.source.materializedViews.filter(view => view.populated);
  if ((copies || !stages.has('analyze')) && populated.length > 0)
    chain.add(
      planned(matviews, {
        database: database.name,
        views: populated.map(({ schema: s, name: n }) => ({ schema: s, name: n })),
      }),
    );
  if (!stages.has('analyze') || (copies && !anythingKept)) chain.add(planned(analyze, { database: database.name }));
  addSettings(input, chain, stages);
  return chain.steps;
}

/** The way there and the way back may ask for the same one. */
function extensionsFor(
  changes: readonly Change[],
  server: 'source' | 'target',
): readonly Extract<Change, { kind: 'extension' }>[] {
  const asked = changes.filter(change => change.kind === 'extension').filter(change => change.server === server);
  return asked.filter((change, index) => asked.findIndex(({ name }) => name === change.name) === index);
}

/** A worker that fails comes back every few seconds: that its slot is read at this moment says little where errors are counted (15 on). */
function stands({ name, slot, subscription }: LaneFacts, knownErrors: Readonly<Record<string, number>>): boolean {
  return slot?.active !== true || (subscription?.applyErrors ?? 0) > (knownErrors[name] ?? 0);
}

/** Largest first onto the lane with the fewest bytes. A database without tables still gets a lane: tables may come. */
function newLanes(
  { spec, method }: DatabasePlanInput,
  tables: readonly TableFacts[],
  highest: number,
): readonly NewLane[] {
  if (method === 'dump') return [{ lane: 0, tables }];
  const count = Math.max(1, Math.min(spec.replication.lanes, tables.length));
  const lanes = Array.from({ length: count }, (_, index) => ({
    lane: highest + 1 + index,
    bytes: 0,
    tables: [] as TableFacts[],
  }));
  for (const table of [...tables].sort((a, b) => b.dataBytes - a.dataBytes)) {
    const lightest = lanes.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    lightest.tables.push(table);
    lightest.bytes += table.dataBytes;
  }
  return lanes;
}

/**
 * Only of a database that pgm makes: one that was there is its owner's. Nor after a switch, which shuts one side and opens
 * the other by their privileges: the source has explicit ones from then on, and the target must not be opened by them.
 */
function addSettings(input: DatabasePlanInput, chain: Chain, stages: ReadonlySet<string>): void {
  const { exists, ...options } = databaseInput(input);
  if (stages.has('settings') || input.switched || (exists && !stages.has('created'))) return;
  const { spec, source, target } = input;
  const roles = [
    ...new Set(
      [...target.roles, ...(spec.roles === 'copy' ? missingRoles(source, target) : [])].map(role => role.name),
    ),
  ].sort();
  if (databaseProperties(options.listing, options.owner, new Set(roles)).length > 0)
    chain.add(planned(databaseSettings, { options, roles }));
}

function databaseInput({
  spec,
  source,
  target,
  database,
}: DatabasePlanInput): Parameters<typeof databaseKind.describe>[0] {
  const listing = source.databases.find(each => each.name === database.name);
  if (listing === undefined) throw new TypeError(`database ${database.name} is not in the source's list`);
  const roles = new Set(target.roles.map(role => role.name));
  const ownerComes = spec.roles === 'copy' || roles.has(listing.owner);
  return {
    listing,
    owner: ownerComes ? listing.owner : null,
    targetVersion: target.versionNum,
    tablespaces: target.tablespaces.map(each => each.name),
    exists: target.databases.some(each => each.name === database.name),
  };
}

function isBinary(spec: Spec, table: TableFacts): boolean {
  if (spec.copy.format !== 'auto') return spec.copy.format === 'binary';
  return table.columns.every(column => column.binarySafe);
}

/** pgm made the table and nothing refers to it yet, so that it may be truncated and loaded with FREEZE. */
function isFresh(
  table: TableFacts,
  there: ReadonlySet<string>,
  stages: ReadonlySet<string>,
  database: DatabaseFacts,
): boolean {
  if (stages.has('constraints')) return false;
  return !there.has(relationKey(table)) || database.target?.progress?.stages.includes('schema') === true;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + Math.max(0, number), 0);
}

/** Steps one after another. */
class Chain {
  readonly steps: PlannedStep[] = [];
  last: readonly string[];

  constructor(after: readonly string[]) {
    this.last = after;
  }

  add(step: PlannedStep): void {
    this.steps.push({ ...step, dependsOn: this.last });
    this.last = [step.id];
  }

  /** Runs beside the chain: it has dependencies of its own. */
  addBeside(step: PlannedStep): void {
    this.steps.push(step);
  }
}
