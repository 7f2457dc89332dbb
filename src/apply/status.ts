import type { ErrorReport } from '../errors.js';
import type { Application } from '../checks/application-part.js';
import type { Finding } from '../checks/finding.js';
import type { Goal, Method } from '../spec/spec.js';

export type MigrationState =
  'not-started' | 'prepared' | 'copying' | 'syncing' | 'cut-over' | 'ready' | 'stopped' | 'failed';

/** `status --json` (CONTRACT, section 6). */
export interface Status {
  readonly format_version: 1;
  readonly name: string;
  readonly method: Method;
  readonly goal: Goal;
  readonly state: MigrationState;
  /** Steps that were begun and not ended: of a run at work, or of one that was interrupted; left out: none. */
  readonly begun?: readonly string[];
  /** Tables whose rows are being copied at this moment; left out: none, or not known (source before 14). */
  readonly in_flight?: readonly TableInFlight[];
  readonly databases: readonly DatabaseStatus[];
  readonly drift: readonly Finding[];
  /** What the application would notice of the next switch; left out: none is to come. */
  readonly application?: Application;
  readonly cutover: {
    readonly write_stop_ms: number;
    readonly parts: Readonly<Record<string, number>>;
    readonly finished_at: string;
  } | null;
  readonly updated_at: string;
  /** Why nothing more is told: a server is away, or the state cannot be read. */
  readonly error?: ErrorReport;
}

/** One COPY of a run that is going on. */
export interface TableInFlight {
  readonly database: string;
  /** `schema.table`; null: a part of a table that the server does not name. */
  readonly table: string | null;
  /** Rows and bytes that the source has sent so far. */
  readonly rows: number;
  readonly bytes: number;
}

export interface DatabaseStatus {
  readonly name: string;
  readonly state: MigrationState;
  readonly tables: { readonly total: number; readonly copied: number };
  readonly bytes: { readonly total: number; readonly copied: number };
  readonly rows_copied: number;
  readonly lanes: readonly LaneStatus[];
}

export interface LaneStatus {
  readonly name: string;
  /** `forward` feeds the target, `reverse` the source after cutover. */
  readonly direction: 'forward' | 'reverse';
  readonly slot: string;
  readonly subscription: string;
  /** An apply worker is connected. */
  readonly active: boolean;
  readonly enabled: boolean;
  /** Bytes of WAL from the last applied to the last written; null: not to be known with these rights. */
  readonly lag_bytes: number | null;
  readonly lag_seconds: number | null;
  readonly retained_wal_bytes: number | null;
  readonly error: string | null;
}
