import type { CheckInput } from './check.js';
import { isOurs } from './check.js';

/** Room for the slots that a resumed copy and a second migration may need, and for someone's backup. */
const reserve = 2;

/** Lanes of the whole migration: each is one slot, one subscription and one walsender. */
export function lanesWanted({ facts, spec }: CheckInput): number {
  return facts.databases.length * spec.replication.lanes;
}

/** Replication slots that the source must have room for: what pgm makes, what is in use, and a reserve. */
export function slotsWanted(input: CheckInput): number {
  const { source, spec } = input;
  if (source === null) return 0;
  const others = source.slots.filter(({ name }) => !isOurs(name, spec.name)).length;
  return others + lanesWanted(input) + reserve;
}

/** What is advised for a migration of every database: one slot for each. Nothing that a part of them needs. */
export function slotsAdvised({ source }: CheckInput): number {
  return (source?.databases ?? []).filter(
    ({ isTemplate, allowsConnections, connectionLimit }) => !isTemplate && allowsConnections && connectionLimit !== -2,
  ).length;
}

/**
 * WAL senders that the source must have room for: those at work that are not ours, our lanes, and the slots' making.
 */
export function sendersWanted(input: CheckInput): number {
  const { source, spec } = input;
  if (source === null) return 0;
  const ours = source.slots.filter(({ name, active }) => active && isOurs(name, spec.name)).length;
  return Math.max(0, source.walSendersInUse - ours) + lanesWanted(input) + reserve;
}
