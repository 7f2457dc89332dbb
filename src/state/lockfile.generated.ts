// Made from schemas/pgm-lock.schema.json by `npm run generate`; change the schema, not this file.

/**
 * What a migration can have reached.
 */
export type Goal = 'prepared' | 'synced' | 'cutover' | 'ready';
/**
 * A step that was begun.
 */
export type StepRecord = StepTried & StepLeft;
/**
 * What is kept of a step, by its kind; null: nothing.
 */
export type StepLeft =
  | {
      kind: 'role';
      record: {
        roles: number;
      } | null;
    }
  | {
      kind: 'schema';
      record: {
        entries: number;
        counts: ObjectCounts;
        /**
         * What depends on something that the spec leaves out, and so was left out too; the first of them.
         */
        dependants: string[];
      } | null;
    }
  | {
      kind: 'slot';
      record: {
        slot: string;
        /**
         * Its consistent point.
         */
        lsn: Lsn;
      } | null;
    }
  | {
      kind: 'copy';
      record: {
        tables: number;
        rows: number;
        bytes: number;
        /**
         * Of the database's last copy: all that arrived.
         */
        whole: CopiedDatabase | null;
      } | null;
    }
  | {
      kind: 'subscription';
      record: {
        /**
         * Digest of the connection string; left out where a superuser can read it on the server.
         */
        dialled: string;
      } | null;
    }
  | {
      kind: 'sync';
      record: {
        /**
         * By lane: errors that the apply worker has got over.
         */
        apply_errors: {
          [k: string]: number;
        };
      } | null;
    }
  | {
      kind: 'verify';
      record: {
        depth: 'full' | 'sample' | 'counts';
        tables: number;
        rows: number;
        /**
         * Tables by how they were compared.
         */
        methods: {
          [k: string]: number;
        };
      } | null;
    }
  | {
      kind: 'restart';
      record: RestartRecord | null;
    }
  | {
      kind: 'cutover';
      record: FinishedSwitch | null;
    }
  | {
      kind: 'failback';
      record: FinishedSwitch | null;
    }
  | {
      kind:
        | 'server-setting'
        | 'reload'
        | 'hba-rule'
        | 'replica-identity'
        | 'extension'
        | 'database'
        | 'tables'
        | 'bring-back'
        | 'definitions'
        | 'publication'
        | 'sequences'
        | 'large-objects'
        | 'indexes'
        | 'constraints'
        | 'matviews'
        | 'analyze'
        | 'drop-lane'
        | 'drop-progress'
        | 'restore-identity'
        | 'open-database'
        | 'undo-setting'
        | 'restore-settings';
      record: null;
    };
/**
 * A position in the log as PostgreSQL writes it.
 */
export type Lsn = string;
/**
 * A restart by a command.
 */
export type RestartRecord =
  | {
      state: 'begun';
      /**
       * As it may be shown.
       */
      command: string;
      /**
       * ISO 8601.
       */
      began: string;
      /**
       * Where its output and its end are found.
       */
      place: {
        host: string;
        folder: string;
      };
    }
  | {
      state: 'ended';
      /**
       * As it may be shown.
       */
      command: string;
    };
/**
 * A name that PostgreSQL can hold.
 */
export type Name = string;
/**
 * A role's name; empty: PUBLIC.
 */
export type RoleOrPublic = string;
/**
 * Something that pgm changed and puts back, with what was there before.
 */
export type SettingRecord = ServerSetting | HbaLines | ReplicaIdentitySetting;
/**
 * One of the two servers.
 */
export type Side = 'source' | 'target';
/**
 * How a table's rows are told apart in the stream.
 */
export type ReplicaIdentity =
  | {
      kind: 'default' | 'nothing' | 'full';
    }
  | {
      kind: 'index';
      name: Name;
    };
/**
 * A switch, under way or finished.
 */
export type CutoverRecord = FinishedSwitch | SwitchUnderWay;
/**
 * 16 bits of a salted digest of each aspect: enough to see a change, nothing to try passwords on.
 */
export type AspectDigests = string;

/**
 * pgm.lock.json, format 2: what is done and what undo needs. No secrets; the servers are asked for everything else.
 */
export interface LockfileText {
  format_version: 2;
  /**
   * Of the pgm that wrote it.
   */
  pgm_version: string;
  /**
   * Of the migration.
   */
  name: string;
  /**
   * UUID made at the first write; a file of another lineage is another migration.
   */
  lineage: string;
  /**
   * Grows by one with every write.
   */
  serial: number;
  /**
   * null: it was not seen yet.
   */
  source: ServerIdentity | null;
  /**
   * null: it was not seen yet.
   */
  target: ServerIdentity | null;
  spec_sha256: string;
  method: 'continuous' | 'dump' | null;
  /**
   * The furthest goal that was reached; null: none.
   */
  reached: Goal | null;
  /**
   * Set when `apply --goal` went further than the spec.
   */
  goal_by_flag: Goal | null;
  /**
   * Set by `pgm stop`, cleared by the next apply.
   */
  stopped: boolean;
  /**
   * By the step's id.
   */
  steps: {
    [k: string]: StepRecord;
  };
  /**
   * Settings before pgm changed them, for destroy and close. By `source/wal_level`, `source/pg_hba.conf` or `source/replica-identity/["database","schema","table"]`.
   */
  settings: {
    [k: string]: SettingRecord;
  };
  /**
   * The last switch; null: there was none.
   */
  cutover: CutoverRecord | null;
  /**
   * Left out: there is none.
   */
  shut?: ShutRecord;
  /**
   * Left out where there was none.
   */
  rehearsal?: RehearsalRecord;
  /**
   * Left out: the last comparison found none, or what it found was copied again.
   */
  differences?: FoundDifferences;
  /**
   * Left out: no client was seen.
   */
  clients?: SeenClients;
  /**
   * By lane; left out: no lane, or none was read.
   */
  marks?: {
    [k: string]: LaneMark;
  };
  /**
   * Roles and databases that pgm made, by `role/NAME` and `database/NAME`, as it last copied them; left out: none.
   */
  followed?: {
    [k: string]: PropertyMark;
  };
  /**
   * For the report at the end; left out until there is something to tell.
   */
  history?: History;
  /**
   * ISO 8601.
   */
  updated_at: string;
}
/**
 * A cluster, by what only it can say.
 */
export interface ServerIdentity {
  system_identifier: string;
  version: string;
}
/**
 * How a step went.
 */
export interface StepTried {
  /**
   * null: it is of a server.
   */
  database: string | null;
  status: 'started' | 'done' | 'failed';
  /**
   * ISO 8601.
   */
  started_at: string;
  /**
   * ISO 8601; null: it has not ended.
   */
  finished_at: string | null;
  /**
   * Its message, without secrets.
   */
  error: string | null;
}
/**
 * How many objects of each kind the source has, in the snapshot that they were read in.
 */
export interface ObjectCounts {
  schemas: number;
  tables: number;
  partitioned_tables: number;
  foreign_tables: number;
  views: number;
  materialized_views: number;
  indexes: number;
  sequences: number;
  constraints: number;
  triggers: number;
  policies: number;
  functions: number;
  types: number;
  extensions: number;
  large_objects: number;
}
/**
 * Of rows that came.
 */
export interface CopiedDatabase {
  tables: number;
  rows: number;
  bytes: number;
}
/**
 * A switch between the servers that is done.
 */
export interface FinishedSwitch {
  state: 'finished';
  /**
   * After a rollback it is the target that is shut.
   */
  event: 'cutover' | 'failback';
  write_stop_ms: number;
  parts: Parts;
  /**
   * ISO 8601.
   */
  finished_at: string;
  /**
   * What was compared again while writes were stopped; left out where nothing was.
   */
  compared?: {
    tables: number;
    rows: number;
    not_compared: number;
  };
  /**
   * By database: what stood on the target before it that the source has not; left out: nothing, or not known.
   */
  stood?: {
    [k: string]: string[];
  };
  /**
   * What the persistent block on the side that handed over replaced, for the rollback.
   */
  block: BlockRecord[];
}
/**
 * Milliseconds by part of the write stop: lock, drain, sequences, verify, hooks, block …
 */
export interface Parts {
  [k: string]: number;
}
/**
 * What the block of one database replaced: it becomes GRANT and ALTER DATABASE.
 */
export interface BlockRecord {
  database: Name;
  /**
   * default_transaction_read_only of the database; null: was not set.
   */
  readOnly: string | null;
  /**
   * Roles that had CONNECT.
   */
  connect: RoleOrPublic[];
  /**
   * The same grants with grantor and grant option, in the ACL's order; left out by earlier versions.
   */
  grants?: ConnectGrant[];
  /**
   * This role keeps CONNECT, since pgm is it, and loses the grant option.
   */
  keeps?: Name;
  /**
   * CONNECT was given to this role so that pgm can get in; taken away again with the block.
   */
  granted?: Name;
}
/**
 * One grant of CONNECT as the database's ACL holds it.
 */
export interface ConnectGrant {
  grantee: RoleOrPublic;
  /**
   * null: the database's owner, or a superuser in their place.
   */
  grantor: Name | null;
  grantable: boolean;
}
/**
 * A setting of a server that pgm set with ALTER SYSTEM.
 */
export interface ServerSetting {
  kind: 'server-setting';
  server: Side;
  /**
   * Of the setting.
   */
  name: string;
  /**
   * What postgresql.auto.conf said; null: nothing, undo is ALTER SYSTEM RESET.
   */
  before: string | null;
  /**
   * As pgm set it.
   */
  after: string;
  /**
   * It holds for the time of the load and is put back then; left out: until destroy.
   */
  until?: 'loaded';
}
/**
 * Lines that pgm wrote into pg_hba.conf.
 */
export interface HbaLines {
  kind: 'hba';
  server: 'source';
  lines: string[];
}
/**
 * The replica identity of a table, which pgm set to FULL.
 */
export interface ReplicaIdentitySetting {
  kind: 'replica-identity';
  server: Side;
  database: Name;
  schema: Name;
  table: Name;
  before: ReplicaIdentity;
}
/**
 * A switch that was not seen to end.
 */
export interface SwitchUnderWay {
  /**
   * Before or after the point from which nothing is undone.
   */
  state: 'stopping' | 'switched';
  /**
   * After a rollback it is the target that is shut.
   */
  event: 'cutover' | 'failback';
  /**
   * Its hooks have begun: clients may have moved already.
   */
  hooks: boolean;
  /**
   * Hooks before the stop have begun: those after it run however it ends; left out: none are asked for.
   */
  before_hooks?: boolean;
  /**
   * How its writers are stopped; left out by earlier versions.
   */
  freeze?: 'locks' | 'read_only' | 'none';
  /**
   * The record that it replaced, for when it is undone.
   */
  before: FinishedSwitch | null;
  write_stop_ms: number;
  parts: Parts;
  /**
   * What opening the side that takes over puts back; null: it is open; left out: not known.
   */
  ahead?: BlockRecord[] | null;
  /**
   * By database: what stood on the target before it that the source has not; left out: nothing, or not known.
   */
  stood?: {
    [k: string]: string[];
  };
  /**
   * What the persistent block on the side that hands over replaces.
   */
  block: BlockRecord[];
}
/**
 * The side that was to take over in a switch which failed after its hooks had begun.
 */
export interface ShutRecord {
  side: Side;
  /**
   * What the block replaced, for when it is opened.
   */
  block: BlockRecord[];
}
/**
 * The last rehearsal of the cutover.
 */
export interface RehearsalRecord {
  /**
   * Milliseconds that writers waited.
   */
  write_stop_ms: number;
  parts: Parts;
  /**
   * ISO 8601.
   */
  finished_at: string;
}
/**
 * What pgm verify found to differ.
 */
export interface FoundDifferences {
  /**
   * ISO 8601.
   */
  found_at: string;
  /**
   * Depth of the comparison.
   */
  depth: 'full' | 'sample' | 'counts';
  /**
   * The first hundred.
   */
  tables: {
    database: string;
    schema: string;
    name: string;
  }[];
  /**
   * Further tables, sequences and large objects.
   */
  others: number;
}
/**
 * Who used the side in use over the time of the migration, as runs, status and watch saw it.
 */
export interface SeenClients {
  side: Side;
  /**
   * ISO 8601.
   */
  since: string;
  /**
   * ISO 8601: when it last changed.
   */
  until: string;
  /**
   * Sessions at once, in all databases.
   */
  peak: number;
  /**
   * The 200 that were seen last.
   */
  seen: SeenClient[];
}
/**
 * Sessions of one role in one database, from one address.
 */
export interface SeenClient {
  role: Name;
  database: Name;
  /**
   * null: by a Unix socket, or not to be seen.
   */
  address: string | null;
  transport: 'tls' | 'plain' | 'gss' | 'socket' | 'unknown';
  /**
   * The client showed one of its own.
   */
  certificate: boolean;
  /**
   * application_name, three at most.
   */
  applications: string[];
  /**
   * Sessions at once.
   */
  peak: number;
  /**
   * ISO 8601: the day.
   */
  last_seen: string;
}
/**
 * Where a lane was at the end of the last run that knew.
 */
export interface LaneMark {
  /**
   * The publisher's position up to which the subscription had applied; null: not to be known with these rights.
   */
  applied: Lsn | null;
  publisher: {
    timeline: number;
    lsn: Lsn;
  };
  subscriber: {
    timeline: number;
    lsn: Lsn;
    started_at: string;
  };
}
/**
 * How a role or database was on both sides when it was copied; null: not read yet.
 */
export interface PropertyMark {
  source: AspectDigests | null;
  target: AspectDigests | null;
}
/**
 * What the report at the end tells besides the steps. Small and bounded, since the lockfile lives in git.
 */
export interface History {
  /**
   * Of the source, as planned last before the cutover. By name.
   */
  databases: {
    [k: string]: DatabaseInventory;
  };
  /**
   * Databases of the source that are not migrated, and why.
   */
  left_out: {
    database: string;
    why: string;
  }[];
  findings: NotedFinding[];
  /**
   * Warnings of the runs; each is kept once.
   */
  notes: {
    at: string;
    message: string;
  }[];
  /**
   * By run.
   */
  lag: LagRun[];
}
/**
 * What there was to move of a database. Of tables in scope: bytes with TOAST, without indexes.
 */
export interface DatabaseInventory {
  tables: number;
  bytes: number;
  index_bytes: number;
  /**
   * Tables that the spec leaves out.
   */
  tables_left_out: number;
  /**
   * The first of them by name.
   */
  names_left_out: string[];
}
/**
 * Of the last plan before the cutover, but those that pgm fixed itself.
 */
export interface NotedFinding {
  code: string;
  severity: 'info' | 'warning';
  database?: string;
  message: string;
}
/**
 * How far the target was behind, in one run.
 */
export interface LagRun {
  /**
   * ISO 8601.
   */
  began: string;
  /**
   * `seconds since it began:bytes behind over all lanes`, with spaces between: one line of a diff.
   */
  samples: string;
}
