import type { Conninfo } from '../postgres/conninfo.js';
import type { Secret } from '../postgres/secret.js';

/** How far a migration should go, in order. See CONTRACT section 1. */
export const goals = ['prepared', 'synced', 'cutover', 'ready'] as const;
export type Goal = (typeof goals)[number];

export type Method = 'auto' | 'continuous' | 'dump';

/** The spec as every other room sees it: variables replaced, units parsed, defaults filled in, frozen. */
export type ReviewedDeed = 'destroy' | 'switch' | 'close';

export interface Spec {
  /** Absolute path of the spec file. */
  readonly path: string;
  /** SHA-256 (hex) of the spec file's text; secrets come from the environment and are not in it. */
  readonly sha256: string;
  readonly name: string;
  readonly source: SourceEndpoint;
  readonly target: Endpoint;
  readonly method: Method;
  /** Default: `synced`, for `method: dump` `ready`. */
  readonly goal: Goal;
  readonly databases: DatabaseSelection;
  readonly roles: 'copy' | 'skip';
  readonly replicaIdentity: { readonly missing: 'block' | 'full' | 'exclude' };
  readonly copy: CopyOptions;
  readonly replication: ReplicationOptions;
  readonly cutover: CutoverOptions;
  /** PgBouncer to pause, re-point and resume at the switch; null: none. */
  readonly pgbouncer: PgBouncerSwitch | null;
  /** Tables that already hold rows on the target: stop before them, or copy into them all the same. */
  readonly targetRows: 'block' | 'allow';
  /** Definitions that change on the source while data is kept in sync: followed by `apply`, or only told. */
  readonly approval: {
    /** Deeds that need more than --auto-approve. */
    readonly review: readonly ReviewedDeed[];
  };
  readonly schemaChanges: 'ask' | 'follow' | 'block';
  readonly verify: VerifyDepth;
  readonly state: StateLocation;
}

export interface Endpoint {
  readonly connection: Conninfo;
  /** How the other server reaches this one, where that differs from `connection`. */
  readonly advertise: Advertise;
}

export interface Advertise {
  readonly host?: string;
  readonly port?: number;
  readonly sslrootcert?: string;
  /** A role for replication alone; left out: the connection's. */
  readonly user?: string;
  readonly password?: Secret | undefined;
}

export interface SourceEndpoint extends Endpoint {
  /** `manual`, or an argv array that restarts the source server. Never a shell string. */
  readonly restart: 'manual' | { readonly command: readonly string[] };
  /** What pg_hba.conf must let in for the target; empty addresses: nothing asked. */
  readonly hba: { readonly addresses: readonly string[]; readonly method: string };
}

export interface DatabaseSelection {
  /** null: every database but templates and the provider's own. */
  readonly include: readonly string[] | null;
  readonly exclude: readonly string[];
  /** `schema.table` patterns with `*` and `?`. */
  readonly tables: { readonly include: readonly string[] | null; readonly exclude: readonly string[] };
}

export interface CopyOptions {
  /** Parallel COPY streams; null: chosen from cores and connections. */
  readonly jobs: number | null;
  /** Parallel index builds; null: chosen. */
  readonly indexJobs: number | null;
  /** Tables above this size (bytes, heap + TOAST) are copied in parts; null: chosen. */
  readonly splitAbove: number | null;
  readonly format: 'auto' | 'binary' | 'text';
}

export interface ReplicationOptions {
  readonly lanes: number;
  /** Bytes. Cutover waits until the lag is below. */
  readonly maxLag: number;
  /** Bytes of WAL that pgm's slots may hold on the source; null: chosen from free space. */
  readonly maxRetainedWal: number | null;
  /** Slots that a standby can keep; `auto`: where there are standbys with slots. */
  readonly failover: 'auto' | 'on' | 'off';
}

export interface CutoverOptions {
  readonly freeze: 'locks' | 'read_only' | 'none';
  /** Milliseconds that the write stop may last before the source is freed again. */
  readonly timeout: number;
  readonly failback: boolean;
  /** Milliseconds of the write stop for comparing what changed since the full compare; `all`: whatever it takes. */
  readonly compare: number | 'all';
  /** Milliseconds to watch who comes to the other side after the switch; 0: not at all. */
  readonly watch: number;
  readonly hooks: Hooks;
}

/** Programs that pgm runs around the switch; each is one argv array. */
export interface Hooks {
  /** Before writes are stopped. */
  readonly before: readonly (readonly string[])[];
  /** In the write stop: points clients at the other side. */
  readonly switch: readonly (readonly string[])[];
  /** When the switch is made, or was undone after those of `before` had begun. */
  readonly after: readonly (readonly string[])[];
  /** Milliseconds for each of `before` and `after`. */
  readonly timeout: number;
  /** A rehearsal runs them too. */
  readonly rehearse: boolean;
}

export interface PgBouncerSwitch {
  /** The admin console (database `pgbouncer`). */
  readonly admin: Conninfo;
  /** Names in PgBouncer's `[databases]`; empty: those of the migrated databases. */
  readonly databases: readonly string[];
}

export type VerifyDepth = 'full' | 'sample' | 'counts' | 'off';

export type StateLocation =
  | { readonly kind: 'file' } // `<spec without .yaml>.lock.json` beside the spec
  | { readonly kind: 'postgres'; readonly connection: Conninfo };

/** True when `a` comes before `b` on the way from nothing to `ready`. */
export function goalBefore(a: Goal, b: Goal): boolean {
  return goals.indexOf(a) < goals.indexOf(b);
}
