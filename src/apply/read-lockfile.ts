import type { Spec } from '../spec/spec.js';
import { openBackend } from '../state/open-backend.js';
import type { Lockfile } from '../state/lockfile.js';

/** The stored state of the spec's migration; null: it has not begun. @throws UserError when it cannot be read */
export function readLockfile(spec: Spec): Promise<Lockfile | null> {
  return openBackend(spec).read();
}
