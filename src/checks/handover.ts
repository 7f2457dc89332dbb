import type { ServerFacts } from '../inspect/facts.js';
import type { SeenClient } from '../state/lockfile.js';
import { withSample } from '../state/seen-clients.js';
import type { CheckInput } from './check.js';

/** The next handover of the writes: from the side in use to the other one. */
export interface Handover {
  readonly from: 'source' | 'target';
  readonly to: 'source' | 'target';
  readonly leader: ServerFacts;
  readonly follower: ServerFacts;
}

/** null: a server is away, or nothing is handed over any more. */
export function handoverOf({ source, target, lockfile, spec, failback }: CheckInput): Handover | null {
  if (source === null || target === null || lockfile?.reached === 'ready') return null;
  if (lockfile?.reached !== 'cutover') return { from: 'source', to: 'target', leader: source, follower: target };
  return failback && spec.goal === 'synced' ? { from: 'target', to: 'source', leader: target, follower: source } : null;
}

/** Clients of the databases in scope: those of this moment and those that the state has. */
export function knownClients(input: CheckInput, { from, leader }: Handover): readonly SeenClient[] {
  const { lockfile, facts } = input;
  const { seen } = withSample(lockfile?.clients, {
    side: from,
    at: lockfile?.updated_at ?? '',
    clients: leader.clients,
  });
  const names = new Set(facts.databases.map(({ name }) => name));
  return seen.filter(({ database }) => names.has(database));
}

/** Sessions at once, in all databases: the most that was seen. */
export function peakSessions({ lockfile }: CheckInput, { from, leader }: Handover): number {
  const known = lockfile?.clients;
  return Math.max(leader.clients.total, known?.side === from ? known.peak : 0);
}
