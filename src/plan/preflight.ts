import { movedTables } from '../inspect/moved-tables.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Finding } from '../checks/finding.js';
import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { laneNumber, reverseLaneName } from '../replication/names.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { isReplicated } from './database-lanes.js';
import { expectedWriteStop, type ExpectedWriteStop } from './expected-write-stop.js';

/** How things stand before a switch. It changes from minute to minute and is no part of the digest. */
export interface Preflight {
  readonly event: 'cutover' | 'failback';
  /** ISO 8601: when the servers were looked at. */
  readonly at: string;
  /** Over all lanes; bytes is null while a lane is missing, or where its position may not be read. */
  readonly lag: { readonly bytes: number | null; readonly limit: number };
  readonly tables: { readonly streaming: number; readonly total: number };
  /** Open on the side that hands over: prepared ones, and those that have lasted longer than one try to lock. */
  readonly transactions: readonly PreflightTransaction[];
  readonly sequences: number;
  readonly large_objects: { readonly count: number; readonly bytes: number };
  /** `lacks` says what stands in the way of failback. */
  readonly way_back: { readonly asked: boolean; readonly lacks: readonly string[] };
  readonly write_stop: ExpectedWriteStop;
}

export interface PreflightTransaction {
  readonly kind: 'transaction' | 'prepared';
  readonly database: string | null;
  readonly who: string;
  readonly seconds: number;
}

export interface PreflightInput {
  readonly event: Preflight['event'];
  readonly at: string;
  readonly spec: Spec;
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly databases: readonly DatabaseFacts[];
  readonly findings: readonly Finding[];
  readonly lockfile: Lockfile | null;
}

/** Seconds. What is shorter is through before a try to lock is given up. */
const noticed = 0.2;

export function preflight(input: PreflightInput): Preflight {
  const { event, at, spec, databases, source, target, findings, lockfile } = input;
  const [from, to] = event === 'cutover' ? [source, target] : [target, source];
  const contents = databases.flatMap(database =>
    event === 'cutover' ? [database.source] : database.target === null ? [] : [database.target],
  );
  const sum = (of: (each: (typeof contents)[number]) => number): number =>
    contents.reduce((total, each) => total + of(each), 0);
  const lanes = databases.map(database => lanesOf(input, database, from, to));
  const counted = {
    databases: databases.length,
    tables: databases.reduce((total, database) => total + movedTables(database).length, 0),
    sequences: sum(each => each.sequences.length),
    largeObjectBytes: sum(each => (each.largeObjects > 0 ? each.largeObjectBytes : 0)),
  };
  return {
    event,
    at,
    lag: {
      bytes:
        lanes.flat().length === 0
          ? null
          : lanes
              .flat()
              .reduce<number | null>(
                (total, { lagBytes }) => (total === null || lagBytes === null ? null : total + lagBytes),
                0,
              ),
      limit: spec.replication.maxLag,
    },
    tables: {
      streaming: databases.reduce((total, database, index) => total + streaming(spec, database, lanes[index] ?? []), 0),
      total: databases.reduce((total, database) => total + replicatedTables(spec, database).length, 0),
    },
    transactions: from.writers
      .filter(({ kind, ageSeconds }) => kind === 'prepared' || ageSeconds > noticed)
      .map(({ kind, database, pid, gid, user, ageSeconds }) => ({
        kind,
        database,
        who:
          kind === 'prepared'
            ? `prepared transaction ${gid ?? ''} of ${user ?? 'unknown'}`
            : `pid ${pid ?? 0} of ${user ?? 'unknown'}`,
        seconds: Math.round(ageSeconds * 10) / 10,
      })),
    sequences: counted.sequences,
    large_objects: { count: sum(each => each.largeObjects), bytes: counted.largeObjectBytes },
    way_back: {
      asked: spec.cutover.failback,
      lacks: spec.cutover.failback && event === 'cutover' ? lacking(findings) : [],
    },
    write_stop: expectedWriteStop({
      ...counted,
      event,
      answerMs: Math.max(source.answerMs, target.answerMs),
      lockfile,
    }),
  };
}

/** Checks of what failback needs. */
const wayBackCodes: ReadonlySet<string> = new Set(['PGM312', 'PGM412']);

function lacking(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ code, severity }) => wayBackCodes.has(code) && (severity === 'error' || severity === 'warning'))
    .map(({ message }) => message);
}

interface Lane {
  readonly lagBytes: number | null;
  /** A worker applies what comes by it. */
  readonly works: boolean;
  readonly tables: ReadonlySet<RelationKey>;
}

/** Lanes towards the side that takes over, as far as they are there. */
function lanesOf(
  { event, spec }: PreflightInput,
  database: DatabaseFacts,
  from: ServerFacts,
  to: ServerFacts,
): readonly Lane[] {
  const publications = (event === 'cutover' ? database.source : database.target)?.publications ?? [];
  const isLane = (name: string): boolean =>
    event === 'cutover'
      ? (laneNumber(name, spec.name, database.oid) ?? 0) > 0
      : name === reverseLaneName(spec.name, database.oid);
  return from.slots
    .filter(({ name }) => isLane(name))
    .map(slot => ({
      lagBytes: slot.active ? slot.lagBytes : null,
      works:
        slot.active &&
        to.subscriptions.some(({ name, enabled, failure }) => name === slot.name && enabled && failure === null),
      tables: new Set(publications.find(({ name }) => name === slot.name)?.tables.map(relationKey)),
    }));
}

function replicatedTables(spec: Spec, database: DatabaseFacts): ReturnType<typeof movedTables> {
  return movedTables(database).filter(table => isReplicated(table, spec.replicaIdentity.missing));
}

function streaming(spec: Spec, database: DatabaseFacts, lanes: readonly Lane[]): number {
  const working = lanes.filter(({ works }) => works);
  return replicatedTables(spec, database).filter(table => working.some(({ tables }) => tables.has(relationKey(table))))
    .length;
}
