import { serverFacts } from '../plan/database-lanes.js';
import { inferReached } from '../plan/infer-reached.js';
import { knownState } from '../plan/known-state.js';
import { unreadIn } from '../plan/teardown-lanes.js';
import { planTeardown } from '../plan/plan-teardown.js';
import type { BuiltPlan } from '../plan/assemble-plan.js';
import { settingNames } from '../plan/teardown-settings.js';
import type { TeardownWish } from '../plan/teardown.js';
import type { Facts } from '../inspect/facts.js';
import { readRemains, type Remains } from '../inspect/remains.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { readHalfSwitch } from './read-half-switch.js';
import { pgmVersion } from './version.js';

export interface PreparedTeardown extends BuiltPlan {
  readonly facts: Facts;
  readonly known: Lockfile | null;
  readonly settings: Lockfile['settings'];
  /** Databases that could not be looked at: sentences. */
  readonly unread: readonly string[];
}

/** Reads what is left of the migration on both servers, or on the one that is not gone; writes nothing. */
export async function prepareTeardown(
  spec: Spec,
  wish: TeardownWish,
  facts: Facts,
  stored: Lockfile | null,
): Promise<PreparedTeardown> {
  const { lockfile: known, settings } = knownState(spec, facts, stored, pgmVersion());
  const look = async (side: 'source' | 'target'): Promise<Remains | null> => {
    const server = facts[side];
    if (server.kind === 'unreachable') return null;
    const changed = wish.command === 'destroy' ? settingNames(settings, side) : [];
    return readRemains(spec[side].connection, server, spec.name, changed);
  };
  const remains = { source: await look('source'), target: await look('target') };
  const reached = known === null ? inferReached(spec, facts) : known.reached;
  const servers = serverFacts(facts);
  const half =
    wish.command === 'destroy' && servers !== null
      ? await readHalfSwitch(spec, known, { ...servers, databases: facts.databases })
      : null;
  const built = planTeardown({ spec, wish, facts, remains, known, settings, reached, half, pgmVersion: pgmVersion() });
  return { ...built, facts, known, settings, unread: [...unreadIn('source', remains), ...unreadIn('target', remains)] };
}
