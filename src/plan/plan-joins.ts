import { joinLane } from '../steps/join-lane.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import type { JoiningTables } from './joining-tables.js';

/** Once their lanes stream, and before foreign keys join them on the target too. */
export function planJoins(database: string, joins: readonly JoiningTables[]): readonly PlannedStep[] {
  return joins.map(join => planned(joinLane, { database, ...join }));
}
