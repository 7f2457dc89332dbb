import type { DatabaseFacts, ServerFacts, TableFacts } from '../inspect/facts.js';
import { movedTables } from '../inspect/moved-tables.js';
import { throughRoot } from '../inspect/through-root.js';
import { forwardRights, wayOf, type Way } from '../inspect/rights.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import { failsOver } from '../replication/failover.js';
import { laneName } from '../replication/names.js';
import type { Spec } from '../spec/spec.js';
import type { DatabaseStage } from '../state/stages.js';
import { begunTables, forwardLanes, type LaneFacts } from './database-lanes.js';
import { joinedTables } from './joined-tables.js';
import { halfJoined, tablesThatJoin, type JoiningTables } from './joining-tables.js';
import { laneFates, type LaneFates } from './lane-fate.js';
import { tablesThatLeave, type LeavingTables } from './leaving-tables.js';
import { tableFates, withFates, type TableFates } from './table-identity.js';

/** Where the copy of one database is read from, and what of it is there. */
export interface DatabaseStateInput {
  readonly spec: Spec;
  readonly method: 'continuous' | 'dump';
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly database: DatabaseFacts;
  /** The lane of each table by its key, in a plan that was reviewed. */
  readonly reviewed?: ReadonlyMap<string, number> | undefined;
}

/** A lane to be made and the tables that come by it. Lane 0 has no slot: a dump. */
export interface NewLane {
  readonly lane: number;
  /** Of publication, slot and subscription alike. */
  readonly name: string;
  readonly tables: readonly TableFacts[];
}

/** What stands of one database and what is missing: all that its steps are decided by. */
export interface DatabaseState {
  /** What the target's tables have to become first; all else is decided as if they were. */
  readonly fates: TableFates;
  /** Stages that are done and still hold. */
  readonly stages: ReadonlySet<DatabaseStage>;
  readonly moved: readonly TableFacts[];
  /** Tables that the target lacks though the definitions were brought: made on the source since, or dropped there. */
  readonly added: readonly TableFacts[];
  readonly kept: readonly LaneFacts[];
  readonly dropped: LaneFates['dropped'];
  /** Of kept lanes: tables that come by another. */
  readonly leaving: readonly LeavingTables[];
  /** What was under way when a run ended: finished before all else. */
  readonly halfJoined: readonly JoiningTables[];
  /** Tables that follow those that foreign keys join them with. */
  readonly joining: readonly JoiningTables[];
  /** Moved tables whose rows are on the target and stay. */
  readonly arrived: readonly TableFacts[];
  /** Moved tables that are copied, from their beginning. */
  readonly unfinished: readonly TableFacts[];
  readonly newLanes: readonly NewLane[];
  /** Rows, sequences and large objects are brought. */
  readonly copies: boolean;
  /** Rows of an earlier run stay. */
  readonly keepsRows: boolean;
  /** All rows are of one moment, so that foreign keys hold before any change is applied. */
  readonly oneSnapshot: boolean;
  /** Parts of them are on the target already. */
  readonly begun: ReadonlySet<RelationKey>;
  /** Tables of the target, by key. */
  readonly there: ReadonlySet<RelationKey>;
  /** An earlier run brought definitions, maybe not of all tables. */
  readonly definitionsCame: boolean;
  readonly replication: { readonly publishes: Way; readonly subscribes: Way; readonly failover: boolean };
}

/** Stages that are gone through again for a table that came later. */
const stagesOfDefinitions: readonly DatabaseStage[] = ['schema', 'indexes', 'constraints', 'analyze'];

export function databaseState(input: DatabaseStateInput): DatabaseState {
  const { spec, source, target, method } = input;
  const fates = tableFates(input.database);
  const database = withFates(input.database, fates);
  const stages = new Set(database.target?.progress?.stages.done);
  const there = new Set((database.target?.tables ?? []).map(relationKey));
  const moved = movedTables(database);
  const added = stages.has('schema') ? moved.filter(table => !there.has(relationKey(table))) : [];
  if (added.length > 0) for (const stage of stagesOfDefinitions) stages.delete(stage);
  const lanes = method === 'continuous' ? forwardLanes(spec.name, database, source, target) : [];
  const lanesThere = laneFates(lanes, database, method, source.snapshot, spec.replicaIdentity.missing);
  const { dropped, highest } = lanesThere;
  const finished = method === 'dump' ? wholeTrees(database, lanesThere.finished) : lanesThere.finished;
  const half = halfJoined(lanesThere.kept);
  const emptied = new Set(half.flatMap(join => join.emptied));
  const kept = lanesThere.kept.filter(({ name }) => !emptied.has(name));
  const addedKeys = new Set(added.map(relationKey));
  const unfinished = moved.filter(table => !finished.has(relationKey(table)) || addedKeys.has(relationKey(table)));
  const leftOut = database.source.tables.filter(table => !table.inScope);
  const copies = unfinished.length > 0 || !stages.has('copy') || (method === 'continuous' && kept.length === 0);
  const newLanes = copies ? lanesFor(input, unfinished, highest) : [];
  const rights = forwardRights(spec, { source, target }, database);
  const leaving = tablesThatLeave(
    kept,
    new Set([...unfinished, ...leftOut].map(relationKey)),
    database.target?.progress?.stages.leaving ?? new Set(),
  );
  const replication = {
    publishes: wayOf(rights.publishes),
    subscribes: wayOf(rights.subscribes),
    failover: failsOver(spec.replication, source),
  };
  return {
    fates,
    stages,
    moved,
    added,
    kept,
    dropped,
    leaving,
    halfJoined: half,
    joining:
      method === 'continuous' && replication.publishes === 'plain' && replication.subscribes === 'plain'
        ? tablesThatJoin({ database, kept, leaving, newLanes })
        : [],
    arrived: moved.filter(table => finished.has(relationKey(table))),
    unfinished,
    newLanes,
    copies,
    keepsRows: kept.length > 0 || (method === 'dump' && finished.size > 0),
    oneSnapshot: method === 'dump' || isOfOneSnapshot(kept, newLanes),
    begun: begunTables(database),
    there,
    definitionsCame: database.target?.progress?.stages.done.has('schema') === true,
    replication,
  };
}

/** Partitions whose rows may lie in one another on the target are in together, or none of them is. */
function wholeTrees(database: DatabaseFacts, finished: ReadonlySet<RelationKey>): ReadonlySet<RelationKey> {
  const roots = throughRoot(database);
  const cut = new Set([...roots].flatMap(([key, root]) => (finished.has(key) ? [] : [relationKey(root)])));
  return new Set(
    [...finished].filter(key => {
      const root = roots.get(key);
      return root === undefined || !cut.has(relationKey(root));
    }),
  );
}

/** Of a kept lane only before its first change was applied. */
function isOfOneSnapshot(kept: readonly LaneFacts[], newLanes: readonly NewLane[]): boolean {
  if (kept.length === 0) return newLanes.length <= 1;
  return kept.length === 1 && newLanes.length === 0 && kept[0]?.subscription === null;
}

/**
 * As reviewed; else largest first, with what foreign keys join, onto the lane with the fewest bytes, told by name:
 * sizes change while a plan waits. A database without tables still gets a lane: tables may come.
 */
function lanesFor(
  { spec, method, database, reviewed }: DatabaseStateInput,
  tables: readonly TableFacts[],
  highest: number,
): readonly NewLane[] {
  if (method === 'dump') return [{ lane: 0, name: '', tables }];
  const groups = joinedTables(tables, database.source.references).map(group => ({
    group,
    bytes: group.reduce((bytes, table) => bytes + table.dataBytes, 0),
  }));
  const count = Math.max(1, Math.min(spec.replication.lanes, groups.length));
  const lanes = Array.from({ length: count }, (_, index) => {
    const lane = highest + 1 + index;
    return { lane, name: laneName(spec.name, database.oid, lane), bytes: 0, tables: [] as TableFacts[] };
  });
  for (const { group, bytes } of groups.sort((a, b) => b.bytes - a.bytes)) {
    const asReviewed = lanes.find(({ lane }) => group.some(table => lane === reviewed?.get(relationKey(table))));
    const chosen = asReviewed ?? lanes.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    chosen.tables.push(...group);
    chosen.bytes += bytes;
  }
  return lanes.map(lane => ({ ...lane, tables: tables.filter(table => lane.tables.includes(table)) }));
}
