import type { Plan } from '../plan/plan.js';

/** A plan as JSON text, the same for the same plan: `plan --json` and the plan file. */
export function renderPlanJson(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}
