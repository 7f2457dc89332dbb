import type { Facts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { applicationChecks, driftChecks, readinessChecks } from './catalogue.js';
import type { Check, CheckInput, Seen } from './check.js';
import type { Finding, FindingStatus, Severity } from './finding.js';

/**
 * After the cutover the applications use the target: of readiness only connections, and whom commits and lanes wait
 * for, matter still.
 */
const stillMatters = /^PGM(1(0[1-7]|1[34])|22[01])$/;

/**
 * All findings about both servers, in the catalogue's order; none hides another. With method dump the checks that only
 * continuous replication needs are not run.
 */
export function runChecks(spec: Spec, facts: Facts, lockfile: Lockfile | null = null): Finding[] {
  const after = lockfile?.reached === 'cutover' || lockfile?.reached === 'ready';
  const input = inputOf(spec, facts, lockfile);
  return [
    ...run(after ? readinessChecks.filter(({ code }) => stillMatters.test(code)) : readinessChecks, input),
    ...run(applicationChecks, input),
  ];
}

/** What the application would notice of the next handover of the writes: codes 7xx. */
export function runApplicationChecks(spec: Spec, facts: Facts, lockfile: Lockfile | null): Finding[] {
  return run(applicationChecks, inputOf(spec, facts, lockfile));
}

/** What has changed under a replication that is running or was: codes 6xx. */
export function runDriftChecks(spec: Spec, facts: Facts, lockfile: Lockfile | null): Finding[] {
  return run(driftChecks, inputOf(spec, facts, lockfile));
}

/** The errors for which `method: auto` falls back to dump: those of checks that only continuous replication needs. */
export function continuousObstacles(findings: readonly Finding[]): Finding[] {
  const continuousOnly = continuousOnlyCodes();
  return findings.filter(({ code, severity }) => severity === 'error' && continuousOnly.has(code));
}

/** Codes of the checks that only continuous replication needs. */
export function continuousOnlyCodes(): ReadonlySet<string> {
  return new Set(readinessChecks.filter(({ scope }) => scope === 'continuous').map(({ code }) => code));
}

export function inputOf(spec: Spec, facts: Facts, lockfile: Lockfile | null): CheckInput {
  const continuous = spec.method !== 'dump';
  return {
    spec,
    facts,
    source: facts.source.kind === 'server' ? facts.source : null,
    target: facts.target.kind === 'server' ? facts.target : null,
    continuous,
    failback: continuous && spec.cutover.failback,
    lockfile,
  };
}

function run(checks: readonly Check[], input: CheckInput): Finding[] {
  return checks
    .filter(({ scope }) => scope === 'any' || input.continuous)
    .flatMap(check => check.run(input).map(seen => findingOf(check, seen)));
}

function findingOf({ code, slug, title }: Check, seen: Seen): Finding {
  const {
    severity,
    server,
    message,
    status = statusOf[severity],
    current = null,
    required = null,
    remedy = null,
    ...rest
  } = seen;
  return { code, slug, severity, status, server, title, message, current, required, remedy, ...rest };
}

const statusOf: Readonly<Record<Severity, FindingStatus>> = {
  ok: 'ok',
  info: 'ok',
  warning: 'manual',
  error: 'manual',
};
