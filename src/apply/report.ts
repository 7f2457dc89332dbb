import type { ReportPhaseName } from '../steps/step-traits.js';
import type { ObjectCounts } from '../inspect/object-counts.js';
import type { Goal } from '../spec/spec.js';
import type { History } from '../state/lockfile.js';

/** `report --format json`: what those who sign a migration off want to see. Times are ISO 8601, UTC. */
export interface MigrationReport {
  readonly format_version: 1;
  readonly pgm_version: string;
  readonly name: string;
  readonly generated_at: string;
  readonly method: 'continuous' | 'dump' | null;
  /** As the spec says now. */
  readonly goal: Goal;
  readonly reached: Goal | null;
  readonly stopped: boolean;
  readonly lineage: string;
  /** Digest of the spec of the last run. */
  readonly spec_sha256: string;
  /** Of the first step and the last. */
  readonly began_at: string | null;
  readonly ended_at: string | null;
  /** Seconds in which some step was at work. */
  readonly active_seconds: number;
  readonly source: ReportServer;
  readonly target: ReportServer;
  readonly totals: {
    readonly databases: number;
    readonly tables: number;
    readonly rows: number;
    readonly bytes: number;
  };
  readonly databases: readonly ReportDatabase[];
  readonly roles_made: number;
  readonly phases: readonly ReportPhase[];
  readonly lag: {
    readonly samples: readonly { readonly at: string; readonly bytes: number }[];
    readonly peak_bytes: number | null;
  };
  readonly write_stop: WriteStop | null;
  readonly comparisons: readonly ReportComparison[];
  /** null: nothing was compared. */
  readonly equal: boolean | null;
  readonly left_out: {
    readonly databases: History['left_out'];
    readonly tables: readonly {
      readonly database: string;
      readonly count: number;
      readonly names: readonly string[];
    }[];
    /** What depends on tables that are left out, and was left out with them. */
    readonly dependants: readonly { readonly database: string; readonly names: readonly string[] }[];
  };
  readonly findings: History['findings'];
  readonly notes: History['notes'];
  /** Settings that pgm changed and that still hold. */
  readonly settings: readonly {
    readonly server: string;
    readonly name: string;
    readonly before: string | null;
    readonly after: string;
  }[];
  /** Steps whose last try failed. */
  readonly failures: readonly { readonly step: string; readonly message: string; readonly at: string }[];
}

export interface ReportServer {
  /** `host:port`, of several the first. */
  readonly address: string;
  readonly version: string | null;
  readonly system_identifier: string | null;
  /** False: it did not answer when the report was made, and its sizes are missing. */
  readonly reachable: boolean;
  readonly message: string | null;
}

export interface ReportDatabase {
  readonly name: string;
  /** As planned: bytes of heap and TOAST. */
  readonly planned: { readonly tables: number; readonly bytes: number; readonly index_bytes: number } | null;
  /** As it went over the wire. */
  readonly copied: {
    readonly tables: number;
    readonly rows: number;
    readonly bytes: number;
    readonly seconds: number;
  } | null;
  /** Of the source when the definitions were read, of the target when the report was made; null: not known. */
  readonly objects: { readonly source: ObjectCounts | null; readonly target: ObjectCounts | null };
  /** pg_database_size() when the report was made; null: not to be had. */
  readonly size: { readonly source: number | null; readonly target: number | null };
}

export interface ReportPhase {
  readonly name: ReportPhaseName;
  readonly began_at: string;
  readonly ended_at: string;
  /** In which at least one of its steps was at work. */
  readonly seconds: number;
  readonly steps: number;
  /** When they were at work, one after another. */
  readonly intervals: readonly { readonly began_at: string; readonly ended_at: string }[];
}

export interface WriteStop {
  readonly event: 'cutover' | 'failback';
  readonly ms: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly finished_at: string;
}

export interface ReportComparison {
  /** Before writes were stopped; while they stood still, of what had changed since; by `pgm verify` afterwards. */
  readonly moment: 'before-cutover' | 'in-write-stop' | 'by-verify';
  /** null: all of them. */
  readonly database: string | null;
  readonly depth: 'full' | 'sample' | 'counts';
  readonly tables: number;
  readonly rows: number;
  /** Tables by way: `keys` by key ranges, `rows` by whole rows, `counts`. */
  readonly methods: Readonly<Record<string, number>>;
  /** Tables that differ. */
  readonly differing: number;
  /** Changed, but not compared again for want of time in the write stop. */
  readonly not_compared: number;
  readonly finished_at: string | null;
  readonly seconds: number | null;
}
