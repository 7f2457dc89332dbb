import type { Facts, ServerFacts } from '../inspect/facts.js';
import { laneOwner } from '../replication/names.js';

/** What became of the database that a lane is of; lanes are known by the source's oid, which a rename keeps. */
export type DatabaseFate =
  | { readonly kind: 'dropped' }
  /** One of the two servers calls it otherwise now. */
  | { readonly kind: 'renamed'; readonly source: string; readonly target: string }
  /** It is on the source, and the spec does not want it any more. */
  | { readonly kind: 'left-out' };

/** A lane of this migration that belongs to no database which is migrated. */
export interface OrphanLane {
  readonly name: string;
  readonly direction: 'forward' | 'reverse';
  /** As the target calls it, where something of the lane is there. */
  readonly database: string;
  readonly fate: DatabaseFate;
  /** Name of the database on the server that subscribes; null: no subscription. */
  readonly subscription: string | null;
  readonly slot: boolean;
}

/** From the catalogs of both servers, whatever the source lists now. Pure. */
export function orphanLanes(
  migration: string,
  { databases, unreadable }: Pick<Facts, 'databases' | 'unreadable'>,
  source: ServerFacts,
  target: ServerFacts,
): readonly OrphanLane[] {
  const names = new Set(
    [...source.slots, ...target.slots, ...source.subscriptions, ...target.subscriptions].map(({ name }) => name),
  );
  return [...names].sort().flatMap((name): OrphanLane[] => {
    const owner = laneOwner(name, migration);
    if (owner === null) return [];
    const direction = owner.lane === 0 ? 'reverse' : 'forward';
    const [publisher, subscriber] = direction === 'forward' ? [source, target] : [target, source];
    const slot = publisher.slots.find(each => each.name === name);
    const subscription = subscriber.subscriptions.find(each => each.name === name);
    const onSource = source.databases.find(({ oid }) => oid === owner.databaseOid)?.name;
    // The slot and the subscription are in databases of one name, unless one was renamed since.
    const onTarget = direction === 'forward' ? subscription?.database : (slot?.database ?? undefined);
    const database = onTarget ?? onSource ?? slot?.database ?? subscription?.database;
    if (database === undefined || (slot === undefined && subscription === undefined)) return [];
    const lane = {
      name,
      direction,
      database,
      subscription: subscription?.database ?? null,
      slot: slot !== undefined,
    } as const;
    if (onSource === undefined) return [{ ...lane, fate: { kind: 'dropped' } }];
    if (onTarget !== undefined && onTarget !== onSource)
      return [{ ...lane, fate: { kind: 'renamed', source: onSource, target: onTarget } }];
    const isKnown =
      databases.some(({ oid }) => oid === owner.databaseOid) || unreadable.some(each => each.database === onSource);
    return isKnown ? [] : [{ ...lane, fate: { kind: 'left-out' } }];
  });
}
