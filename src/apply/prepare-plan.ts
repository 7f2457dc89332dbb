import { availableParallelism } from 'node:os';
import { continuousObstacles, runChecks, runDriftChecks } from '../checks/run-checks.js';
import type { Finding } from '../checks/finding.js';
import { inspectServers } from '../inspect/inspect.js';
import type { Facts } from '../inspect/facts.js';
import { buildPlan, type BuiltPlan } from '../plan/build-plan.js';
import { serverFacts } from '../plan/database-lanes.js';
import { bothWrittenInWords, type HalfSwitch } from '../plan/half-switch.js';
import { inferReached, isHandedOver } from '../plan/infer-reached.js';
import { knownState, missedSwitchFinding } from '../plan/known-state.js';
import type { Plan } from '../plan/plan.js';
import { findResyncTables, markedForResync, type ResyncTable } from '../plan/resync.js';
import { UserError } from '../errors.js';
import { goalBefore, type Goal, type Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import type { RememberedSwitch } from '../state/remembered-switch.js';
import { readHalfSwitch } from './read-half-switch.js';
import { pgmVersion } from './version.js';

export interface PreparedPlan extends BuiltPlan {
  readonly spec: Spec;
  readonly facts: Facts;
  readonly copyJobs: number;
  /** Tables that the user wants to be copied again: to be marked before the steps are run. */
  readonly resync: readonly ResyncTable[];
  /** A switch that the stored lockfile does not know of; the plan is made with it. */
  readonly missed: RememberedSwitch | null;
  /** What settings were before pgm changed them; the stored lockfile may lack some. */
  readonly settings: Lockfile['settings'];
}

/** Reads both servers and decides what is to be done; writes nothing. */
export async function preparePlan(
  spec: Spec,
  stored: Lockfile | null,
  goalByFlag: Goal | undefined,
  resyncNames: readonly string[] = [],
): Promise<PreparedPlan> {
  const seen = await inspectServers(spec);
  const resync = findResyncTables(seen, resyncNames);
  const facts = markedForResync(seen, resync);
  const { lockfile, missed, settings } = knownState(spec, facts, stored, pgmVersion());
  const servers = serverFacts(facts);
  const half =
    servers === null ? null : await readHalfSwitch(spec, lockfile, { ...servers, databases: facts.databases });
  const reached =
    half?.passed === true ? (half.event === 'cutover' ? 'cutover' : 'synced') : reachedSoFar(spec, facts, lockfile);
  const asked = goalByFlag ?? spec.goal;
  // What only warns before a cutover stands in the way of one, however it is asked for.
  const { method, findings, fallback } = chooseMethod({ ...spec, goal: asked }, facts, lockfile);
  const goal = effectiveGoal(asked, method);
  const copyJobs = jobsFor(spec, facts);
  const wanted = { ...spec, method };
  const caughtUp = missed === null ? [] : [missedSwitchFinding(missed)];
  const refused = refusals(spec, goalByFlag, goal, method, reached, lockfile, half);
  const built = buildPlan({
    spec: wanted,
    facts,
    findings: [...findings, ...caughtUp, ...refused],
    lockfile,
    settings,
    reached,
    goal,
    method,
    fallback,
    pgmVersion: pgmVersion(),
    copyJobs,
    half,
    at: new Date().toISOString(),
  });
  if (resync.length > 0 && (reached === 'cutover' || reached === 'ready'))
    throw new UserError(`--resync: ${reached} is reached, the target has the writes`, { kind: 'usage' });
  return { ...built, spec: wanted, facts, copyJobs, resync, missed, settings };
}

/** By the lockfile; but a target that has the writes is believed, also when the lockfile is lost or an older one. */
function reachedSoFar(spec: Spec, facts: Facts, lockfile: Lockfile | null): Goal | null {
  if (lockfile === null) return inferReached(spec, facts);
  return knowsNoCutover(lockfile) && isHandedOver(facts) ? 'cutover' : lockfile.reached;
}

function knowsNoCutover(lockfile: Lockfile | null): boolean {
  if (lockfile === null) return true;
  return lockfile.cutover === null && (lockfile.reached === null || goalBefore(lockfile.reached, 'cutover'));
}

interface ChosenMethod {
  readonly method: 'continuous' | 'dump';
  readonly findings: readonly Finding[];
  readonly fallback: Plan['fallback'];
}

/** `auto` is continuous where the checks allow it; what has begun with one method goes on with it. */
function chooseMethod(spec: Spec, facts: Facts, lockfile: Lockfile | null): ChosenMethod {
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

/** A dump has no `synced`: what it brings is `ready`. */
function effectiveGoal(goal: Goal, method: 'continuous' | 'dump'): Goal {
  return method === 'dump' && goal !== 'prepared' ? 'ready' : goal;
}

/** What the goal asks for and cannot have, as findings, so that it is seen with everything else. */
function refusals(
  spec: Spec,
  goalByFlag: Goal | undefined,
  goal: Goal,
  method: 'continuous' | 'dump',
  reached: Goal | null,
  lockfile: Lockfile | null,
  half: HalfSwitch | null,
): readonly Finding[] {
  const refuse = (code: string, slug: string, title: string, message: string, remedy: string): Finding => ({
    code,
    slug,
    severity: 'error',
    status: 'blocked',
    server: 'local',
    title,
    message,
    current: reached,
    required: goal,
    remedy,
  });
  if (half !== null && half.bothWritten !== null)
    return [
      refuse(
        'PGM627',
        'both-sides-written',
        'one side alone was written to',
        ...bothWrittenInWords(half.event, half.bothWritten),
      ),
    ];
  if (method === 'dump' && (goalByFlag ?? spec.goal) === 'cutover') {
    return [
      refuse(
        'PGM641',
        'dump-has-no-cutover',
        'cutover needs continuous replication',
        'a dump cannot be cut over: rows written after it began are not on the target',
        'stop your applications, run `pgm apply` with goal ready; or make logical replication possible',
      ),
    ];
  }
  if (reached === null || !goalBefore(goal, reached)) return [];
  if (reached === 'cutover' && half === null && knowsNoCutover(lockfile)) {
    return [
      refuse(
        'PGM645',
        'state-behind',
        'the state knows of the cutover',
        'the target has the writes, but the lockfile is lost or an older one and does not know of the cutover',
        'put the right lockfile back; or write `goal: cutover` in the spec and run `pgm apply`, which records it',
      ),
    ];
  }
  const byFlag = lockfile?.goal_by_flag ?? null;
  if (byFlag !== null && goalByFlag === undefined && goalBefore(spec.goal, byFlag)) {
    return [
      refuse(
        'PGM642',
        'spec-behind-flag',
        'the spec asks for less than was reached by --goal',
        `\`apply --goal ${byFlag}\` went further than the spec, which asks for ${spec.goal}`,
        `write \`goal: ${reached}\` in the spec to stay there; or, to go back, run \`pgm apply --goal ${spec.goal}\``,
      ),
    ];
  }
  if (reached === 'ready')
    return [
      refuse(
        'PGM640',
        'ready-is-final',
        'ready cannot be lowered',
        'the migration is ready: nothing is left that could lead back',
        'write `goal: ready` in the spec',
      ),
    ];
  if (reached === 'cutover' && goal === 'synced') {
    return spec.cutover.failback
      ? []
      : [
          refuse(
            'PGM643',
            'no-way-back',
            'failback was not prepared',
            'cutover.failback is false: the source did not follow the target since the cutover',
            'write `goal: cutover` in the spec',
          ),
        ];
  }
  return goal === 'prepared' && reached === 'synced'
    ? []
    : [
        refuse(
          'PGM644',
          'goal-behind',
          'the goal is behind what was reached',
          `${reached} was reached; ${goal} cannot be gone back to`,
          `write \`goal: ${reached}\` in the spec`,
        ),
      ];
}

const most = 8;

/** Streams in parallel: what the spec says, else one more than there are cores here, within the servers' free connections. */
function jobsFor(spec: Spec, facts: Facts): number {
  if (spec.copy.jobs !== null) return spec.copy.jobs;
  const free = [facts.source, facts.target].flatMap(server => {
    if (server.kind !== 'server') return [];
    const maximum = Number(server.settings.get('max_connections')?.value ?? 100);
    return [Math.max(1, Math.floor((maximum - server.connectionsInUse) / 4))];
  });
  return Math.max(1, Math.min(most, availableParallelism() + 1, ...free));
}
