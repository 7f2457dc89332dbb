import { relationKey } from '../postgres/relation-key.js';
import { dropLane } from '../steps/drop-lane.js';
import { publication } from '../steps/publication.js';
import { slot } from '../steps/slot.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { isReplicated, nameOf, type LaneFacts } from './database-lanes.js';
import type { DatabaseState, DatabaseStateInput, NewLane } from './database-state.js';

/** Lanes that are of no use are taken down, tables that are copied again leave theirs, and new ones begin. */
export function planLanes(input: DatabaseStateInput, state: DatabaseState): readonly PlannedStep[] {
  const { database } = input;
  const { dropped, kept, newLanes } = state;
  return [
    ...dropped.map(({ lane, reason }) =>
      planned(dropLane, { database: database.name, name: lane.name, direction: 'forward', reason }),
    ),
    ...kept.flatMap(lane => dropFromLane(database.name, lane, state)),
    ...newLanes.flatMap(lane => newLane(input, lane, state)),
  ];
}

function dropFromLane(database: string, lane: LaneFacts, { unfinished }: DatabaseState): readonly PlannedStep[] {
  const copied = new Set(unfinished.map(relationKey));
  const tables = (lane.tables ?? []).filter(table => copied.has(relationKey(table)));
  if (tables.length === 0) return [];
  const subscribed = lane.subscription?.enabled === true;
  return [planned(publication, { change: 'drop-tables', database, name: lane.name, tables, subscribed })];
}

/** The publication with all its tables first: the slot's changes are those of the tables that it has by then. */
function newLane(
  { spec, source, database }: DatabaseStateInput,
  { lane, name, tables }: NewLane,
  { replication }: DatabaseState,
): readonly PlannedStep[] {
  const published = tables.filter(table => isReplicated(table, spec.replicaIdentity.missing)).map(nameOf);
  return [
    planned(publication, {
      change: 'create',
      database: database.name,
      name,
      tables: published,
      migration: spec.name,
      way: replication.publishes,
    }),
    planned(slot, {
      database: database.name,
      name,
      lane,
      sourceVersion: source.versionNum,
      failover: replication.failover,
    }),
  ];
}
