import type { Lockfile } from './lockfile.js';

/** Steps that were begun and not ended, by id: a run that was killed leaves them so. Left out where there are none. */
export function begunSteps(lockfile: Pick<Lockfile, 'steps'> | null): { readonly begun?: readonly string[] } {
  const begun = Object.entries(lockfile?.steps ?? {}).flatMap(([id, { status }]) => (status === 'started' ? [id] : []));
  return begun.length === 0 ? {} : { begun };
}
