import { movedTables } from '../inspect/moved-tables.js';
import { relationKey } from '../postgres/relation-key.js';
import { applicationPart } from '../checks/application-part.js';
import { runApplicationChecks, runDriftChecks } from '../checks/run-checks.js';
import { UserError } from '../errors.js';
import { inspectServers } from '../inspect/inspect.js';
import type { DatabaseFacts, Facts, ServerFacts, TableFacts } from '../inspect/facts.js';
import { inferReached } from '../plan/infer-reached.js';
import { knownState, missedSwitchFinding } from '../plan/known-state.js';
import { finishedTables, serverFacts } from '../plan/database-lanes.js';
import { reportError } from '../postgres/errors.js';
import { withConnection } from '../postgres/connect.js';
import { readLag, type LaneLag } from '../replication/lag.js';
import type { Spec } from '../spec/spec.js';
import type { FinishedPart } from '../state/copied-parts.js';
import { begunSteps } from '../state/begun-steps.js';
import { openBackend } from '../state/open-backend.js';
import type { Lockfile } from '../state/lockfile.js';
import { noteClients } from './note-clients.js';
import { readInFlight } from './read-in-flight.js';
import { knownLanes } from './known-lanes.js';
import { explainStandingLanes } from './standing-lanes.js';
import { pgmVersion } from './version.js';
import type { DatabaseStatus, LaneStatus, MigrationState, Status } from './status.js';

/**
 * The live state of every database, table and lane, and drift. Writes nothing on the servers; the state learns who is at
 * work, where that is new.
 */
export async function readStatus(spec: Spec): Promise<Status> {
  const [stored, facts] = await Promise.all([openBackend(spec).read(), inspectServers(spec)]);
  await noteClients(spec, facts, stored, new AbortController().signal);
  const { lockfile, missed } = knownState(spec, facts, stored, pgmVersion());
  const servers = serverFacts(facts);
  if (servers === null) {
    const which = facts.source.kind === 'unreachable' ? facts.source : facts.target;
    const side = facts.source.kind === 'unreachable' ? 'source' : 'target';
    throw new UserError(`the ${side} cannot be reached: ${which.kind === 'unreachable' ? which.message : ''}`, {
      kind: 'blocked',
      code: 'PGM101',
      hint:
        '`pgm plan` says what blocks it' +
        (lockfile?.reached === undefined || lockfile.reached === null ? '' : `; ${lockfile.reached} was reached`),
    });
  }
  const lags = await laneLags(spec, facts, servers.source, servers.target);
  const inFlight = await readInFlight(spec, facts, servers.source);
  const state = migrationState(spec, facts, lockfile);
  const { cutover } = lockfile ?? { cutover: null };
  return {
    format_version: 1,
    name: spec.name,
    method: lockfile?.method ?? spec.method,
    goal: spec.goal,
    state,
    ...begunSteps(lockfile),
    ...(inFlight.length === 0 ? {} : { in_flight: inFlight }),
    databases: await explainStandingLanes(
      spec,
      facts.databases.map(database => databaseStatus(spec, database, servers.source, servers.target, lags, state)),
      lags,
      new Map(
        facts.databases.flatMap(database =>
          knownLanes(spec.name, database, servers.source, servers.target).map(lane => [lane.name, lane.applyErrors]),
        ),
      ),
    ),
    drift: [
      ...(missed === null ? [] : [missedSwitchFinding(missed)]),
      ...(lockfile === null
        ? []
        : runDriftChecks({ ...spec, method: lockfile.method ?? spec.method }, facts, lockfile)),
    ],
    ...applicationOf(spec, facts, lockfile),
    cutover:
      cutover === null || cutover.state !== 'finished' || cutover.event === 'failback'
        ? null
        : { write_stop_ms: cutover.write_stop_ms, parts: cutover.parts, finished_at: cutover.finished_at },
    updated_at: new Date().toISOString(),
  };
}

/** Only while a switch is to come. */
function applicationOf(spec: Spec, facts: Facts, lockfile: Lockfile | null): Pick<Status, 'application'> {
  const method = lockfile?.method ?? spec.method;
  if (method === 'dump' || lockfile === null) return {};
  const wanted = { ...spec, method };
  const findings = runApplicationChecks(wanted, facts, lockfile);
  const application = applicationPart(wanted, facts, lockfile, findings);
  return application === null ? {} : { application };
}

/** What is known without the servers, as the object that `status --json` ends with when they cannot be read. */
export async function statusWithoutServers(spec: Spec, error: unknown): Promise<Status> {
  const lockfile = await openBackend(spec)
    .read()
    .catch(() => null);
  return {
    format_version: 1,
    name: spec.name,
    method: lockfile?.method ?? spec.method,
    goal: spec.goal,
    state: stateBySteps(lockfile),
    ...begunSteps(lockfile),
    databases: [],
    drift: [],
    cutover: null,
    updated_at: new Date().toISOString(),
    error: reportError(error),
  };
}

function stateBySteps(lockfile: Lockfile | null): MigrationState {
  if (lockfile?.stopped === true) return 'stopped';
  switch (lockfile?.reached ?? null) {
    case 'ready':
      return 'ready';
    case 'cutover':
      return 'cut-over';
    case 'synced':
      return 'syncing';
    case 'prepared':
      return 'prepared';
    case null:
      return Object.values(lockfile?.steps ?? {}).some(step => step.status === 'failed') ? 'failed' : 'not-started';
  }
}

function migrationState(spec: Spec, facts: Facts, lockfile: Lockfile | null): MigrationState {
  const reached = lockfile === null ? inferReached(spec, facts) : lockfile.reached;
  if (lockfile?.stopped === true) return 'stopped';
  switch (reached) {
    case 'ready':
      return 'ready';
    case 'cutover':
      return 'cut-over';
    case 'synced':
      return 'syncing';
    case 'prepared':
    case null:
      break;
  }
  const steps = Object.values(lockfile?.steps ?? {});
  if (facts.databases.some(({ target }) => (target?.progress ?? null) !== null))
    return steps.some(step => step.status === 'failed') ? 'failed' : 'copying';
  if (reached === 'prepared') return 'prepared';
  return steps.some(step => step.status === 'failed') ? 'failed' : 'not-started';
}

function databaseStatus(
  spec: Spec,
  database: DatabaseFacts,
  source: ServerFacts,
  target: ServerFacts,
  lags: ReadonlyMap<string, LaneLag>,
  migration: MigrationState,
): DatabaseStatus {
  const tables = movedTables(database);
  const progress = database.target?.progress ?? null;
  const finished = finishedTables(database);
  const isClosed = migration === 'ready' && progress === null;
  const copied = tables.filter(table => isClosed || finished.has(relationKey(table)));
  const parts = progress?.parts ?? [];
  const lanes = knownLanes(spec.name, database, source, target).map((lane): LaneStatus => {
    const lag = lags.get(lane.name);
    return {
      name: lane.name,
      direction: lane.direction,
      slot: lane.name,
      subscription: lane.name,
      active: lag?.active === true,
      enabled: lane.enabled,
      lag_bytes: lag?.lagBytes ?? null,
      lag_seconds: lag?.lagSeconds ?? (lag?.lagBytes === 0 ? 0 : null),
      retained_wal_bytes: lag?.retainedWalBytes ?? null,
      error: lag?.walStatus === 'lost' ? 'the slot is lost: the source removed WAL that it needed' : null,
    };
  });
  const total = sum(tables.map(table => table.dataBytes));
  const begun = tables.filter(table => !copied.includes(table)).map(table => table.dataBytes * shareOf(table, parts));
  return {
    name: database.name,
    state: databaseState(migration, progress !== null, copied.length === tables.length),
    tables: { total: tables.length, copied: copied.length },
    bytes: {
      total,
      copied:
        copied.length === tables.length ? total : Math.round(sum([...copied.map(table => table.dataBytes), ...begun])),
    },
    rows_copied: sum(parts.map(part => part.rows)),
    lanes,
  };
}

/** How much of a table is in, by the rows of its finished parts. */
function shareOf(table: TableFacts, parts: readonly FinishedPart[]): number {
  const rows = sum(parts.filter(part => relationKey(part) === relationKey(table)).map(part => part.rows));
  return table.rowEstimate <= 0 ? 0 : Math.min(1, rows / table.rowEstimate);
}

function databaseState(migration: MigrationState, begun: boolean, complete: boolean): MigrationState {
  if (migration === 'copying' || migration === 'failed')
    return begun ? (complete ? 'prepared' : 'copying') : 'not-started';
  return migration;
}

async function laneLags(
  spec: Spec,
  facts: Facts,
  source: ServerFacts,
  target: ServerFacts,
): Promise<ReadonlyMap<string, LaneLag>> {
  const lanes = facts.databases.flatMap(database => knownLanes(spec.name, database, source, target));
  const of = async (direction: 'forward' | 'reverse'): Promise<readonly LaneLag[]> => {
    const names = lanes.filter(lane => lane.direction === direction).map(lane => lane.name);
    if (names.length === 0) return [];
    const { connection } = direction === 'forward' ? spec.source : spec.target;
    return withConnection(connection, { purpose: 'status', reads: true }, session => readLag(session, names));
  };
  const all = [...(await of('forward')), ...(await of('reverse'))];
  return new Map(all.map(lag => [lag.slot, lag]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
