import { createHash } from 'node:crypto';
import { catalogue } from '../checks/catalogue.js';
import type { Finding } from '../checks/finding.js';
import type { Plan, Step } from './plan.js';

/** A plan without the two hashes over it. */
export type PlanContent = Omit<Plan, 'digest' | 'integrity'>;

/**
 * SHA-256 over what a reviewed plan promises: servers, goal, method, spec, findings that somebody must know of, and
 * steps with their statements. Times, sizes, estimates and positions change with every row that a client writes and are
 * left out, so that a plan saved on a database in use stays valid; see {@link planIntegrity} for the rest of what is
 * shown.
 */
export function planDigest(plan: PlanContent): string {
  return sha256({
    format_version: plan.format_version,
    name: plan.name,
    goal: plan.goal,
    reached: plan.reached,
    method: plan.method,
    fallback: plan.fallback?.codes ?? null,
    spec: plan.spec.sha256,
    source: plan.source,
    target: plan.target,
    // Left out where there is none: the digests of other plans stay what they were.
    teardown: plan.teardown,
    findings: promisedFindings(plan.findings),
    steps: plan.steps.map(promisedStep),
    applicable: plan.applicable,
  });
}

/** SHA-256 over every word of a plan: of a saved one it says that nobody altered what was reviewed. */
export function planIntegrity(plan: Omit<Plan, 'integrity'>): string {
  return sha256(plan);
}

/** A step as the digest has it. */
export function promisedStep({ estimate: _, ...step }: Step): Omit<Step, 'estimate'> {
  return step;
}

/** A finding as the digest has it: what it is about and asks for, not the figures in its words. */
export type PromisedFinding = Pick<Finding, 'code' | 'severity' | 'status' | 'server' | 'required'> &
  Partial<Pick<Finding, 'database' | 'object' | 'step'>>;

const momentary: ReadonlySet<string> = new Set(
  catalogue.filter(check => check.momentary === true).map(({ code }) => code),
);

/** Findings that stand in the way, ask for something or are a warning, in an order of their own. */
export function promisedFindings(findings: readonly Finding[]): readonly PromisedFinding[] {
  return findings
    .filter(({ code, severity, status }) => status === 'change' || (isSerious(severity) && !momentary.has(code)))
    .map(({ code, severity, status, server, required, database, object, step }) => ({
      code,
      severity,
      status,
      server,
      required,
      ...(database === undefined ? {} : { database }),
      ...(object === undefined ? {} : { object }),
      ...(step === undefined ? {} : { step }),
    }))
    .map(finding => ({ finding, key: canonicalJson(finding) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ finding }) => finding);
}

function isSerious(severity: Finding['severity']): boolean {
  return severity === 'warning' || severity === 'error';
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** JSON with sorted keys: the same data gives the same text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = value as Readonly<Record<string, unknown>>;
    const known = Object.keys(fields).filter(key => fields[key] !== undefined);
    return `{${known
      .sort()
      .map(key => `${JSON.stringify(key)}:${canonicalJson(fields[key])}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}
