import { type RelationKey } from '../postgres/relation-key.js';
import type { Archive } from './archive.js';
import type { LongForeignKey } from './foreign-keys.js';
import type { ExportedSnapshot } from './snapshot.js';
import type { TableIndexes } from './table-indexes.js';
import type { ChangeCounters } from '../verify/change-counters.js';

/** What the steps of one database share while they run; nothing of it outlives the run. */
export class DatabaseRun {
  readonly name: string;
  /** By lane; 0 is a snapshot without a slot. */
  readonly snapshots = new Map<number, ExportedSnapshot>();
  archive: Archive | undefined;
  tableIndexes: readonly TableIndexes[] | undefined;
  longForeignKeys: readonly LongForeignKey[] = [];
  /** Keys of archive entries that the target has. */
  entriesDone: ReadonlySet<string> = new Set();
  readonly arrivals = new TableArrivals();
  /** {@link relationKey} of tables that have their statistics. */
  readonly analyzed = new Set<RelationKey>();
  /** Of the full compare before a cutover: what was written to since is compared again in the write stop. */
  compared: { readonly counters: ChangeCounters; readonly bytesPerSecond: number } | undefined;

  constructor(name: string) {
    this.name = name;
  }

  async close(): Promise<void> {
    await Promise.all([...this.snapshots.values()].map(snapshot => snapshot.release()));
    this.snapshots.clear();
  }
}

/** Tells the index builds which tables have all their rows. */
export class TableArrivals {
  readonly #arrived: RelationKey[] = [];
  #closed = false;
  #failure: { reason: unknown } | undefined;
  #wake: () => void = () => undefined;

  arrive(table: RelationKey): void {
    this.#arrived.push(table);
    this.#wake();
  }

  /** Nothing more will come. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }

  /** The copy failed: no later try of whoever waits for tables can succeed in this run. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Batches of tables as they arrive, until all are in. @throws what made the copy fail */
  async *batches(): AsyncGenerator<readonly RelationKey[]> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      if (this.#arrived.length > 0) {
        yield this.#arrived.splice(0);
        continue;
      }
      if (this.#closed) return;
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }
}
