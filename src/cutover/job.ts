import type { Progress } from '../progress.js';
import type { CutoverOptions, PgBouncerSwitch } from '../spec/spec.js';
import type { AtWork } from './arrivals.js';
import type { BlockRecord } from './block.js';
import type { Side, SwitchDatabase } from './side.js';

export interface Switchover {
  readonly event: 'cutover' | 'failback';
  /** Its name. */
  readonly migration: string;
  readonly from: Side;
  readonly to: Side;
  readonly databases: readonly SwitchDatabase[];
  readonly options: CutoverOptions;
  readonly pgbouncer: PgBouncerSwitch | null;
  /** Bytes of lag that are small enough to begin. */
  readonly maxLag: number;
  /** COMMENT of the objects that are made. */
  readonly comment: string;
  /** Names the migration for good. */
  readonly lineage: string;
  /** Folder of the spec: hooks run in it. */
  readonly folder: string;
  /** The side that takes over is shut since an earlier switch: opened in the write stop. Null: it is open. */
  readonly opens: readonly BlockRecord[] | null;
  /** Compares what fits into the write stop; null: not asked for. Gives nothing, or throws when the sides differ. */
  readonly compare: ((signal: AbortSignal) => Promise<void>) | null;
  /**
   * Throws when definitions of the side that hands over changed since the switch was planned; null: they were not
   * compared.
   */
  readonly assertDefinitions: ((so: string) => Promise<void>) | null;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly warn: (message: string) => void;
  readonly journal: Journal;
}

/** Where the switch writes down how far it is, so that a later run can finish or undo it. */
export interface Journal {
  /**
   * Before the first hook that runs ahead of the stop, before the side that takes over is shut and writes are stopped:
   * what that will replace.
   */
  stopping(blocks: Blocks): Promise<void>;
  /** Before the first switch hook: from here on clients may have moved. */
  hooking(blocks: Blocks): Promise<void>;
  /** The old side is shut: there is no way back but failback. */
  switched(stop: WriteStop, blocks: Blocks): Promise<void>;
  /** Nothing of it is left, but that the side which was to take over is still shut where it says so. */
  givenBack(shut: readonly BlockRecord[] | null): Promise<void>;
}

/** What shutting a side replaced, for when it is opened again. */
export interface Blocks {
  /** The side that hands over; empty where nothing will be shut. */
  readonly block: readonly BlockRecord[];
  /** The side that takes over: shut until then. Null: it is open all along. */
  readonly ahead: readonly BlockRecord[] | null;
}

export interface WriteStop {
  /** Milliseconds from the lock request to the moment that clients can write on the side that took over. */
  readonly writeStopMs: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly block: readonly BlockRecord[];
}

export interface Switched extends WriteStop {
  /** Who had sessions on the side that handed over, before anything was stopped. */
  readonly atWork: readonly AtWork[];
}
