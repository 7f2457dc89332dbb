import type { Facts } from '../inspect/facts.js';
import { reverseLaneName } from '../replication/names.js';
import type { Goal, Spec } from '../spec/spec.js';
import { forwardLanes, serverFacts } from './database-lanes.js';

/** The target has the writes, as it remembers itself. */
export function isHandedOver(facts: Facts): boolean {
  return facts.databases.some(database => database.target?.progress?.stages.done.has('handed over') === true);
}

/** How far a migration without a lockfile is, by what it left on the servers. */
export function inferReached(spec: Spec, facts: Facts): Goal | null {
  const servers = serverFacts(facts);
  if (servers === null || facts.databases.length === 0) return null;
  const { source, target } = servers;
  const hasWayBack = facts.databases.some(({ oid }) =>
    source.subscriptions.some(({ name, enabled }) => name === reverseLaneName(spec.name, oid) && enabled),
  );
  if (hasWayBack || isHandedOver(facts)) return 'cutover';
  const streams = facts.databases.every(database => {
    const lanes = forwardLanes(spec.name, database, source, target);
    return (
      database.target?.progress?.stages.done.has('constraints') === true &&
      lanes.length > 0 &&
      lanes.every(lane => lane.subscription !== null && lane.slot !== null)
    );
  });
  return streams ? 'synced' : null;
}

/** Something of the migration is there. */
export function isBegun(spec: Spec, facts: Facts): boolean {
  const servers = serverFacts(facts);
  if (servers === null) return false;
  const { source, target } = servers;
  return (
    target.remembered !== null ||
    facts.databases.some(
      database =>
        (database.target?.progress ?? null) !== null || forwardLanes(spec.name, database, source, target).length > 0,
    )
  );
}
