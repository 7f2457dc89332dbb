import type { ErrorReport } from '../errors.js';
/** `verify --json` (CONTRACT, section 6). */
export interface VerifyReport {
  readonly format_version: 1;
  readonly name: string;
  readonly depth: 'full' | 'sample' | 'counts';
  readonly equal: boolean;
  readonly databases: readonly VerifiedDatabase[];
  readonly seconds: number;
  /** Why it was not compared to the end: `equal` is false then, without a difference that was seen. */
  readonly error?: ErrorReport;
}

export interface VerifiedDatabase {
  readonly name: string;
  /** Of the tables; a sequence that is behind counts only where nothing replicates any more. */
  readonly equal: boolean;
  readonly tables: readonly VerifiedTable[];
  /** Sequences whose target value is behind the source's. */
  readonly sequences: readonly {
    readonly schema: string;
    readonly name: string;
    readonly source: string | null;
    readonly target: string | null;
  }[];
  /**
   * Where there are any and all of a database was compared in full. They count only where nothing replicates any more:
   * the cutover brings changed ones over.
   */
  readonly large_objects?: VerifiedLargeObjects;
  /**
   * Tables that were copied once and do not follow, so that a difference would say nothing; and those over which no
   * query can be planned without running code of others.
   */
  readonly not_compared?: readonly NotCompared[];
}

export interface VerifiedLargeObjects {
  /** Objects on each side. */
  readonly source: number;
  readonly target: number;
  /** Also those that one side lacks; null: not to be known with the rights of the roles. */
  readonly differing: number | null;
  /** Of those that differ; at most 100. */
  readonly oids: readonly string[];
}

export interface NotCompared {
  readonly schema: string;
  readonly table: string;
  readonly reason: 'unlogged' | 'no-identity' | 'users-code';
}

export interface VerifiedTable {
  readonly schema: string;
  readonly table: string;
  /**
   * Rows at the moment of comparison; while replication runs, of an equal table those of the source's snapshot for
   * both.
   */
  readonly rows_source: number;
  readonly rows_target: number;
  readonly equal: boolean;
  /** How it was compared: by key ranges, by whole rows, or counted. `missing`: one side has no such table. */
  readonly method: 'keys' | 'rows' | 'counts' | 'missing';
  /** At most 100. */
  readonly differing_rows: readonly DifferingRow[];
  /** Columns that one side lacks; present only where there are any. */
  readonly missing_columns?: readonly { readonly server: 'source' | 'target'; readonly column: string }[];
  /** Depth `sample`: rows looked up on the other side. */
  readonly sampled_rows?: number;
}

export interface DifferingRow {
  /** Key columns and their values as text; for tables without a key `row_hash`. */
  readonly key: Readonly<Record<string, string | null>>;
  readonly difference: 'only-source' | 'only-target' | 'values';
  /** Columns that differ, where both sides have the row. */
  readonly columns: readonly string[];
  /**
   * Where values were asked for: of the columns that differ, or of all columns where one side lacks the row; the first
   * 1,000 characters.
   */
  readonly values?: Readonly<Record<string, { readonly source: string | null; readonly target: string | null }>>;
}
