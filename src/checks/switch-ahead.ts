import { goalBefore } from '../spec/spec.js';
import type { CheckInput } from './check.js';

/** The plan to the spec's goal holds a switch, there or back. */
export function switchAhead({ spec, lockfile, failback }: Pick<CheckInput, 'spec' | 'lockfile' | 'failback'>): boolean {
  const reached = lockfile?.reached ?? null;
  if (spec.method === 'dump') return false;
  if (reached === 'cutover') return spec.goal === 'synced' && failback;
  return reached !== 'ready' && !goalBefore(spec.goal, 'cutover');
}
