import type * as text from './lockfile.generated.js';

/**
 * The types of the lockfile come from schemas/pgm-lock.schema.json, which says what each field is; here nothing of it
 * is changed in place.
 */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** The lockfile's content: what is done and what undo needs. No secrets; the servers are asked for everything else. */
export type Lockfile = Frozen<text.LockfileText>;

/** Where a lane was: positions as PostgreSQL writes them. */
export type LaneMark = Frozen<text.LaneMark>;

/** Digests of what a role or database is on both sides (inspect/properties.ts); null: not looked at yet. */
export type PropertyMark = Frozen<text.PropertyMark>;
/** By `role/NAME` and `database/NAME`. */
export type PropertyMarks = Readonly<Record<string, PropertyMark>>;

/** A step that was begun; what is kept of it is of its kind. */
export type StepRecord = Frozen<text.StepRecord>;
/** What is kept of it alone. */
export type StepLeft = Frozen<text.StepLeft>;
export type RecordedKind = StepRecord['kind'];
type LeftBy<Kind> = StepLeft extends infer Each
  ? Each extends { readonly kind: infer Kinds; readonly record: infer Left }
    ? Kind extends Kinds
      ? Left
      : never
    : never
  : never;
type Records = { readonly [Kind in RecordedKind]: LeftBy<Kind> };
/** What is kept of a step of a kind; null: nothing. */
export type RecordOf<Kind extends RecordedKind> = Records[Kind];
/** Of a restart by a command: that it has begun, or that it came back. */
export type RestartRecord = Frozen<text.RestartRecord>;

/** What was there before pgm changed it, for destroy and close. */
export type SettingRecord = Frozen<text.SettingRecord>;
export type ServerSetting = Frozen<text.ServerSetting>;
export type ReplicaIdentitySetting = Frozen<text.ReplicaIdentitySetting>;
/** How a table's rows are told apart in the stream. */
export type ReplicaIdentity = Frozen<text.ReplicaIdentity>;

/** What the block of one database replaced. */
export type BlockRecord = Frozen<text.BlockRecord>;
/** One grant of CONNECT as the database's ACL holds it. Names; an empty grantee is PUBLIC. */
export type ConnectGrant = Frozen<text.ConnectGrant>;
/** The side that was to take over in a switch which failed after its hooks had begun. */
export type ShutRecord = Frozen<text.ShutRecord>;

/** A switch, under way or finished. */
export type CutoverRecord = Frozen<text.CutoverRecord>;
export type FinishedSwitch = Frozen<text.FinishedSwitch>;
export type SwitchUnderWay = Frozen<text.SwitchUnderWay>;
/** The last rehearsal of the cutover. */
export type RehearsalRecord = Frozen<text.RehearsalRecord>;
/** Who used the side in use. */
export type SeenClients = Frozen<text.SeenClients>;
export type SeenClient = Frozen<text.SeenClient>;
/** What pgm verify found to differ. */
export type FoundDifferences = Frozen<text.FoundDifferences>;

/** For the report at the end. */
export type History = Frozen<text.History>;
export type DatabaseInventory = Frozen<text.DatabaseInventory>;
export type NotedFinding = Frozen<text.NotedFinding>;
export type LagRun = Frozen<text.LagRun>;
