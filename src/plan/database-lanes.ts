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
import { joiningSlot, laneName, laneNumber } from '../replication/names.js';

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
  /** Tables of other lanes were about to join it when a run ended; null: they were not. */
  readonly joining: JoiningLane | null;
}

/** Published by the lane, but not known to its subscription yet, which cannot read its slot before. */
export interface JoiningLane {
  readonly tables: readonly PublishedTable[];
  /** Lanes that they came by, which may still have changes of theirs. */
  readonly from: readonly string[];
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
      const tables = database.source.publications.find(each => each.name === name)?.tables ?? null;
      const subscription = target.subscriptions.find(each => each.name === name) ?? null;
      const subscribed = database.target?.subscribedTables[name] ?? [];
      const joining =
        subscription?.slot === joiningSlot
          ? joiningLane(migration, database, source, target, without(tables ?? [], subscribed))
          : null;
      return {
        lane,
        name,
        tables,
        slot: source.slots.find(each => each.name === name) ?? null,
        subscription,
        subscribed: [...subscribed, ...(joining?.tables ?? [])],
        joining,
      };
    });
}

/** Of tables that are on their way, those whose former lane still brings what it has of them. */
function joiningLane(
  migration: string,
  database: DatabaseFacts,
  source: ServerFacts,
  target: ServerFacts,
  awaited: readonly PublishedTable[],
): JoiningLane {
  const arrived = finishedTables(database);
  const slots = new Set(source.slots.filter(slot => !isLost(slot)).map(({ name }) => name));
  const subscriptions = new Set(target.subscriptions.map(({ name }) => name));
  const tables = awaited.flatMap(table => {
    const lane = arrived.get(relationKey(table));
    const name = lane === undefined ? null : laneName(migration, database.oid, lane);
    return name !== null && slots.has(name) && subscriptions.has(name) ? [{ table, name }] : [];
  });
  return { tables: tables.map(({ table }) => table), from: [...new Set(tables.map(({ name }) => name))] };
}

function without(
  tables: readonly PublishedTable[],
  known: readonly { readonly schema: string; readonly name: string }[],
): readonly PublishedTable[] {
  const keys = new Set(known.map(relationKey));
  return tables.filter(table => !keys.has(relationKey(table)));
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
