import type { Facts } from '../inspect/facts.js';
import { goalBefore, type Goal, type Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { inferReached, isHandedOver } from './infer-reached.js';

/** By the lockfile; but a target that has the writes is believed, also when the lockfile is lost or an older one. */
export function reachedSoFar(spec: Spec, facts: Facts, lockfile: Lockfile | null): Goal | null {
  if (lockfile === null) return inferReached(spec, facts);
  return knowsNoCutover(lockfile) && isHandedOver(facts) ? 'cutover' : lockfile.reached;
}

export function knowsNoCutover(lockfile: Lockfile | null): boolean {
  if (lockfile === null) return true;
  return lockfile.cutover === null && (lockfile.reached === null || goalBefore(lockfile.reached, 'cutover'));
}
