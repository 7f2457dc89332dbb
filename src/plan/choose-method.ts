import type { Finding } from '../checks/finding.js';
import { continuousObstacles, runChecks, runDriftChecks } from '../checks/run-checks.js';
import type { Facts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import type { Plan } from './plan.js';

export interface ChosenMethod {
  readonly method: 'continuous' | 'dump';
  readonly findings: readonly Finding[];
  readonly fallback: Plan['fallback'];
}

/** `auto` is continuous where the checks allow it; what has begun with one method goes on with it. */
export function chooseMethod(spec: Spec, facts: Facts, lockfile: Lockfile | null): ChosenMethod {
  const check = (method: 'continuous' | 'dump'): readonly Finding[] => {
    const findings = runChecks({ ...spec, method }, facts, lockfile);
    return lockfile?.reached === null || lockfile === null
      ? findings
      : [...findings, ...runDriftChecks({ ...spec, method }, facts, lockfile)];
  };
  if (spec.method !== 'auto') return { method: spec.method, findings: check(spec.method), fallback: null };
  if (lockfile?.method === 'dump') return { method: 'dump', findings: check('dump'), fallback: null };
  const findings = check('continuous');
  const obstacles = continuousObstacles(findings);
  if (obstacles.length === 0 || lockfile?.method === 'continuous')
    return { method: 'continuous', findings, fallback: null };
  return {
    method: 'dump',
    findings: check('dump'),
    fallback: {
      reason: obstacles.map(({ message }) => message).join('; '),
      codes: [...new Set(obstacles.map(({ code }) => code))],
      obstacles,
    },
  };
}
