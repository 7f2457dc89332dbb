import type { Progress } from '../progress.js';
import type { CutoverOptions, PgBouncerSwitch } from '../spec/spec.js';
import type { BlockRecord } from './block.js';
import type { Side, SwitchDatabase } from './side.js';

export interface Switchover {
  readonly event: 'cutover' | 'failback';
  readonly from: Side;
  readonly to: Side;
  readonly databases: readonly SwitchDatabase[];
  readonly options: CutoverOptions;
  readonly pgbouncer: PgBouncerSwitch | null;
  /** Bytes of lag that are small enough to begin. */
  readonly maxLag: number;
  /** COMMENT of the objects that are made. */
  readonly comment: string;
  /** Folder of the spec: hooks run in it. */
  readonly folder: string;
  /** The side that takes over was blocked by an earlier switch: opened in the write stop. */
  readonly opens: readonly BlockRecord[];
  /** Compares what fits into the write stop; null: not asked for. Gives nothing, or throws when the sides differ. */
  readonly compare: ((signal: AbortSignal) => Promise<void>) | null;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly warn: (message: string) => void;
  readonly journal: Journal;
}

/** Where the switch writes down how far it is, so that a later run can finish or undo it. */
export interface Journal {
  /** Before writes are stopped: what the block will replace. */
  stopping(block: readonly BlockRecord[]): Promise<void>;
  /** Before the first hook: from here on clients may have moved. */
  hooking(block: readonly BlockRecord[]): Promise<void>;
  /** The old side is shut: there is no way back but failback. */
  switched(stop: WriteStop): Promise<void>;
  /** Nothing of it is left. */
  givenBack(): Promise<void>;
}

export interface WriteStop {
  /** Milliseconds from the lock request to the moment that clients can write on the side that took over. */
  readonly writeStopMs: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly block: readonly BlockRecord[];
}
