/** `verify --json` (CONTRACT, section 6). */
export interface VerifyReport {
  readonly format_version: 1;
  readonly name: string;
  readonly depth: 'full' | 'sample' | 'counts';
  readonly equal: boolean;
  readonly databases: readonly VerifiedDatabase[];
  readonly seconds: number;
}

export interface VerifiedDatabase {
  readonly name: string;
  /** Of the tables; a sequence that is behind counts only where nothing replicates any more. */
  readonly equal: boolean;
  readonly tables: readonly VerifiedTable[];
  /** Sequences whose target value is behind the source's. */
  readonly sequences: readonly { readonly schema: string; readonly name: string; readonly source: string | null; readonly target: string | null }[];
}

export interface VerifiedTable {
  readonly schema: string;
  readonly table: string;
  /** Rows at the moment of comparison; while replication runs, of an equal table those of the source's snapshot for both. */
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
  /** Where values were asked for: of the columns that differ, or of all columns where one side lacks the row; the first 1,000 characters. */
  readonly values?: Readonly<Record<string, { readonly source: string | null; readonly target: string | null }>>;
}
