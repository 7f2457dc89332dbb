import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type {
  DatabaseFacts,
  Facts,
  PublishedTable,
  ServerFacts,
  SlotFacts,
  SubscriptionFacts,
  TableFacts,
} from '../inspect/facts.js';
import { laneName, laneNumber } from '../replication/names.js';

/** What is there of one lane, as seen on both servers. */
export interface LaneFacts {
  readonly lane: number;
  readonly name: string;
  /** null: no publication of that name. */
  readonly tables: readonly PublishedTable[] | null;
  readonly slot: SlotFacts | null;
  readonly subscription: SubscriptionFacts | null;
  /** What the subscription applies changes to, whatever the publication has by now. */
  readonly subscribed: readonly { readonly schema: string; readonly name: string }[];
}

/** Lanes from source to target of one database, by number; any of their three parts may be missing. */
export function forwardLanes(
  migration: string,
  database: DatabaseFacts,
  source: ServerFacts,
  target: ServerFacts,
): readonly LaneFacts[] {
  const numbers = new Set<number>();
  const note = (name: string): void => {
    const number = laneNumber(name, migration, database.oid);
    if (number !== null && number > 0) numbers.add(number);
  };
  for (const { name } of database.source.publications) note(name);
  for (const { name } of source.slots) note(name);
  for (const { name } of target.subscriptions) note(name);
  return [...numbers]
    .sort((a, b) => a - b)
    .map(lane => {
      const name = laneName(migration, database.oid, lane);
      return {
        lane,
        name,
        tables: database.source.publications.find(each => each.name === name)?.tables ?? null,
        slot: source.slots.find(each => each.name === name) ?? null,
        subscription: target.subscriptions.find(each => each.name === name) ?? null,
        subscribed: database.target?.subscribedTables[name] ?? [],
      };
    });
}

export function isLost(slot: SlotFacts): boolean {
  return slot.walStatus === 'lost';
}

/** Tables whose rows all are on the target, with the lane they came by. */
export function finishedTables(database: DatabaseFacts): ReadonlyMap<RelationKey, number> {
  const parts = new Map<RelationKey, { count: number; of: number; lane: number }>();
  for (const part of database.target?.progress?.parts ?? []) {
    const key = relationKey(part);
    const seen = parts.get(key);
    parts.set(key, { count: (seen?.count ?? 0) + 1, of: part.parts, lane: part.lane });
  }
  return new Map([...parts].filter(([, { count, of }]) => count >= of).map(([key, { lane }]) => [key, lane]));
}

/** Tables of which some parts, or all, are on the target. */
export function begunTables(database: DatabaseFacts): ReadonlySet<RelationKey> {
  return new Set((database.target?.progress?.parts ?? []).map(relationKey));
}

/** Those that the spec does not want, with their tables or as the provider's, by {@link relationKey}. */
export function leftOutSequences(database: DatabaseFacts): readonly RelationKey[] {
  return database.source.sequences.filter(each => !each.inScope).map(relationKey);
}

/** What steps name a relation by. */
export function nameOf({ schema, name }: { readonly schema: string; readonly name: string }): {
  readonly schema: string;
  readonly name: string;
} {
  return { schema, name };
}

/** Replication carries logged tables with a usable identity. */
export function isReplicated(table: TableFacts, missing: 'block' | 'full' | 'exclude'): boolean {
  return table.persistence === 'p' && (table.identityUsable || missing === 'full');
}

export function serverFacts(facts: Facts): { readonly source: ServerFacts; readonly target: ServerFacts } | null {
  return facts.source.kind === 'server' && facts.target.kind === 'server'
    ? { source: facts.source, target: facts.target }
    : null;
}
