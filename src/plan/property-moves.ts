import { movedProperties, type MovedProperties, type Sides } from '../copy/property-changes.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';

const none: MovedProperties = { changes: [], both: [], gone: [] };

/** What of roles and databases is to be brought again, as the state and both servers have it. */
export function propertyMoves(
  spec: Spec,
  lockfile: Lockfile | null,
  sides: Omit<Sides, 'marks' | 'switched'>,
): MovedProperties {
  if (spec.roles === 'skip' || lockfile?.followed === undefined) return none;
  const switched = lockfile.cutover !== null || lockfile.shut !== undefined;
  return movedProperties({ ...sides, marks: lockfile.followed, switched });
}
