import type { Goal } from '../spec/spec.js';

/** The lockfile's content: what is done and what undo needs. No secrets; the servers are asked for everything else. */
export interface Lockfile {
  readonly format_version: 1;
  readonly pgm_version: string;
  readonly name: string;
  /** UUID made at the first write; a file of another lineage is another migration. */
  readonly lineage: string;
  /** Grows by one with every write. */
  readonly serial: number;
  /** Identities of the two clusters; null before they were seen. */
  readonly source: { readonly system_identifier: string; readonly version: string } | null;
  readonly target: { readonly system_identifier: string; readonly version: string } | null;
  readonly spec_sha256: string;
  readonly method: 'continuous' | 'dump' | null;
  /** The furthest goal that was reached, null: none. */
  readonly reached: Goal | null;
  /** Set when `apply --goal` went further than the spec. */
  readonly goal_by_flag: Goal | null;
  /** Set by `pgm stop`, cleared by the next apply. */
  readonly stopped: boolean;
  readonly steps: Readonly<Record<string, StepRecord>>;
  /** Settings before pgm changed them, for destroy and close. Key: `source/wal_level`. */
  readonly settings: Readonly<Record<string, SettingRecord>>;
  readonly cutover: CutoverRecord | null;
  /** The side that was to take over in a switch which failed after its hooks had begun; left out: there is none. */
  readonly shut?: ShutRecord;
  /** The last rehearsal of the cutover; left out where there was none. */
  readonly rehearsal?: RehearsalRecord;
  /** Where each lane was at the end of the last run that knew; left out: no lane, or none was looked at. */
  readonly marks?: Readonly<Record<string, LaneMark>>;
  /** For the report at the end; left out until there is something to tell. */
  readonly history?: History;
  readonly updated_at: string;
}

/** Positions as PostgreSQL writes them. */
export interface LaneMark {
  /** The publisher's position up to which the subscription had applied; null: not to be known with these rights. */
  readonly applied: string | null;
  readonly publisher: { readonly timeline: number; readonly lsn: string };
  readonly subscriber: { readonly timeline: number; readonly lsn: string; readonly started_at: string };
}

export interface StepRecord {
  readonly kind: string;
  readonly status: 'started' | 'done' | 'failed' | 'undone';
  readonly started_at: string;
  readonly finished_at: string | null;
  /** What undo needs; plain JSON, no secrets. */
  readonly record: unknown;
  readonly error: string | null;
}

export interface SettingRecord {
  /** null: was not set in postgresql.auto.conf, undo is ALTER SYSTEM RESET. */
  readonly before: string | null;
  readonly after: string;
  /** It holds for the time of the load and is put back then; left out: until destroy. */
  readonly until?: 'loaded';
}

export interface ShutRecord {
  readonly side: 'source' | 'target';
  /** What the block replaced, for when it is opened. */
  readonly block: unknown;
}

export interface RehearsalRecord {
  /** Milliseconds that writers waited, and by part. */
  readonly write_stop_ms: number;
  readonly parts: Readonly<Record<string, number>>;
  /** ISO 8601. */
  readonly finished_at: string;
}

/** A switch, under way or finished. */
export interface CutoverRecord {
  /** Left out: `cutover`. After failback it is the target that is shut. */
  readonly event?: 'cutover' | 'failback';
  /** Of a switch that is not finished: before or after the point from which nothing is undone. */
  readonly phase?: 'stopping' | 'switched';
  /** Its hooks have begun: clients may have moved already. */
  readonly hooks?: boolean;
  /** How its writers are stopped; known while it is not finished. */
  readonly freeze?: 'locks' | 'read_only' | 'none';
  /** The record that it replaced, for when it is undone. */
  readonly before?: CutoverRecord | null;
  readonly write_stop_ms: number;
  /** Milliseconds by part: lock, drain, sequences, large objects, verify, hooks, block … */
  readonly parts: Readonly<Record<string, number>>;
  /** ISO 8601; empty while it is not finished. */
  readonly finished_at: string;
  /** What was compared again while writes stood still; left out where nothing was. */
  readonly compared?: { readonly tables: number; readonly rows: number; readonly not_compared: number };
  /** While it is not finished: what opening the side that takes over puts back; null: it is open. */
  readonly ahead?: unknown;
  /** By database: what stood on the target before it that the source has not (plan/target-only.ts); left out: nothing, or not known. */
  readonly stood?: Readonly<Record<string, readonly string[]>>;
  /** What the persistent block on the side that handed over replaced, for the way back. */
  readonly block: unknown;
}

/**
 * What the report at the end tells besides the steps: what there was to move and what was known of it, what was said on
 * the way, how far the target was behind. Small and bounded, and a line a run for the lag, since the lockfile lives in git.
 */
export interface History {
  /** Of the source, as planned last before the cutover. By name. */
  readonly databases: Readonly<Record<string, DatabaseInventory>>;
  /** Databases of the source that are not migrated, and why. */
  readonly left_out: readonly { readonly database: string; readonly why: string }[];
  /** Of the last plan before the cutover, but those that pgm put right itself. */
  readonly findings: readonly NotedFinding[];
  /** Warnings of the runs; each is kept once. */
  readonly notes: readonly { readonly at: string; readonly message: string }[];
  /** By run. */
  readonly lag: readonly LagRun[];
}

export interface DatabaseInventory {
  /** Of tables in scope: bytes with TOAST, without indexes. */
  readonly tables: number;
  readonly bytes: number;
  readonly index_bytes: number;
  /** Tables that the spec leaves out; the first of them by name. */
  readonly tables_left_out: number;
  readonly names_left_out: readonly string[];
}

export interface NotedFinding {
  readonly code: string;
  readonly severity: 'info' | 'warning';
  readonly database?: string;
  readonly message: string;
}

export interface LagRun {
  readonly began: string;
  /** `seconds since it began:bytes behind over all lanes`, with spaces between. */
  readonly samples: string;
}
