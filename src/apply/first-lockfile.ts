import { randomUUID } from 'node:crypto';
import type { Facts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import { lineagesOnServers } from '../plan/adopted-state.js';
import type { Lockfile } from '../state/lockfile.js';
import { newLockfile } from '../state/transitions.js';
import { pgmVersion } from './version.js';

/**
 * A lockfile where none is stored: of the lineage that the servers know, if the one before was lost, else of a new one.
 */
export function firstLockfile(spec: Spec, facts: Facts, settings: Lockfile['settings']): Lockfile {
  const [lineage] = lineagesOnServers(spec, facts);
  return {
    ...newLockfile(spec, { pgmVersion: pgmVersion(), at: new Date().toISOString(), lineage: lineage ?? randomUUID() }),
    settings,
    // Of one whose lockfile is lost it is not known what was brought, and so what is followed.
    ...(lineage === undefined ? { followed: {} } : {}),
  };
}
