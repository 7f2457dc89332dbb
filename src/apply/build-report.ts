import { knownDifferences } from '../state/differences.js';
import type { ObjectCounts } from '../inspect/object-counts.js';
import type { Goal } from '../spec/spec.js';
import { historyOf, lagSamples } from '../state/history.js';
import type { Lockfile } from '../state/lockfile.js';
import { shownSetting } from '../state/settable.js';
import { recordOf, stepsOfDatabase } from '../state/step-records.js';
import type { VerifyReport } from '../verify/report.js';
import type { CopiedDatabase } from '../steps/copy.js';
import { intervalOf, iso, lengthOf, reportPhases, union } from './report-phases.js';
import type { MigrationReport, ReportComparison, ReportDatabase, ReportServer, WriteStop } from './report.js';

export interface ReportInput {
  readonly lockfile: Lockfile;
  readonly goal: Goal;
  readonly pgmVersion: string;
  /** ISO 8601. */
  readonly at: string;
  readonly source: LiveServer;
  readonly target: LiveServer;
  /** Of `pgm verify --json`; null: none was given. */
  readonly verification: VerifyReport | null;
}

/** A server as it is now. */
export interface LiveServer {
  readonly address: string;
  /** null: it answers. */
  readonly message: string | null;
  readonly databases: ReadonlyMap<string, LiveDatabase>;
}

export interface LiveDatabase {
  readonly bytes: number;
  readonly counts: ObjectCounts;
}

/** Pure: what the lockfile recorded on the way, with what the servers show now. */
export function buildReport(input: ReportInput): MigrationReport {
  const { lockfile, verification } = input;
  const history = historyOf(lockfile);
  const steps = Object.values(lockfile.steps);
  const active = union(steps.flatMap(step => intervalOf(step) ?? []));
  const [first, last] = [active[0], active.at(-1)];
  const names = Object.keys(history.databases).sort();
  const databases = names.map(name => databaseOf(input, name));
  const comparisons = [
    ...names.flatMap(name => comparisonOf(lockfile, name)),
    ...stopComparison(lockfile),
    ...(verification === null ? rememberedComparison(lockfile) : [verificationOf(verification)]),
  ];
  const samples = lagSamples(history);
  const sum = (of: (database: ReportDatabase) => number): number =>
    databases.reduce((total, database) => total + of(database), 0);
  return {
    format_version: 1,
    pgm_version: input.pgmVersion,
    name: lockfile.name,
    generated_at: input.at,
    method: lockfile.method,
    goal: input.goal,
    reached: lockfile.reached,
    stopped: lockfile.stopped,
    lineage: lockfile.lineage,
    spec_sha256: lockfile.spec_sha256,
    began_at: first === undefined ? null : iso(first.from),
    ended_at: last === undefined ? null : iso(last.to),
    active_seconds: lengthOf(active),
    source: serverOf(input.source, lockfile.source),
    target: serverOf(input.target, lockfile.target),
    totals: {
      databases: databases.length,
      tables: sum(({ copied }) => copied?.tables ?? 0),
      rows: sum(({ copied }) => copied?.rows ?? 0),
      bytes: sum(({ copied }) => copied?.bytes ?? 0),
    },
    databases,
    roles_made: recordOf(lockfile, 'role', { server: 'target' })?.roles ?? 0,
    phases: reportPhases(steps),
    lag: { samples, peak_bytes: samples.length === 0 ? null : Math.max(...samples.map(({ bytes }) => bytes)) },
    write_stop: writeStopOf(lockfile),
    comparisons,
    equal: comparisons.length === 0 ? null : comparisons.every(({ differing }) => differing === 0),
    left_out: {
      databases: history.left_out,
      tables: Object.entries(history.databases).flatMap(([database, { tables_left_out: count, names_left_out }]) =>
        count === 0 ? [] : [{ database, count, names: names_left_out }],
      ),
      dependants: names.flatMap(database => {
        const dependants = recordOf(lockfile, 'schema', { server: 'target', database })?.dependants ?? [];
        return dependants.length === 0 ? [] : [{ database, names: dependants }];
      }),
    },
    findings: history.findings,
    notes: history.notes,
    settings: Object.values(lockfile.settings).map(shownSetting),
    failures: Object.entries(lockfile.steps).flatMap(([step, { status, error, finished_at, started_at }]) =>
      status === 'failed' ? [{ step, message: error ?? '', at: finished_at ?? started_at }] : [],
    ),
  };
}

function databaseOf({ lockfile, source, target }: ReportInput, name: string): ReportDatabase {
  const planned = historyOf(lockfile).databases[name];
  const copies = stepsOfDatabase(lockfile, 'copy', name);
  const records = copies.flatMap(({ record }) => record ?? []);
  // The last copy of a database knows of all that arrived, also in runs that were interrupted.
  const whole = records.findLast(record => record.whole !== null)?.whole ?? null;
  const sum = (of: (record: CopiedDatabase) => number): number =>
    records.reduce((total, record) => total + of(record), 0);
  const arrived = whole ?? {
    tables: sum(({ tables }) => tables),
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
  };
  return {
    name,
    planned:
      planned === undefined ? null : { tables: planned.tables, bytes: planned.bytes, index_bytes: planned.index_bytes },
    copied:
      records.length === 0
        ? null
        : {
            tables: arrived.tables,
            rows: arrived.rows,
            bytes: arrived.bytes,
            seconds: lengthOf(copies.flatMap(step => intervalOf(step) ?? [])),
          },
    objects: {
      source: recordOf(lockfile, 'schema', { server: 'target', database: name })?.counts ?? null,
      target: target.databases.get(name)?.counts ?? null,
    },
    size: { source: source.databases.get(name)?.bytes ?? null, target: target.databases.get(name)?.bytes ?? null },
  };
}

function comparisonOf(lockfile: Lockfile, database: string): readonly ReportComparison[] {
  return stepsOfDatabase(lockfile, 'verify', database).flatMap((step): ReportComparison[] => {
    const { record } = step;
    const interval = intervalOf(step);
    if (step.status !== 'done' || record === null || interval === null) return [];
    return [
      {
        moment: 'before-cutover',
        database,
        depth: record.depth,
        tables: record.tables,
        rows: record.rows,
        methods: record.methods,
        differing: 0,
        not_compared: 0,
        finished_at: step.finished_at,
        seconds: (interval.to - interval.from) / 1000,
      },
    ];
  });
}

function stopComparison({ cutover }: Lockfile): readonly ReportComparison[] {
  if (cutover?.state !== 'finished' || cutover.compared === undefined) return [];
  const { tables, rows, not_compared } = cutover.compared;
  const part = cutover.parts['verify'];
  return [
    {
      moment: 'in-write-stop',
      database: null,
      depth: 'full',
      tables,
      rows,
      methods: {},
      differing: 0,
      not_compared,
      finished_at: cutover.finished_at,
      seconds: part === undefined ? null : part / 1000,
    },
  ];
}

/** Of an earlier `pgm verify` whose differences nothing has put right. */
function rememberedComparison(lockfile: Lockfile): readonly ReportComparison[] {
  const differences = knownDifferences(lockfile);
  if (differences === null) return [];
  const differing = differences.tables.length + differences.others;
  return [
    {
      moment: 'by-verify',
      database: null,
      depth: differences.depth,
      tables: differing,
      rows: 0,
      methods: {},
      differing,
      not_compared: 0,
      finished_at: differences.found_at,
      seconds: null,
    },
  ];
}

function verificationOf({ depth, databases, seconds }: VerifyReport): ReportComparison {
  const tables = databases.flatMap(database => database.tables);
  const methods: Record<string, number> = {};
  for (const { method } of tables) methods[method] = (methods[method] ?? 0) + 1;
  const behind = databases.reduce(
    (sum, { sequences, equal, tables: its, large_objects: objects }) =>
      sum +
      (!equal && its.every(table => table.equal) ? sequences.length : 0) +
      (equal ? 0 : (objects?.differing ?? 0)),
    0,
  );
  return {
    moment: 'by-verify',
    database: null,
    depth,
    tables: tables.length,
    rows: tables.reduce((sum, { rows_source }) => sum + rows_source, 0),
    methods,
    differing: tables.filter(({ equal }) => !equal).length + behind,
    not_compared: 0,
    finished_at: null,
    seconds,
  };
}

function writeStopOf({ cutover }: Lockfile): WriteStop | null {
  if (cutover?.state !== 'finished') return null;
  return {
    event: cutover.event,
    ms: cutover.write_stop_ms,
    parts: cutover.parts,
    finished_at: cutover.finished_at,
  };
}

function serverOf({ address, message }: LiveServer, identity: Lockfile['source']): ReportServer {
  return {
    address,
    version: identity?.version ?? null,
    system_identifier: identity?.system_identifier ?? null,
    reachable: message === null,
    message,
  };
}
