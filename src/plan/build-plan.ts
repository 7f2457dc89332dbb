import type { Change, Finding } from '../checks/finding.js';
import type { Facts, ServerFacts } from '../inspect/facts.js';
import { reverseLaneName } from '../replication/names.js';
import { goalBefore, type Goal, type Spec } from '../spec/spec.js';
import type { Lockfile, ReplicaIdentitySetting } from '../state/lockfile.js';
import { wasSwitched } from '../state/remembered-switch.js';
import { dropLane } from '../steps/drop-lane.js';
import { dropProgress } from '../steps/drop-progress.js';
import { restoreIdentity } from '../steps/restore-identity.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { recordOf } from '../state/step-records.js';
import { forwardLanes, serverFacts } from './database-lanes.js';
import { orphanLanes } from './orphan-lanes.js';
import { planBack } from './plan-back.js';
import { planDatabase, type DatabasePlan } from './plan-database.js';
import { noLoadSettings, planLoadSettings, planRestoreSettings, type LoadSettings } from './plan-load.js';
import { planConnections } from './plan-connections.js';
import { preflight, type Preflight } from './preflight.js';
import { planPropertyChanges, planRoles, planServers } from './plan-servers.js';
import type { HalfSwitch } from './half-switch.js';
import { madeLanes, planCutover, planFailback, planSettle, type SwitchPlanInput } from './plan-switch.js';
import { reviewedLanes, withReviewedLoad } from './reviewed.js';
import type { Plan } from './plan.js';
import { assemblePlan, type BuiltPlan } from './assemble-plan.js';

export interface PlanInput {
  readonly spec: Spec;
  readonly facts: Facts;
  /** Of the checks for this method. */
  readonly findings: readonly Finding[];
  readonly lockfile: Lockfile | null;
  /** What settings were before pgm changed them, as lockfile and target know together. */
  readonly settings: Lockfile['settings'];
  /** The furthest goal that holds, from the lockfile or, where that is lost, from what is on the servers. */
  readonly reached: Goal | null;
  readonly goal: Goal;
  readonly method: 'continuous' | 'dump';
  readonly fallback: Plan['fallback'];
  readonly pgmVersion: string;
  readonly copyJobs: number;
  /** A switch that was interrupted; null: none. */
  readonly half: HalfSwitch | null;
  /** The plan that was reviewed and is to be carried out: where sizes decide, its decision stands. */
  readonly reviewed?: Plan | undefined;
  /** Nobody sees the plan before it is carried out, but these statements, of an earlier one. */
  readonly approved?: ReadonlySet<string> | undefined;
  /** ISO 8601: when the servers were looked at. */
  readonly at: string;
}

export type { BuiltPlan };

/** Pure: the same input gives the same plan to the byte. */
export function buildPlan(input: PlanInput): BuiltPlan {
  const { spec, facts, method } = input;
  const findings = withReviewedLoad(input.findings, input.reviewed);
  const servers = serverFacts(facts);
  const blocked = findings.filter(finding => finding.severity === 'error').length;
  const steps = servers === null || blocked > 0 ? serverStepsOnly(input) : allSteps({ ...input, findings });
  const { goal, reached, fallback, lockfile, pgmVersion } = input;
  const preflight = preflightOf(input, steps);
  return assemblePlan(
    { spec, facts, lockfile, goal, reached, method, fallback, pgmVersion, findings, preflight },
    steps,
  );
}

/** Also where something stands in the way of a cutover: then more than ever one wants to know how the rest stands. */
function preflightOf(
  { spec, facts, findings, goal, reached, method, lockfile, at }: PlanInput,
  steps: readonly PlannedStep[],
): Preflight | null {
  const servers = serverFacts(facts);
  if (servers === null || method === 'dump') return null;
  const isCutover = !goalBefore(goal, 'cutover') && (reached === null || goalBefore(reached, 'cutover'));
  const event = isCutover ? 'cutover' : steps.some(({ kind }) => kind === 'failback') ? 'failback' : null;
  return event === null || facts.databases.length === 0
    ? null
    : preflight({ event, at, spec, ...servers, databases: facts.databases, findings, lockfile });
}

/** Where something blocks, what can be made ready is shown all the same; the rest would be a guess. */
function serverStepsOnly({ spec, facts, findings }: PlanInput): readonly PlannedStep[] {
  const servers = serverFacts(facts);
  return servers === null ? [] : planServers(spec, servers.source, servers.target, findings);
}

function allSteps(input: PlanInput): readonly PlannedStep[] {
  const { spec, facts, findings, goal, reached, method, lockfile } = input;
  const servers = serverFacts(facts);
  if (servers === null) return [];
  const { source, target } = servers;
  const { databases } = facts;
  const steps: PlannedStep[] = [];
  const isReached = (wanted: Goal): boolean => reached !== null && !goalBefore(reached, wanted);
  const all = (): readonly string[] => steps.map(step => step.id);

  const lanes = reviewedLanes(input.reviewed);
  const made: DatabasePlan[] = [];
  const switching = (after: readonly string[]): SwitchPlanInput => ({
    spec,
    databases,
    source,
    target,
    lockfile,
    made,
    after,
    keepsWayBack: goal === 'cutover',
  });
  const direction = isReached('cutover') ? 'reverse' : 'forward';
  // What is closed needs no connection.
  if (method === 'continuous' && !(goal === 'ready' && isReached('cutover')))
    steps.push(...planConnections({ spec, source, target, lockfile, direction }));
  if (input.half !== null) steps.push(planSettle(switching([]), input.half));
  if (reached === 'cutover' && goal === 'synced') {
    steps.push(...planPrincipals(input, target, source, 'target', steps));
    steps.push(...followingBack(input, source, target, all()));
    return [...steps, ...planFailback(switching(all()))];
  }
  if (reached === 'cutover' && goal === 'cutover') steps.push(...followingBack(input, source, target, all()));
  if (!isReached('cutover')) steps.push(...planServers(spec, source, target, findings));
  let settings: LoadSettings = noLoadSettings;
  if (goal !== 'prepared' && !isReached('cutover') && !(method === 'dump' && isReached('ready'))) {
    steps.push(...planPrincipals(input, source, target, 'source', steps));
    settings = planLoadSettings(target, findings, all());
    const after = [...all(), ...settings.steps.map(step => step.id)];
    for (const database of databases) {
      made.push(
        planDatabase({
          spec,
          method,
          source,
          target,
          database,
          reviewed: lanes.get(database.name),
          after,
          changes: changesOf(findings, database.name),
          jobs: input.copyJobs,
          approved: input.approved,
          synced: isReached('synced') && lockfile?.stopped !== true,
          switched: wasSwitched(lockfile),
          knownErrors: overcomeErrors(lockfile, database.name),
        }),
      );
    }
  }
  const loading = [...settings.steps, ...made.flatMap(each => each.steps)];
  steps.push(...loading);
  const restore = planRestoreSettings(input.settings, settings, loading);
  if (restore !== null) steps.push(restore);
  if (goal === 'prepared') return steps;
  if (method === 'continuous' && !goalBefore(goal, 'cutover') && !isReached('cutover')) {
    steps.push(...planCutover(switching(all())));
  }
  if (goal === 'ready' && !isReached('ready')) steps.push(...planClose(input, all(), made));
  if (method === 'continuous') steps.push(...planOrphans(input, all()));
  return steps;
}

/** Where the source follows the target: not while a switch is to be finished or undone. */
function followingBack(
  { spec, lockfile, approved, facts, half }: PlanInput,
  source: ServerFacts,
  target: ServerFacts,
  after: readonly string[],
): readonly PlannedStep[] {
  if (half !== null) return [];
  return facts.databases.flatMap(database => planBack({ spec, source, target, lockfile, after, approved }, database));
}

/** Roles that the side which follows lacks, and what changed of those that are there. */
function planPrincipals(
  { spec, lockfile }: PlanInput,
  leader: ServerFacts,
  follower: ServerFacts,
  leads: 'source' | 'target',
  after: readonly PlannedStep[],
): readonly PlannedStep[] {
  const steps: PlannedStep[] = [];
  const roles = planRoles(spec, leader, follower, after, leads === 'source' ? undefined : { lockfile });
  if (roles !== null) steps.push(roles);
  const changes = planPropertyChanges({ spec, lockfile }, leader, follower, leads, [...after, ...steps]);
  return changes === null ? steps : [...steps, changes];
}

/** Lanes of databases that were dropped on the source, or that the spec left out since, try for ever and keep WAL. */
function planOrphans({ spec, facts }: PlanInput, after: readonly string[]): readonly PlannedStep[] {
  const servers = serverFacts(facts);
  if (servers === null) return [];
  const orphans = orphanLanes(spec.name, facts, servers.source, servers.target).filter(
    ({ fate }) => fate.kind !== 'renamed',
  );
  const drops = orphans.map(({ name, direction, database, fate }) => {
    const reason =
      fate.kind === 'dropped' ? 'its database was dropped on the source' : 'the spec leaves its database out';
    return planned(dropLane, { database, name, direction, reason }, after);
  });
  // What was copied of a database that is gone can be resumed by nobody.
  const dropped = orphans.flatMap(({ database, fate, direction }) =>
    fate.kind === 'dropped' && direction === 'forward' ? [database] : [],
  );
  const records = [...new Set(dropped)].map(database =>
    planned(
      dropProgress,
      { database, migration: spec.name, fenced: false },
      drops.map(({ id }) => id),
    ),
  );
  return [...drops, ...records];
}

/** What the last wait for a database's lanes noted when they had applied all. */
function overcomeErrors(lockfile: Lockfile | null, database: string): Readonly<Record<string, number>> {
  return recordOf(lockfile, 'sync', { server: 'target', database })?.apply_errors ?? {};
}

/** Nothing of pgm is left running: lanes both ways, the record of the copy. */
function planClose(
  { spec, facts, method, settings }: PlanInput,
  after: readonly string[],
  made: readonly DatabasePlan[],
): readonly PlannedStep[] {
  const servers = serverFacts(facts);
  if (servers === null) return [];
  return facts.databases.flatMap(database => {
    const forward = forwardLanes(spec.name, database, servers.source, servers.target).map(lane => lane.name);
    const back = reverseLaneName(spec.name, database.oid);
    const backThere =
      servers.target.slots.some(slot => slot.name === back) ||
      servers.source.subscriptions.some(each => each.name === back) ||
      database.target?.publications.some(each => each.name === back) === true;
    const lanes = method === 'dump' ? [] : [...new Set([...forward, ...madeLanes(made, database)])];
    const drops = [
      ...lanes.map(name => ({ name, direction: 'forward' as const, reason: 'all is on the target' })),
      ...(backThere ? [{ name: back, direction: 'reverse' as const, reason: 'the migration ends here' }] : []),
    ].map(lane => planned(dropLane, { database: database.name, ...lane }, after));
    const identities = Object.values(settings).filter(
      (record): record is ReplicaIdentitySetting =>
        record.kind === 'replica-identity' && record.database === database.name,
    );
    return [
      ...drops,
      ...(identities.length === 0
        ? []
        : [
            planned(restoreIdentity, { database: database.name, records: identities }, [
              ...after,
              ...drops.map(({ id }) => id),
            ]),
          ]),
      planned(
        dropProgress,
        {
          database: database.name,
          migration: spec.name,
          fenced: method === 'continuous' && spec.cutover.freeze === 'locks',
        },
        after,
      ),
    ];
  });
}

/** Fixes that findings about one database ask for. */
function changesOf(findings: readonly Finding[], database: string): readonly Change[] {
  return findings.flatMap(({ status, change }) =>
    status === 'change' && change !== undefined && 'database' in change && change.database === database ? [change] : [],
  );
}
