import type { ClientFacts } from './client-facts.js';
import type { RefusedSetting } from './needs/try-settings.js';
import type { Recorder } from './recorders.js';
import type { RememberedSettings } from '../state/remembered-settings.js';

export interface ServerFacts {
  readonly kind: 'server';
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** `server_version_num`, e.g. 150018. */
  readonly versionNum: number;
  /** `server_version`, e.g. `15.18 (Debian …)`. */
  readonly version: string;
  /** pg_control_system(); null where EXECUTE is refused. */
  readonly systemIdentifier: string | null;
  readonly inRecovery: boolean;
  /** Where its WAL ends, in which timeline; left out: it is in recovery. */
  readonly position?: { readonly timeline: number; readonly lsn: string };
  readonly provider: Provider | null;
  readonly user: RoleRights;
  /** pg_settings by name, only the ones that checks read. */
  readonly settings: ReadonlyMap<string, Setting>;
  /** What ALTER SYSTEM left in postgresql.auto.conf, of the same settings; null where the files may not be read. */
  readonly altered: ReadonlyMap<string, string> | null;
  /**
   * What the server gives every session of the settings that change results, by its files; null where these may not be
   * read.
   */
  readonly defaults: ReadonlyMap<string, string> | null;
  /**
   * What the server gives every session of the limits and of what the planner goes by, in base units; what is not known
   * with these rights is missing.
   */
  readonly given: ReadonlyMap<string, GivenSetting>;
  /** Settings that pgm has changed, as noted in schema pgm of this database (on the target); null: none. */
  readonly remembered: RememberedSettings | null;
  /** What in schema `pgm` of the maintenance database is not pgm's own, a sentence each. */
  readonly ownProblems: readonly string[];
  /** null where pg_hba_file_rules is refused. */
  readonly hba: readonly HbaRule[] | null;
  readonly slots: readonly SlotFacts[];
  readonly walSendersInUse: number;
  /** Who streams WAL from it; null: not to be known with these rights. */
  readonly standbys: readonly StandbyFacts[] | null;
  readonly connectionsInUse: number;
  readonly clients: ClientFacts;
  readonly databases: readonly DatabaseListing[];
  readonly roles: readonly RoleFacts[];
  /** Those that users made; `location` is empty where it is the server's own folder. */
  readonly tablespaces: readonly { readonly name: string; readonly location: string }[];
  readonly subscriptions: readonly SubscriptionFacts[];
  /** Transactions with an xid, and prepared ones, oldest first: slot creation would wait for them. */
  readonly writers: readonly WriterFacts[];
  /**
   * txid_current_snapshot(): the same text later, and no transaction was running, means that nothing was written
   * between.
   */
  readonly snapshot: string;
  /** Milliseconds: server clock minus ours, halving the round trip. */
  readonly clockSkewMs: number;
  /** Milliseconds. */
  readonly roundTripMs: number;
  /** Milliseconds that the server takes to answer a query that asks for nothing. */
  readonly answerMs: number;
  /**
   * A pooler answered instead of PostgreSQL: which, and the address at which PostgreSQL itself takes its connections
   * (null: by a socket).
   */
  readonly pooler: { readonly kind: string; readonly server: string | null } | null;
  /** Bytes free where the data lives; null: not to be known with these rights. */
  readonly freeDiskBytes: number | null;
  /** How far the oldest database is from transaction id wraparound, in transactions. */
  readonly xidsLeft: number;
  /** pg_postmaster_start_time(), ISO 8601: two servers hardly share it together with the system identifier. */
  readonly startedAt: string;
  /** Settings that the role may ALTER SYSTEM: all of them, or those named. */
  readonly alterSystem: 'all' | readonly string[];
  /** May call pg_reload_conf(). */
  readonly canReload: boolean;
  /** May read and write files on the server: needed for pg_hba.conf from afar. */
  readonly canWriteFiles: boolean;
  /** May set session_replication_role. */
  readonly canSetReplicationRole: boolean;
  /** Main memory in bytes; null: not to be known with these rights. */
  readonly memoryBytes: number | null;
  /** Path of pg_hba.conf; null where it is not shown. */
  readonly hbaFile: string | null;
  /** pg_available_extension_versions, by name. */
  readonly availableExtensions: readonly AvailableExtension[];
  /** Locale names that pg_collation knows of the C library, in the maintenance database. */
  readonly locales: readonly string[];
  /** Privileges on configuration parameters, 15 on. */
  readonly parameterGrants: readonly (Grant & { readonly parameter: string })[];
  /** May read pg_authid. */
  readonly canReadPasswords: boolean;
  /** What records statements with secrets, and cannot be kept from it by this role. */
  readonly recorders: readonly Recorder[];
  /** ALTER ROLE ALL SET, `name=value`. */
  readonly settingsForAll: readonly string[];
  /** Of the target: settings of the source's databases and roles that it does not take; empty elsewhere. */
  readonly refusedSettings: readonly RefusedSetting[];
}

export interface GivenSetting {
  readonly value: string;
  readonly unit: string | null;
  /** As PostgreSQL has it where nobody says otherwise. */
  readonly isDefault: boolean;
}

export interface AvailableExtension {
  readonly name: string;
  readonly defaultVersion: string | null;
  readonly versions: readonly string[];
  /** Only a superuser may create it. */
  readonly needsSuperuser: boolean;
  /** That CREATE EXTENSION gives it. */
  readonly comment: string | null;
}

export type Provider =
  | 'rds'
  | 'aurora'
  | 'cloudsql'
  | 'alloydb'
  | 'azure'
  | 'supabase'
  | 'neon'
  | 'heroku'
  | 'digitalocean'
  | 'aiven'
  | 'crunchy';

export interface Setting {
  readonly value: string;
  readonly unit: string | null;
  readonly context: 'internal' | 'postmaster' | 'sighup' | 'superuser' | 'user' | 'backend' | 'superuser-backend';
  readonly pendingRestart: boolean;
  /**
   * Value in the file (postgresql.auto.conf or the main one) that a restart would bring; null: same or not to be read.
   */
  readonly fileValue: string | null;
}

/** Rights of the role pgm connects as. */
export interface RoleRights {
  readonly name: string;
  readonly superuser: boolean;
  readonly replication: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  readonly bypassrls: boolean;
  /**
   * What CREATE SUBSCRIPTION asks: superuser, or the privileges of pg_create_subscription, which a membership without
   * INHERIT does not give.
   */
  readonly subscribes: boolean;
  /** Roles it is a member of, directly or not. */
  readonly memberOf: readonly string[];
  /** Those it may SET ROLE to, and so give objects to: from 16 on a membership can go without that. */
  readonly canBecome: readonly string[];
}

export interface HbaRule {
  readonly line: number;
  readonly type: string;
  readonly database: readonly string[];
  readonly user: readonly string[];
  readonly address: string | null;
  readonly netmask: string | null;
  readonly method: string;
  readonly error: string | null;
  /** `clientcert=verify-full`, `map=…` and their like. */
  readonly options?: readonly string[] | null;
  /** File of the rule, 16 on. */
  readonly file?: string | null;
}

export interface SlotFacts {
  readonly name: string;
  readonly database: string | null;
  readonly plugin: string | null;
  readonly active: boolean;
  readonly temporary: boolean;
  readonly walStatus: string | null;
  readonly restartLsn: string | null;
  readonly confirmedFlushLsn: string | null;
  readonly retainedWalBytes: number | null;
  /**
   * Bytes from what its subscriber has applied to what is written; null: nobody is connected to it, or not to be known
   * with these rights.
   */
  readonly lagBytes: number | null;
}

/** A connection that streams WAL: of a standby, a subscriber, a tool. */
export interface StandbyFacts {
  /** application_name: what synchronous_standby_names goes by. */
  readonly name: string;
  /** Only one that has caught up confirms commits. */
  readonly streams: boolean;
  /** synchronous_standby_names names it. */
  readonly waitedFor: boolean;
}

export interface DatabaseListing {
  readonly oid: string;
  readonly name: string;
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `c` libc, `i` icu, `b` builtin. */
  readonly localeProvider: string;
  readonly locale: string | null;
  /** What ICU is told beside the locale: it decides how text sorts. */
  readonly icuRules: string | null;
  readonly collationVersion: string | null;
  /** What the library offers now; differs from `collationVersion` after an upgrade of it. */
  readonly actualCollationVersion: string | null;
  readonly isTemplate: boolean;
  readonly allowsConnections: boolean;
  readonly connectionLimit: number;
  readonly tablespace: string;
  /** null where CONNECT is missing. */
  readonly bytes: number | null;
  readonly canConnect: boolean;
  /** aclitem[] as text, null = defaults. */
  readonly acl: string | null;
  /** The same in words; null = defaults. */
  readonly grants: readonly Grant[] | null;
  /** ALTER DATABASE … SET (role null) and ALTER ROLE … IN DATABASE … SET, `name=value`. */
  readonly roleSettings: readonly { readonly role: string | null; readonly setting: string }[];
  readonly comment: string | null;
}

/** One item of an access control list. */
export interface Grant {
  /** null: PUBLIC. */
  readonly grantee: string | null;
  readonly grantor: string;
  /** `CONNECT`, `SET` … */
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createrole: boolean;
  readonly createdb: boolean;
  readonly canLogin: boolean;
  readonly replication: boolean;
  readonly bypassrls: boolean;
  readonly connectionLimit: number;
  readonly validUntil: string | null;
  readonly comment: string | null;
  /**
   * Tells whether it is another password by now; null: there is none, or hashes are not to be read (canReadPasswords).
   */
  readonly passwordDigest: string | null;
  /** How its password is stored; left out: hashes are not to be read. */
  readonly passwordForm?: 'scram' | 'md5' | 'none';
  /** VALID UNTIL has passed, by the server's clock. */
  readonly expired?: boolean;
  /** Settings of the role (`name=value`), in all databases. */
  readonly settings: readonly string[];
  readonly memberOf: readonly {
    readonly role: string;
    readonly admin: boolean;
    readonly inherit: boolean | null;
    readonly set: boolean | null;
    readonly grantor: string | null;
  }[];
}

export interface SubscriptionFacts {
  readonly name: string;
  readonly database: string;
  readonly owner: string;
  readonly enabled: boolean;
  readonly slot: string | null;
  readonly publications: readonly string[];
  /** pid of the apply worker, null: none runs. */
  readonly workerPid: number | null;
  readonly latestEndLsn: string | null;
  /**
   * The publisher's position behind the last transaction that it applied, `0/0`: none yet; left out or null: not to be
   * known with these rights.
   */
  readonly appliedLsn?: string | null;
  readonly applyErrors: number | null;
  /** The worker's last error in the server's words, where its log may be read; null: none, or not to be known. */
  readonly failure: string | null;
  readonly comment: string | null;
  /** Whether it dials what the spec says now; left out: not this migration's, or its connection may not be read. */
  readonly dials?: 'as-the-spec' | 'elsewhere';
}

export interface WriterFacts {
  readonly kind: 'transaction' | 'prepared';
  readonly pid: number | null;
  readonly gid: string | null;
  readonly user: string | null;
  readonly database: string | null;
  readonly ageSeconds: number;
  readonly query: string | null;
}
