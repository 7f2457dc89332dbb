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
  readonly equal: boolean;
  readonly tables: readonly VerifiedTable[];
  /** Sequences whose target value is behind the source's. */
  readonly sequences: readonly { readonly schema: string; readonly name: string; readonly source: string | null; readonly target: string | null }[];
}

export interface VerifiedTable {
  readonly schema: string;
  readonly table: string;
  readonly rows_source: number;
  readonly rows_target: number;
  readonly equal: boolean;
  /** How it was compared: by key ranges, by whole rows, or counted. */
  readonly method: 'keys' | 'rows' | 'counts' | 'missing';
  /** At most 100. */
  readonly differing_rows: readonly DifferingRow[];
}

export interface DifferingRow {
  /** Key columns and their values as text; for tables without a key the row's hash. */
  readonly key: Readonly<Record<string, string | null>>;
  readonly difference: 'only-source' | 'only-target' | 'values';
  /** Columns that differ, where both sides have the row. */
  readonly columns: readonly string[];
}
