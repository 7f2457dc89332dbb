import type { CopyPool } from '../copy/copy-database.js';
import type { IndexPool } from '../copy/build-indexes.js';
import type { DatabaseRun } from '../copy/database-run.js';
import type { Facts, ServerFacts } from '../inspect/facts.js';
import type { Connection } from '../postgres/connection.js';
import type { Goal, Spec } from '../spec/spec.js';
import type {
  CutoverRecord,
  FinishedSwitch,
  Lockfile,
  PropertyMark,
  SettingRecord,
  ShutRecord,
  StepRecord,
} from '../state/lockfile.js';

/** What a running step may use. Steps never look at the plan or at each other. */
export interface StepContext {
  readonly spec: Spec;
  readonly method: 'continuous' | 'dump';
  readonly facts: Facts;
  /** As inspected when the plan was made. */
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly lineage: string;
  readonly signal: AbortSignal;
  /** A session for the time of `use`; each step has its own. */
  withSource<T>(database: string, use: (connection: Connection) => Promise<T>): Promise<T>;
  withTarget<T>(database: string, use: (connection: Connection) => Promise<T>): Promise<T>;
  /** A session that changes definitions on the source, as after a cutover, when it follows the target. */
  alterSource<T>(database: string, use: (connection: Connection) => Promise<T>): Promise<T>;
  /** Live things that the steps of one database share within one run: snapshots, the archive, tables that are in. */
  database(name: string): DatabaseRun;
  readonly copyPool: CopyPool;
  readonly indexPool: IndexPool;
  /** Milliseconds to wait for a manual restart; 0: do not wait. */
  readonly waitRestart: number;
  readonly copyJobs: number;
  /** Databases that are worked on at a time: several keep the workers busy with fewer sessions in each. */
  readonly databasesAtATime: number;
  /** kB for each index build; null: leave the server's. */
  readonly sortMemoryKb: number | null;
  warn(message: string): void;
  readonly state: StepState;
}

/** What steps may read from and write to the lockfile. */
export interface StepState {
  read(): Lockfile;
  /** Remembers a setting's value before pgm changed it; the first value of the migration stays. */
  recordSetting(setting: SettingRecord): Promise<void>;
  forgetSetting(key: string): Promise<void>;
  /** What a later run needs to know of a step that runs now, should this run end in the middle of it. */
  noteStep(id: string, record: StepRecord['record']): Promise<void>;
  /** Roles and databases as they were brought; null: it is not pgm's. */
  recordFollowed(marks: Readonly<Record<string, PropertyMark | null>>): Promise<void>;
  /** `reached`: the goal that holds from now on; left out: as before. */
  recordCutover(record: CutoverRecord | null, reached?: Goal): Promise<void>;
  /** A switch was undone. @param shut the side that stays shut until the next one */
  recordUndone(before: CutoverRecord | null, shut: ShutRecord | null): Promise<void>;
  /** A switch is finished: both sides are as it leaves them. */
  recordSwitched(record: FinishedSwitch, reached: Goal): Promise<void>;
}
