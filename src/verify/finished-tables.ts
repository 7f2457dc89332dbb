import { relationKey } from '../postgres/relation-key.js';
import type { ChangeCounters } from './change-counters.js';
import type { TableName } from './catalog.js';
import type { VerifiedTable } from './report.js';
import type { Both } from './sides.js';

/** A table that was found equal, with what both sides' counters showed before it was compared. */
export interface FinishedTable {
  readonly table: VerifiedTable;
  readonly counters: Both<string>;
}

/** What an interrupted comparison has done of a database already, and where this one notes what it does. */
export interface FinishedTables {
  readonly before: readonly FinishedTable[];
  readonly note: (finished: FinishedTable) => void;
}

/**
 * Parts the tables into those that nobody has written to since they were found equal, on either side, and those that
 * are still to be compared. A change of the last second may not be counted yet: it came after the table was compared,
 * as it might in a run without a break.
 */
export function splitFinished<T extends TableName>(
  tables: readonly T[],
  before: readonly FinishedTable[],
  now: Both<ChangeCounters>,
): { readonly done: readonly VerifiedTable[]; readonly left: readonly T[] } {
  const known = new Map(
    before.map(finished => [relationKey({ schema: finished.table.schema, name: finished.table.table }), finished]),
  );
  const done: VerifiedTable[] = [];
  const left: T[] = [];
  for (const table of tables) {
    const name = relationKey(table);
    const finished = known.get(name);
    if (
      finished !== undefined &&
      finished.counters.source === now.source.get(name) &&
      finished.counters.target === now.target.get(name)
    )
      done.push(finished.table);
    else left.push(table);
  }
  return { done, left };
}

/** What to note of a table; null where it differs, or where a side does not count its changes. */
export function asFinished(table: VerifiedTable, counters: Both<ChangeCounters>): FinishedTable | null {
  const name = relationKey({ schema: table.schema, name: table.table });
  const [source, target] = [counters.source.get(name), counters.target.get(name)];
  return table.equal && source !== undefined && target !== undefined ? { table, counters: { source, target } } : null;
}
