import type { Finding, ServerSide } from '../checks/finding.js';
import type { Application } from '../checks/application-part.js';
import type { Preflight } from './preflight.js';
import type { Teardown } from './teardown.js';
import type { StepKindName } from '../steps/step-traits.js';
import type { Goal } from '../spec/spec.js';

export type { StepKindName };

export type Action = 'create' | 'update' | 'delete' | 'run';

/** One reviewed change. `statements` are what will be sent, from the same function; secrets stand as `(sensitive)`. */
export interface Step {
  /**
   * Stable and readable: `<database or server>/<kind>[/<object>]`, e.g. `source/server-setting/wal_level`,
   * `shop/copy/l1`.
   */
  readonly id: string;
  readonly kind: StepKindName;
  readonly action: Action;
  readonly server: ServerSide;
  readonly database?: string;
  readonly title: string;
  readonly statements: readonly string[];
  /** Tables that it is about, by name, of steps that take many. */
  readonly tables?: readonly Relation[];
  /** A change shown as a diff: the object's value before and after. */
  readonly diff?: { readonly name: string; readonly before: string; readonly after: string };
  readonly reversible: boolean;
  readonly impact: Impact;
  /** null where nothing is moved. Not part of the digest. */
  readonly estimate: Estimate | null;
  readonly depends_on: readonly string[];
}

export interface Relation {
  readonly schema: string;
  readonly name: string;
}

export interface Impact {
  /** The server is restarted. */
  readonly restart: boolean;
  /** Locks taken on the user's tables, in words. */
  readonly locks: readonly string[];
  /** Writers have to wait or are refused while it runs. */
  readonly blocks_writes: boolean;
}

export interface Estimate {
  readonly bytes: number;
  readonly rows: number;
  readonly seconds: number;
}

export interface ServerIdentity {
  /** As `server_version`, e.g. `15.18`. */
  readonly version: string;
  readonly system_identifier: string;
}

/** A server as its reviewers know it. */
export interface PlannedServer extends ServerIdentity {
  /** Where pgm really connected. */
  readonly host: string;
  readonly port: number;
  /** Where it connected first. */
  readonly database: string;
}

/** `plan --json`; the plan file is this object (CONTRACT, section 6). */
export interface Plan {
  readonly format_version: 1;
  readonly pgm_version: string;
  readonly name: string;
  readonly goal: Goal;
  /** What was reached before this plan, null at the start. */
  readonly reached: Goal | null;
  readonly method: 'continuous' | 'dump';
  /** Set when `auto` had to fall back. */
  readonly fallback: Fallback | null;
  readonly spec: { readonly path: string; readonly sha256: string };
  /** null: not reached. */
  readonly source: PlannedServer | null;
  readonly target: PlannedServer | null;
  /** Set where the plan drops what pgm made, instead of going on to the goal. */
  readonly teardown?: Teardown;
  /** Steps that an earlier run began and did not end, by id; left out: none. Not part of the digest. */
  readonly begun?: readonly string[];
  readonly findings: readonly Finding[];
  readonly steps: readonly Step[];
  readonly summary: PlanSummary;
  /** Set where the plan hands the writes over: how things stand now. Not part of the digest. */
  readonly preflight: Preflight | null;
  /** Likewise: what the application would notice of it. Not part of the digest. */
  readonly application?: Application;
  /** False when a finding of severity error stands in the way. */
  readonly applicable: boolean;
  /** SHA-256 (hex) over what a reviewed plan promises; equal digests mean exactly the same steps. */
  readonly digest: string;
  /** SHA-256 (hex) over all the rest of it, `digest` too: a saved plan was not altered. */
  readonly integrity: string;
}

/**
 * Why logical replication is impossible. What stands in its way is no finding of the plan, since a dump does without.
 */
export interface Fallback {
  readonly reason: string;
  readonly codes: readonly string[];
  readonly obstacles: readonly Finding[];
}

export interface PlanSummary {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly run: number;
  readonly warnings: number;
  readonly blocked: number;
  readonly databases: number;
  readonly tables: number;
  readonly bytes: number;
}
