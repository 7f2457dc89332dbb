import { applicationPart } from '../checks/application-part.js';
import type { Finding } from '../checks/finding.js';
import type { Facts } from '../inspect/facts.js';
import { movedTables } from '../inspect/moved-tables.js';
import type { Goal, Spec } from '../spec/spec.js';
import { begunSteps } from '../state/begun-steps.js';
import type { Lockfile } from '../state/lockfile.js';
import type { PlannedStep } from '../steps/step-kind.js';
import { planDigest, planIntegrity, type PlanContent } from './digest.js';
import type { Plan, PlannedServer, PlanSummary, Step } from './plan.js';
import type { Preflight } from './preflight.js';
import type { Teardown } from './teardown.js';

export interface BuiltPlan {
  readonly plan: Plan;
  /** The plan's steps with what is needed to run them. */
  readonly steps: readonly PlannedStep[];
}

export interface PlanParts {
  readonly spec: Spec;
  readonly facts: Facts;
  readonly lockfile: Lockfile | null;
  readonly goal: Goal;
  readonly reached: Goal | null;
  readonly method: Plan['method'];
  readonly fallback: Plan['fallback'];
  readonly pgmVersion: string;
  readonly findings: readonly Finding[];
  readonly preflight: Preflight | null;
  readonly teardown?: Teardown;
}

/** What is shown, saved and held against later: the same for every kind of plan. */
export function assemblePlan(parts: PlanParts, steps: readonly PlannedStep[]): BuiltPlan {
  const { spec, facts, findings, teardown } = parts;
  const shown = steps.map(toStep);
  const blocked = findings.filter(finding => finding.severity === 'error').length;
  const content: PlanContent = {
    format_version: 1,
    pgm_version: parts.pgmVersion,
    name: spec.name,
    goal: parts.goal,
    reached: parts.reached,
    method: parts.method,
    fallback: parts.fallback,
    spec: { path: spec.path, sha256: spec.sha256 },
    source: plannedServer(facts.source, spec.source.connection.database),
    target: plannedServer(facts.target, spec.target.connection.database),
    ...(teardown === undefined ? {} : { teardown }),
    ...begunSteps(parts.lockfile),
    findings,
    steps: shown,
    summary: summary(parts, shown, blocked),
    preflight: parts.preflight,
    ...applicationOf(parts),
    applicable: blocked === 0,
  };
  const plan = { ...content, digest: planDigest(content) };
  return { plan: { ...plan, integrity: planIntegrity(plan) }, steps };
}

/** Where the writes are handed over. */
function applicationOf({ spec, facts, lockfile, findings, preflight }: PlanParts): Pick<Plan, 'application'> {
  const application = preflight === null ? null : applicationPart(spec, facts, lockfile, findings);
  return application === null ? {} : { application };
}

function toStep({ id, kind, description, dependsOn }: PlannedStep): Step {
  const { impact, estimate, diff, database } = description;
  return {
    id,
    kind,
    action: description.action,
    server: description.server,
    ...(database === undefined ? {} : { database }),
    title: description.title,
    statements: description.statements,
    ...(description.tables === undefined ? {} : { tables: description.tables }),
    ...(diff === undefined ? {} : { diff }),
    reversible: description.reversible,
    impact: {
      restart: impact?.restart ?? false,
      locks: impact?.locks ?? [],
      blocks_writes: impact?.blocks_writes ?? false,
    },
    estimate: estimate ?? null,
    depends_on: dependsOn,
  };
}

function plannedServer(server: Facts['source'], database: string): PlannedServer | null {
  if (server.kind !== 'server') return null;
  const { version, systemIdentifier, host, port } = server;
  return { version, system_identifier: systemIdentifier ?? '', host, port, database };
}

function summary(
  { facts, findings }: Pick<PlanParts, 'facts' | 'findings'>,
  steps: readonly Step[],
  blocked: number,
): PlanSummary {
  const count = (action: Step['action']): number => steps.filter(step => step.action === action).length;
  const tables = facts.databases.flatMap(movedTables);
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    run: count('run'),
    warnings: findings.filter(finding => finding.severity === 'warning').length,
    blocked,
    databases: facts.databases.length,
    tables: tables.length,
    bytes: tables.reduce((bytes, table) => bytes + table.dataBytes, 0),
  };
}
