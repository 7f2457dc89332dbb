import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Relation } from '../replication/statements.js';
import type { LaneFacts } from './database-lanes.js';

/** Tables that one lane gives up, since another one is to copy them. */
export interface LeavingTables {
  readonly name: string;
  readonly lane: number;
  /** To be taken out of the publication; none: they are out, but the subscription may not know it. */
  readonly tables: readonly Relation[];
  readonly subscribed: boolean;
}

/**
 * Also what a run that was killed left half done: a subscription keeps its list, whether it is enabled or not, until it
 * is refreshed, and its worker what it knew, until another one comes.
 * @param unfinished keys of the tables that are copied by new lanes
 * @param leaving numbers of the lanes of which the target remembers that tables were leaving them
 */
export function tablesThatLeave(
  kept: readonly LaneFacts[],
  unfinished: ReadonlySet<RelationKey>,
  leaving: ReadonlySet<number>,
): readonly LeavingTables[] {
  const areUnfinished = (tables: readonly Relation[]): readonly Relation[] =>
    tables.filter(table => unfinished.has(relationKey(table)));
  return kept.flatMap(({ lane, name, tables, subscription, subscribed }) => {
    const published = areUnfinished(tables ?? []);
    const isHalfDone = areUnfinished(subscribed).length > 0 || leaving.has(lane);
    return published.length > 0 || (subscription !== null && isHalfDone)
      ? [{ name, lane, tables: published, subscribed: subscription !== null }]
      : [];
  });
}
