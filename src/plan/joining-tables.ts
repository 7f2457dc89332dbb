import type { DatabaseFacts } from '../inspect/facts.js';
import { movedTables } from '../inspect/moved-tables.js';
import { relationKey } from '../postgres/relation-key.js';
import type { Relation } from '../replication/statements.js';
import { nameOf, type LaneFacts } from './database-lanes.js';
import type { NewLane } from './database-state.js';
import { joinedTables } from './joined-tables.js';
import type { LeavingTables } from './leaving-tables.js';

/** Tables that go over from the lanes that they came by to the lane of the tables that foreign keys join them with. */
export interface JoiningTables {
  readonly name: string;
  readonly lane: number;
  readonly from: readonly { readonly name: string; readonly tables: readonly Relation[] }[];
  /** They are out of their own lane already: an earlier run ended before this one knew them. */
  readonly awaited: readonly Relation[];
  /** Lanes that are left without any table, and are of no use any more. */
  readonly emptied: readonly string[];
}

interface Carrier {
  readonly name: string;
  readonly lane: number;
  readonly tables: readonly Relation[];
}

interface Lanes {
  readonly database: DatabaseFacts;
  readonly kept: readonly LaneFacts[];
  readonly leaving: readonly LeavingTables[];
  readonly newLanes: readonly NewLane[];
}

/** A table that was made, copied again or resumed later has a lane of its own, whatever its foreign keys. */
export function tablesThatJoin({ database, kept, leaving, newLanes }: Lanes): readonly JoiningTables[] {
  const gone = new Set(leaving.flatMap(({ tables }) => tables.map(relationKey)));
  const carriers: readonly Carrier[] = [
    ...kept.map(({ name, lane, tables }) => ({
      name,
      lane,
      tables: (tables ?? []).filter(table => !gone.has(relationKey(table))),
    })),
    ...newLanes,
  ];
  const carrierOf = new Map(carriers.flatMap(lane => lane.tables.map(table => [relationKey(table), lane] as const)));
  const groups = joinedTables(movedTables(database), database.source.references);
  const moves = groups.flatMap(group => {
    const carried = group.flatMap(table => {
      const lane = carrierOf.get(relationKey(table));
      return lane === undefined ? [] : [{ table: nameOf(table), lane }];
    });
    const to = mostOf(carried.map(({ lane }) => lane));
    return to === null ? [] : carried.filter(({ lane }) => lane !== to).map(each => ({ ...each, to }));
  });
  const moved = new Set(moves.map(({ table }) => relationKey(table)));
  const joined = new Set(moves.map(({ to }) => to));
  const emptied = new Set(
    moves
      .map(({ lane }) => lane)
      .filter(lane => !joined.has(lane) && lane.tables.every(table => moved.has(relationKey(table)))),
  );
  return [...joined]
    .sort((a, b) => a.lane - b.lane)
    .map((to, index, all) => {
      const here = moves.filter(each => each.to === to);
      const later = all.slice(index + 1);
      const from = [...new Set(here.map(({ lane }) => lane))].sort((a, b) => a.lane - b.lane);
      return {
        name: to.name,
        lane: to.lane,
        from: from.map(lane => ({
          name: lane.name,
          tables: here.filter(each => each.lane === lane).map(({ table }) => table),
        })),
        awaited: [],
        // By the last that takes from it.
        emptied: from
          .filter(lane => emptied.has(lane) && !moves.some(each => each.lane === lane && later.includes(each.to)))
          .map(({ name }) => name),
      };
    });
}

/** Lanes that cannot read their slot until what was begun with them is done. */
export function halfJoined(kept: readonly LaneFacts[]): readonly JoiningTables[] {
  const empty = kept.filter(({ tables, joining }) => joining === null && tables?.length === 0);
  const waiting = kept.filter(({ joining }) => joining !== null);
  return waiting.flatMap(({ name, lane, joining }) =>
    joining === null
      ? []
      : [
          {
            name,
            lane,
            from: joining.from.map(each => ({ name: each, tables: [] })),
            awaited: joining.tables.map(nameOf),
            // By the last, which comes after all have brought what they have.
            emptied: lane === waiting.at(-1)?.lane ? empty.map(each => each.name) : [],
          },
        ],
  );
}

/** The lane that has most of them, so that few are locked; of several the first. */
function mostOf(lanes: readonly Carrier[]): Carrier | null {
  const counts = new Map<Carrier, number>();
  for (const lane of lanes) counts.set(lane, (counts.get(lane) ?? 0) + 1);
  return [...counts].reduce<readonly [Carrier | null, number]>(
    (best, next) =>
      next[1] > best[1] || (next[1] === best[1] && best[0] !== null && next[0].lane < best[0].lane) ? next : best,
    [null, 0],
  )[0];
}
