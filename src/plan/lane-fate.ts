import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { publishedTables } from '../inspect/moved-tables.js';
import type { Spec } from '../spec/spec.js';
import { isSameMoment } from '../state/stages.js';
import { finishedTables, isLost, isReplicated, type LaneFacts } from './database-lanes.js';

/** What becomes of the lanes that are there, and of the tables that came by them. */
export interface LaneFates {
  readonly kept: readonly LaneFacts[];
  readonly dropped: readonly { readonly lane: LaneFacts; readonly reason: string }[];
  /** Keys of tables that need not be copied again. */
  readonly finished: ReadonlySet<RelationKey>;
  /** The highest number that a lane ever had: a number is not used twice, since the record of the copy speaks of it. */
  readonly highest: number;
}

/** A lane is worth keeping while its slot holds all changes since its tables were copied. */
export function laneFates(
  lanes: readonly LaneFacts[],
  database: DatabaseFacts,
  method: 'continuous' | 'dump',
  now: string,
  missing: Spec['replicaIdentity']['missing'],
): LaneFates {
  const arrived = sameTables(database, finishedTables(database));
  if (method === 'dump')
    return {
      kept: [],
      dropped: [],
      finished: isOfOneMoment(database, now) ? new Set(arrived.keys()) : new Set(),
      highest: 0,
    };
  const judged = withoutEmpty(lanes.map(lane => ({ lane, reason: whyDropped(lane, arrived, database) })));
  const kept = judged.flatMap(({ lane, reason }) => (reason === null ? [lane] : []));
  const numbers = new Set(kept.map(lane => lane.lane));
  const stray = new Set(strayTables(kept, database, missing).map(relationKey));
  // After a failback one lane carries the tables of all that were before it.
  const streaming = new Set(
    kept.filter(lane => lane.subscription !== null).flatMap(lane => (lane.tables ?? []).map(relationKey)),
  );
  return {
    kept,
    dropped: judged.flatMap(({ lane, reason }) => (reason === null ? [] : [{ lane, reason }])),
    finished: new Set(
      [...arrived]
        .filter(([table, lane]) => (numbers.has(lane) || streaming.has(table)) && !stray.has(table))
        .map(([table]) => table),
    ),
    highest: [...lanes, ...(database.target?.progress?.parts ?? []), ...subscribedLanes(database)].reduce(
      (most, { lane }) => Math.max(most, lane),
      0,
    ),
  };
}

/** Without those that were made again under the same name: what was copied is not of them. */
function sameTables(
  database: DatabaseFacts,
  arrived: ReadonlyMap<RelationKey, number>,
): ReadonlyMap<RelationKey, number> {
  const oids = new Map(database.source.tables.map(table => [relationKey(table), table.oid]));
  const others = new Set(
    (database.target?.progress?.parts ?? [])
      .filter(part => part.sourceOid !== null && part.sourceOid !== oids.get(relationKey(part)))
      .map(relationKey),
  );
  return new Map([...arrived].filter(([key]) => !others.has(key)));
}

/**
 * Tables that replication should carry and that no lane does: not in the publication by their oid, or not in the
 * subscription, from which the target's table falls when it is dropped and made again.
 */
export function strayTables(
  lanes: readonly LaneFacts[],
  database: DatabaseFacts,
  missing: Spec['replicaIdentity']['missing'],
): readonly TableFacts[] {
  const subscribed = new Map(lanes.map(lane => [lane, new Set(lane.subscribed.map(relationKey))]));
  const byKey = new Map(database.source.tables.map(table => [relationKey(table), table]));
  const isCarried = (table: TableFacts): boolean =>
    lanes.some(
      lane =>
        lane.tables?.some(({ oid }) => oid === table.oid) === true &&
        (lane.subscription === null || subscribed.get(lane)?.has(relationKey(table)) === true),
    );
  // Through the root: the partitioned table above stands for its partitions.
  const isCarriedAbove = (table: TableFacts): boolean => {
    if (isCarried(table)) return true;
    const above = table.partitionOf === null ? undefined : byKey.get(relationKey(table.partitionOf));
    return above !== undefined && isCarriedAbove(above);
  };
  return publishedTables(database).filter(table => isReplicated(table, missing) && !isCarriedAbove(table));
}

/**
 * A dump is of one moment: once the source was written to, what an interrupted run brought is of another than what is
 * still to come.
 */
function isOfOneMoment(database: DatabaseFacts, now: string): boolean {
  const stages = database.target?.progress?.stages;
  return stages?.done.has('copy') === true || isSameMoment(stages?.moment ?? null, now);
}

function subscribedLanes(database: DatabaseFacts): readonly { readonly lane: number }[] {
  return [...(database.target?.progress?.stages.subscribed ?? [])].map(lane => ({ lane }));
}

interface Judged {
  readonly lane: LaneFacts;
  readonly reason: string | null;
}

/** Lanes whose tables all joined another; while that is under way they may still have changes of theirs. */
function withoutEmpty(judged: readonly Judged[]): readonly Judged[] {
  if (judged.some(({ lane }) => lane.joining !== null)) return judged;
  const others = judged.some(({ lane, reason }) => reason === null && (lane.tables ?? []).length > 0);
  return judged.map(({ lane, reason }) => ({
    lane,
    reason: reason ?? (others && lane.tables?.length === 0 ? 'its tables move to another lane' : null),
  }));
}

/** null: it is kept. */
function whyDropped(
  { lane, slot, tables, subscription }: LaneFacts,
  arrived: ReadonlyMap<RelationKey, number>,
  database: DatabaseFacts,
): string | null {
  if (slot === null) return 'its slot is gone';
  if (isLost(slot)) return 'the source has removed WAL that its slot still needed';
  if (tables === null) return 'its publication is gone';
  if (subscription !== null) return null;
  // What had been applied without being confirmed to the slot would come a second time.
  if (database.target?.progress?.stages.subscribed.has(lane) === true) return 'its subscription is gone';
  return [...arrived.values()].includes(lane) ? null : 'nothing was finished on it';
}
