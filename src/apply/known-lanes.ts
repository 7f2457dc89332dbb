import type { DatabaseFacts } from '../inspect/facts.js';
import { reverseLaneName } from '../replication/names.js';
import { forwardLanes } from '../plan/database-lanes.js';
import type { ServerFacts } from '../inspect/facts.js';

/** One lane of a database as the status shows it, with what both servers know of it. */
export interface KnownLane {
  readonly name: string;
  readonly direction: 'forward' | 'reverse';
  readonly enabled: boolean;
  /** Counted since the statistics began, from 15 on; a connection that broke in the middle is counted, too. */
  readonly applyErrors: number;
}

/** Lanes that exist, at least in part, of one database, both ways. */
export function knownLanes(
  migration: string,
  database: DatabaseFacts,
  source: ServerFacts,
  target: ServerFacts,
): readonly KnownLane[] {
  const forward = forwardLanes(migration, database, source, target)
    .filter(lane => lane.slot !== null || lane.subscription !== null)
    .map(lane => ({
      name: lane.name,
      direction: 'forward' as const,
      enabled: lane.subscription?.enabled === true,
      applyErrors: lane.subscription?.applyErrors ?? 0,
    }));
  const back = reverseLaneName(migration, database.oid);
  const subscription = source.subscriptions.find(each => each.name === back);
  const slot = target.slots.find(each => each.name === back);
  if (subscription === undefined && slot === undefined) return forward;
  return [
    ...forward,
    {
      name: back,
      direction: 'reverse',
      enabled: subscription?.enabled === true,
      applyErrors: subscription?.applyErrors ?? 0,
    },
  ];
}
