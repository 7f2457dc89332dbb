import type { Finding } from '../checks/finding.js';
import { continuousObstacles, continuousOnlyCodes, runChecks, runDriftChecks } from '../checks/run-checks.js';
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
    findings: [...check('dump'), ...forContinuous(findings)],
    fallback: {
      reason: obstacles.map(({ message }) => message).join('; '),
      codes: [...new Set(obstacles.map(({ code }) => code))],
      obstacles,
    },
  };
}

/**
 * What continuous replication would ask for beside its obstacles, as wal_level and room for slots: whoever mends the
 * obstacle meets it next. Only told: the dump needs none of it.
 */
function forContinuous(findings: readonly Finding[]): readonly Finding[] {
  const only = continuousOnlyCodes();
  return findings
    .filter(
      ({ code, status, severity }) =>
        only.has(code) && severity !== 'error' && (status === 'change' || status === 'manual'),
    )
    .map(({ code, slug, server, title, message, current, required, remedy, database, object }) => ({
      code,
      slug,
      severity: 'info' as const,
      status: 'ok' as const,
      server,
      title,
      message: `continuous replication would need: ${message}`,
      current,
      required,
      remedy,
      ...(database === undefined ? {} : { database }),
      ...(object === undefined ? {} : { object }),
    }));
}
