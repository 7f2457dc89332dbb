import type { ServerFacts } from '../inspect/facts.js';
import type { ReplicationOptions } from '../spec/spec.js';
import { has } from '../postgres/since.js';

/** Standbys that stream through a slot, which they must for slots to be synchronised to them: their slots' names. */
export function standbySlots({ slots }: Pick<ServerFacts, 'slots'>): readonly string[] {
  return slots.filter(({ plugin, temporary }) => plugin === null && !temporary).map(({ name }) => name);
}

/**
 * Whether the publisher's slots are made with `failover`, so that its standbys can keep them up to date
 * (sync_replication_slots) and the subscription goes on after one of them was promoted.
 */
export function failsOver(
  replication: Pick<ReplicationOptions, 'failover'>,
  publisher: Pick<ServerFacts, 'versionNum' | 'slots'>,
): boolean {
  if (!has(publisher.versionNum, 'failoverSlots') || replication.failover === 'off') return false;
  return replication.failover === 'on' || standbySlots(publisher).length > 0;
}
