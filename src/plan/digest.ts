import { createHash } from 'node:crypto';
import type { Plan } from './plan.js';

/**
 * SHA-256 over all that decides what would be done: servers, goal, method, spec and steps with their statements.
 * Estimates, sizes and findings that ask for nothing change from minute to minute and are left out.
 */
export function planDigest(plan: Omit<Plan, 'digest'>): string {
  const decisive = {
    format_version: plan.format_version,
    name: plan.name,
    goal: plan.goal,
    reached: plan.reached,
    method: plan.method,
    spec: plan.spec.sha256,
    source: plan.source,
    target: plan.target,
    steps: plan.steps.map(({ estimate: _, ...step }) => step),
    applicable: plan.applicable,
  };
  return createHash('sha256').update(canonicalJson(decisive)).digest('hex');
}

/** JSON with sorted keys: the same data gives the same text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}
