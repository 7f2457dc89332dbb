import type { Plan } from '../plan/plan.js';
import type { Spec } from '../spec/spec.js';
import { openBackend } from '../state/open-backend.js';
import type { PlanOptions } from './operations.js';
import { preparePlan } from './prepare-plan.js';

/** What `apply` would do now. Reads both servers and the state, writes nothing. */
export async function planMigration(spec: Spec, options: PlanOptions): Promise<Plan> {
  const lockfile = await openBackend(spec).read();
  const { plan } = await preparePlan(spec, lockfile, options.goal, options.resync);
  return plan;
}
