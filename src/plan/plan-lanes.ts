import { dropLane } from '../steps/drop-lane.js';
import { publication } from '../steps/publication.js';
import { slot } from '../steps/slot.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { isReplicated, nameOf } from './database-lanes.js';
import type { DatabaseState, DatabaseStateInput, NewLane } from './database-state.js';

/** Lanes that are of no use are taken down, tables that are copied again leave theirs, and new ones begin. */
export function planLanes(input: DatabaseStateInput, state: DatabaseState): readonly PlannedStep[] {
  const { database } = input;
  const { dropped, leaving, newLanes } = state;
  return [
    ...dropped.map(({ lane, reason }) =>
      planned(dropLane, { database: database.name, name: lane.name, direction: 'forward', reason }),
    ),
    ...leaving.map(tables => planned(publication, { change: 'drop-tables', database: database.name, ...tables })),
    ...newLanes.flatMap(lane => newLane(input, lane, state)),
  ];
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
