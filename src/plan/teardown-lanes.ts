import { isOurs } from '../checks/check.js';
import type { ServerFacts } from '../inspect/facts.js';
import type { Remains } from '../inspect/remains.js';
import type { Way } from '../inspect/rights.js';
import { dropPublication, dropSlot, dropSubscription } from '../replication/statements.js';
import type { LaneParts } from '../replication/take-down.js';
import { ownedBy } from '../state/lineage.js';

/** null: that server is gone. */
export interface BothRemains {
  readonly source: Remains | null;
  readonly target: Remains | null;
}

export interface FoundLane {
  readonly direction: 'forward' | 'reverse';
  /** Where its subscription is, else its publication or slot. */
  readonly database: string;
  readonly parts: LaneParts;
}

/** By the names that a migration gives, whatever its databases are called by now and whether they are migrated yet. */
export function foundLanes(migration: string, { source, target }: BothRemains): readonly FoundLane[] {
  const ours = (side: Remains | null): readonly string[] =>
    side === null
      ? []
      : [
          ...side.server.slots.map(({ name }) => name),
          ...side.server.subscriptions.map(({ name }) => name),
          ...side.databases.flatMap(({ publications }) => publications.map(({ name }) => name)),
        ].filter(name => isOurs(name, migration));
  const names = new Set([...ours(source), ...ours(target)]);
  return [...names].sort().flatMap((name): readonly FoundLane[] => {
    const direction = directionOf(name);
    const [publisher, subscriber] = direction === 'forward' ? [source, target] : [target, source];
    const subscription = subscriber?.server.subscriptions.find(each => each.name === name) ?? null;
    const slot = publisher?.server.slots.find(each => each.name === name) ?? null;
    const publication = publisher === null ? null : publishing(publisher, name, migration);
    const database = subscription?.database ?? publication ?? slot?.database ?? null;
    if (database === null) return [];
    const way = subscriber === null ? 'plain' : wayToTouch(subscriber.server, name);
    return [
      {
        direction,
        database,
        parts: { name, subscription: subscription?.database ?? null, way, slot: slot !== null, publication },
      },
    ];
  });
}

export function directionOf(name: string): 'forward' | 'reverse' {
  return name.endsWith('_r') ? 'reverse' : 'forward';
}

/** The database in which it is pgm's own. */
function publishing({ databases }: Remains, name: string, migration: string): string | null {
  const found = databases.find(({ publications }) =>
    publications.some(each => each.name === name && ownedBy(each.comment, migration)),
  );
  return found?.name ?? null;
}

/** One that aiven_extras made belongs to a superuser: only its functions change and drop it. */
export function wayToTouch({ user, subscriptions }: ServerFacts, name: string): Way {
  const owner = subscriptions.find(each => each.name === name)?.owner;
  const own = owner === undefined || user.superuser || owner === user.name || user.memberOf.includes(owner);
  return own ? 'plain' : 'aiven_extras';
}

/** What would have to be typed on the gone server, should it ever come back. */
export function notAsked(migration: string, gone: 'source' | 'target', left: ServerFacts): string {
  const names = new Set(
    [...left.slots, ...left.subscriptions].map(({ name }) => name).filter(name => isOurs(name, migration)),
  );
  const words = `the ${gone} was not asked: what pgm made there stays, as far as it is still there`;
  if (names.size === 0) return words;
  const statements = [...names].flatMap(name =>
    (directionOf(name) === 'reverse') === (gone === 'source')
      ? dropSubscription(name)
      : [dropSlot(name), dropPublication(name)],
  );
  return `${words}. Should it come back, there: ${statements.join('; ')}`;
}

/** What was not looked at on one side, a sentence each. */
export function unreadIn(side: 'source' | 'target', remains: BothRemains): readonly string[] {
  const { server, unread } = remains[side] ?? { server: null, unread: [] };
  return unread.map(name => `${side}/${name}: not checked, since ${server?.user.name ?? ''} may not connect`);
}
