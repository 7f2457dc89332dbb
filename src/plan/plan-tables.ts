import { planned, type PlannedStep } from '../steps/step-kind.js';
import { tables } from '../steps/tables.js';
import { renamedColumns, withOids } from './remade-tables.js';
import type { DatabaseState, DatabaseStateInput } from './database-state.js';

/** Before anything else of the database: the target's tables become those that the source's catalog knows. */
export function planTables(
  { spec, database, method }: DatabaseStateInput,
  { fates, kept }: DatabaseState,
): readonly PlannedStep[] {
  const { renamed, stale, remade } = fates;
  const columns = method === 'dump' ? [] : renamedColumns(spec, database);
  if (renamed.length === 0 && stale.length === 0 && remade.length === 0 && columns.length === 0) return [];
  const there = new Set((database.target?.schemas ?? []).map(({ name }) => name));
  return [
    planned(tables, {
      database: database.name,
      direction: 'there',
      renamed,
      stale,
      remade: withOids(database, remade),
      columns,
      newSchemas: [...new Set(renamed.map(({ to }) => to.schema))].filter(name => !there.has(name)),
      lanes: method === 'dump' ? [] : kept.filter(lane => lane.subscription !== null).map(lane => lane.name),
    }),
  ];
}
