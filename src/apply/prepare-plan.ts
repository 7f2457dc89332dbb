import { UserError } from '../errors.js';
import type { Facts } from '../inspect/facts.js';
import { inspectServers } from '../inspect/inspect.js';
import { serverFacts } from '../plan/database-lanes.js';
import { decidePlan, type DecidedPlan, type Situation } from '../plan/decide-plan.js';
import { knownState, type KnownState } from '../plan/known-state.js';
import { withRemade } from '../plan/remade-tables.js';
import type { Plan } from '../plan/plan.js';
import { findResyncTables, markedForResync, mixedTables, type ResyncTable } from '../plan/resync.js';
import type { Goal, Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import type { RememberedSwitch } from '../state/remembered-switch.js';
import { readHalfSwitch } from './read-half-switch.js';
import { pgmVersion } from './version.js';

export interface PreparedPlan extends DecidedPlan {
  readonly facts: Facts;
  /**
   * Tables that are copied again, since the user wants it or rows of two tables can be in their copies: to be marked
   * before the steps are run.
   */
  readonly resync: readonly ResyncTable[];
  /** A switch that the stored lockfile does not know of; the plan is made with it. */
  readonly missed: RememberedSwitch | null;
  readonly missedShut: KnownState['missedShut'];
  /** What settings were before pgm changed them; the stored lockfile may lack some. */
  readonly settings: Lockfile['settings'];
}

/** Reads both servers and decides what is to be done; writes nothing. */
export async function preparePlan(
  spec: Spec,
  stored: Lockfile | null,
  goalByFlag: Goal | undefined,
  resyncNames: readonly string[] = [],
  reviewed?: Plan,
  { approved }: Pick<Situation, 'approved'> = {},
): Promise<PreparedPlan> {
  const seen = await inspectServers(spec);
  const asked = findResyncTables(seen, resyncNames);
  const known = knownState(spec, seen, stored, pgmVersion());
  const isSwitched = known.lockfile?.reached === 'cutover' || known.lockfile?.reached === 'ready';
  const resync = isSwitched ? asked : [...asked, ...mixedTables(seen)];
  const marked = markedForResync(seen, resync);
  const facts = isSwitched ? marked : withRemade(spec, marked);
  const servers = serverFacts(facts);
  const half =
    servers === null ? null : await readHalfSwitch(spec, known.lockfile, { ...servers, databases: facts.databases });
  const decided = decidePlan({
    spec,
    facts,
    known,
    half,
    goalByFlag,
    reviewed,
    approved,
    pgmVersion: pgmVersion(),
    at: new Date().toISOString(),
  });
  const { reached } = decided.plan;
  if (asked.length > 0 && (reached === 'cutover' || reached === 'ready'))
    throw new UserError(`--resync: ${reached} is reached, the target has the writes`, {
      kind: 'usage',
      code: 'PGM808',
    });
  return { ...decided, facts, resync, missed: known.missed, missedShut: known.missedShut, settings: known.settings };
}
