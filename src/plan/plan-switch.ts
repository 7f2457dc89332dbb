import { movedTables } from '../inspect/moved-tables.js';
import type { SwitchDatabase } from '../cutover/side.js';
import type { PlannedTables } from '../cutover/carried.js';
import type { DatabaseFacts, ServerFacts, TableFacts } from '../inspect/facts.js';
import { ownOf } from '../inspect/managed.js';
import { relationKey } from '../postgres/relation-key.js';
import { backRights, forwardRights, wayOf, type LaneRights } from '../inspect/rights.js';
import { failsOver } from '../replication/failover.js';
import { laneName, reverseLaneName } from '../replication/names.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { cutover, failback } from '../steps/cutover.js';
import type { PlannedDefinitions } from '../steps/definitions-guard.js';
import { matviews } from '../steps/matviews.js';
import { settleCutover, settleFailback, type SettleInput } from '../steps/settle-switch.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { verify } from '../steps/verify.js';
import { forwardLanes, isReplicated, leftOutSequences, nameOf } from './database-lanes.js';
import { shutRecords, type HalfSwitch } from './half-switch.js';
import type { DatabasePlan } from './plan-database.js';
import { populatedViews } from './plan-finish.js';
import { doubtfulDatabases } from './lane-marks.js';
import { ownRoles, rolesOnTarget, standingOnTarget } from './target-only.js';

export interface SwitchPlanInput {
  readonly spec: Spec;
  readonly databases: readonly DatabaseFacts[];
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly lockfile: Lockfile | null;
  /** What the same plan does before, of each database. */
  readonly made: readonly DatabasePlan[];
  readonly after: readonly string[];
  /** False where the same plan closes everything: a way back would be dropped at once. */
  readonly keepsWayBack: boolean;
}

/** Per database what is to be in place before writes stop, then the switch of all of them together. */
export function planCutover(input: SwitchPlanInput): readonly PlannedStep[] {
  const { spec, databases, lockfile } = input;
  const switched = databases.map(database => cutoverDatabase(input, database, forwardNames(input, database)));
  const before = databases.flatMap((database, index) => beforeCutover(input, database, switched[index]?.lanes ?? []));
  const stood: Readonly<Record<string, readonly string[]>> = {
    [ownRoles]: rolesOnTarget(input.source, input.target),
    ...Object.fromEntries(
      databases.flatMap(database => {
        const keys = standingOnTarget(database);
        return keys.length === 0 ? [] : [[database.name, keys]];
      }),
    ),
  };
  const step = planned(
    cutover,
    {
      databases: switched,
      options: { ...spec.cutover, failback: spec.cutover.failback && input.keepsWayBack },
      pgbouncer: spec.pgbouncer !== null,
      opens: shutRecords(lockfile, 'target'),
      compares: spec.verify === 'full',
      definitions: definitionsOf(databases, 'source'),
      stood,
    },
    [...input.after, ...before.map(each => each.id)],
  );
  return [...before, step];
}

/** Materialized views as fresh as may be without a stop, and the proof that both sides are equal. */
function beforeCutover(
  { spec, after, made, ...input }: SwitchPlanInput,
  database: DatabaseFacts,
  lanes: readonly string[],
): readonly PlannedStep[] {
  const steps: PlannedStep[] = [];
  const views = populatedViews(database);
  if (views.length > 0 && planOf(made, database)?.fillsViews !== true)
    steps.push(planned(matviews, { database: database.name, views }, after));
  return [
    ...steps,
    ...proofOfEquality(
      spec,
      database,
      { lanes, leads: 'source', depth: depthOf({ spec, ...input }, 'forward', database) },
      [...after, ...steps.map(step => step.id)],
    ),
  ];
}

/** As the spec wants it; every row where one of the servers may have gone back in time, which nothing else can tell. */
function depthOf(
  { spec, lockfile, source, target }: Pick<SwitchPlanInput, 'spec' | 'lockfile' | 'source' | 'target'>,
  direction: 'forward' | 'reverse',
  database: DatabaseFacts,
): Spec['verify'] {
  if (lockfile === null) return spec.verify;
  return doubtfulDatabases(direction, spec.name, lockfile, [database], source, target).size > 0 ? 'full' : spec.verify;
}

interface Proof {
  readonly lanes: readonly string[];
  readonly leads: 'source' | 'target';
  readonly depth: Spec['verify'];
}

function proofOfEquality(
  spec: Spec,
  database: DatabaseFacts,
  { lanes, leads, depth }: Proof,
  after: readonly string[],
): readonly PlannedStep[] {
  if (depth === 'off') return [];
  const tables = movedTables(database)
    .filter(table => isReplicated(table, spec.replicaIdentity.missing))
    .map(({ schema, name, dataBytes, rowEstimate }) => ({ schema, name, dataBytes, rowEstimate }));
  return [planned(verify, { database: database.name, tables, lanes, leads, depth }, after)];
}

/**
 * Both sides are compared; the reverse lane drains, and a new forward lane under the first number begins where it ends.
 */
export function planFailback(input: SwitchPlanInput): readonly PlannedStep[] {
  const { spec, databases, lockfile } = input;
  const switched = databases.map(database => failbackDatabase(input, database));
  const before = databases.flatMap((database, index) =>
    proofOfEquality(
      spec,
      database,
      { lanes: switched[index]?.lanes ?? [], leads: 'target', depth: depthOf(input, 'reverse', database) },
      input.after,
    ),
  );
  const step = planned(
    failback,
    {
      databases: switched,
      options: { ...spec.cutover, failback: true },
      pgbouncer: spec.pgbouncer !== null,
      // Where the record is lost, the source is opened as a database is by default.
      opens:
        (lockfile?.cutover ?? null) === null
          ? databases.map(({ name }) => ({ database: name, readOnly: null, connect: [''] }))
          : shutRecords(lockfile, 'source'),
      compares: spec.verify === 'full',
      definitions: definitionsOf(databases, 'target'),
    },
    [...input.after, ...before.map(each => each.id)],
  );
  return [...before, step];
}

function definitionsOf(databases: readonly DatabaseFacts[], side: 'source' | 'target'): PlannedDefinitions {
  return Object.fromEntries(
    databases.flatMap(({ name, definitions }) =>
      definitions?.kind === 'compared' && definitions.fingerprints !== undefined
        ? [[name, definitions.fingerprints[side]] as const]
        : [],
    ),
  );
}

/** Finishes or undoes a switch that was interrupted: before anything else. */
export function planSettle(
  input: Pick<SwitchPlanInput, 'spec' | 'databases' | 'source' | 'target' | 'lockfile'>,
  half: HalfSwitch,
): PlannedStep {
  const { spec, databases, lockfile } = input;
  const { event, passed, shuts, record } = half;
  const isCutover = event === 'cutover';
  const settles: SettleInput = {
    event,
    passed,
    shuts,
    databases: databases.map(database =>
      isCutover
        ? cutoverDatabase(input, database, anyForwardNames(input, database))
        : failbackDatabase(input, database),
    ),
    options: {
      ...spec.cutover,
      freeze: record.freeze ?? spec.cutover.freeze,
      failback: spec.cutover.failback || !isCutover,
    },
    opens: shutRecords(lockfile, isCutover ? 'target' : 'source'),
    record,
  };
  return isCutover ? planned(settleCutover, settles) : planned(settleFailback, settles);
}

type Sides = Pick<SwitchPlanInput, 'spec' | 'source' | 'target'>;

function cutoverDatabase(input: Sides, database: DatabaseFacts, lanes: readonly string[]): SwitchDatabase {
  const { spec } = input;
  return switchDatabase(input, database, database.source.tables, lanes, reverseLaneName(spec.name, database.oid), {
    ...backRights(spec, input, database),
    failover: failsOver(spec.replication, input.target),
  });
}

/** The lane that leads back from the source is the forward one again. */
function failbackDatabase(input: Sides, database: DatabaseFacts): SwitchDatabase {
  const { spec } = input;
  // One that was dropped on the target is dropped on the source too, or told of.
  const there = new Set((database.target?.tables ?? []).map(relationKey));
  const left = database.source.tables.filter(table => there.has(relationKey(table)));
  return switchDatabase(
    input,
    { ...database, source: { ...database.source, tables: left } },
    database.target?.tables ?? [],
    [reverseLaneName(spec.name, database.oid)],
    laneName(spec.name, database.oid, 1),
    { ...forwardRights(spec, input, database), failover: failsOver(spec.replication, input.source) },
  );
}

/** Lanes that work, and those that steps of this plan make. */
function forwardNames({ spec, source, target, made }: SwitchPlanInput, database: DatabaseFacts): readonly string[] {
  const dropped = planOf(made, database)?.droppedLanes ?? [];
  const known = forwardLanes(spec.name, database, source, target)
    .filter(lane => lane.slot !== null && lane.tables !== null && !dropped.includes(lane.name))
    .map(lane => lane.name);
  return [...new Set([...known, ...madeLanes(made, database)])];
}

/** Names of lanes that steps of this plan make. */
export function madeLanes(made: readonly DatabasePlan[], database: DatabaseFacts): readonly string[] {
  return planOf(made, database)?.madeLanes ?? [];
}

function planOf(made: readonly DatabasePlan[], { name }: DatabaseFacts): DatabasePlan | undefined {
  return made.find(each => each.database === name);
}

/** Also those that are taken down in part. */
function anyForwardNames({ spec, source, target }: Sides, database: DatabaseFacts): readonly string[] {
  return forwardLanes(spec.name, database, source, target).map(lane => lane.name);
}

function switchDatabase(
  { spec, source }: Sides,
  database: DatabaseFacts,
  handedOver: readonly TableFacts[],
  lanes: readonly string[],
  backLane: string,
  { publishes, subscribes, failover }: LaneRights & { readonly failover: boolean },
): SwitchDatabase {
  const tables = movedTables(database);
  return {
    name: database.name,
    tables: tables.map(nameOf),
    replicated: tables.filter(table => isReplicated(table, spec.replicaIdentity.missing)).map(nameOf),
    lanes,
    backLane,
    back: { publishes: wayOf(publishes), subscribes: wayOf(subscribes), failover },
    largeObjects: database.source.largeObjects > 0,
    planned: plannedTables(spec, source, handedOver),
    leftOutSequences: leftOutSequences(database),
  };
}

/** What the switch compares the catalog with: DDL goes on while a plan is carried out. */
export function plannedTables(
  { databases: { tables: selection } }: Spec,
  { provider }: ServerFacts,
  tables: readonly TableFacts[],
): PlannedTables {
  return {
    known: tables.map(({ oid, schema, name, partitionOf }) => ({ oid, schema, name, partitionOf })),
    selection,
    providerSchemas: ownOf(provider).schemas ?? [],
  };
}
