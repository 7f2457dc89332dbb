import type { ChangeCounters } from './change-counters.js';
import type { Dialect } from './dialect.js';
import type { Pace } from './pace.js';
import type { PairPool } from './pool.js';
import type { Snapshots, WaitForTarget } from './snapshots.js';

/** What everything that compares in one database shares. */
export interface Comparison {
  readonly depth: 'full' | 'sample' | 'counts';
  /** Values of differing rows are shown, not only keys. */
  readonly values: boolean;
  readonly dialect: Dialect;
  readonly pool: PairPool;
  readonly snapshots: Snapshots;
  /** undefined: nothing replicates, so a difference is a difference. */
  readonly waitForTarget: WaitForTarget | undefined;
  /** Counters of the source when the comparison began: a table written to since then will show differences. */
  readonly counters: ChangeCounters;
  /** null: as fast as it goes. */
  readonly pace: Pace | null;
  readonly signal: AbortSignal;
  /** Told when so many more bytes of the source's tables are compared. */
  readonly advance: (bytes: number) => void;
}
