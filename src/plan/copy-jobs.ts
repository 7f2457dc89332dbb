import type { Facts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';

const most = 8;

/**
 * Streams in parallel: what the spec says, else one more than there are cores here, within the servers' free
 * connections.
 */
export function copyJobs(spec: Spec, facts: Facts): number {
  if (spec.copy.jobs !== null) return spec.copy.jobs;
  const free = [facts.source, facts.target].flatMap(server => {
    if (server.kind !== 'server') return [];
    const maximum = Number(server.settings.get('max_connections')?.value ?? 100);
    return [Math.max(1, Math.floor((maximum - server.connectionsInUse) / 4))];
  });
  return Math.max(1, Math.min(most, facts.local.cores + 1, ...free));
}
