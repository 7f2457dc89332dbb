import type { CopyProgress } from '../state/progress.js';

/**
 * What the servers look like: plain, frozen data made by SELECT only. Checks and plan are decided from it alone.
 *
 * Glossary: a *relation* is a row of pg_class; `oid`s are the source's and strings; sizes are bytes; LSNs are text.
 */
export interface Facts {
  readonly source: ServerFacts | Unreachable;
  readonly target: ServerFacts | Unreachable;
  /** The machine pgm runs on. */
  readonly local: LocalFacts;
  /** Databases of the source that are in scope, by name. */
  readonly databases: readonly DatabaseFacts[];
  /** Can the target server dial the source? null: not tried (one of them unreachable, dump, or no right to ask). */
  readonly dial: DialFacts | null;
  /** Names and patterns of the spec that match nothing on the source. */
  readonly unmatched: { readonly databases: readonly string[]; readonly tables: readonly string[] };
  /** Databases in scope that could not be read: no CONNECT, refused by pg_hba.conf … They are missing from `databases`, or have `target: null`. */
  readonly unreadable: readonly { readonly database: string; readonly server: 'source' | 'target'; readonly failure: Unreachable }[];
}

export interface Unreachable {
  readonly kind: 'unreachable';
  readonly host: string;
  readonly port: number;
  readonly failure: 'refused' | 'timeout' | 'unknown-host' | 'authentication' | 'no-hba-entry' | 'tls' | 'no-database' | 'too-many-connections' | 'starting-up' | 'other';
  /** The server's or the system's own words. */
  readonly message: string;
  readonly sqlstate: string | null;
}

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
  readonly provider: Provider | null;
  readonly user: RoleRights;
  /** pg_settings by name, only the ones that checks read. */
  readonly settings: ReadonlyMap<string, Setting>;
  /** null where pg_hba_file_rules is refused. */
  readonly hba: readonly HbaRule[] | null;
  readonly slots: readonly SlotFacts[];
  readonly walSendersInUse: number;
  readonly connectionsInUse: number;
  readonly databases: readonly DatabaseListing[];
  readonly roles: readonly RoleFacts[];
  readonly tablespaces: readonly string[];
  readonly subscriptions: readonly SubscriptionFacts[];
  /** Transactions with an xid, and prepared ones, oldest first: slot creation would wait for them. */
  readonly writers: readonly WriterFacts[];
  /** Milliseconds: server clock minus ours, halving the round trip. */
  readonly clockSkewMs: number;
  /** Milliseconds. */
  readonly roundTripMs: number;
  /** A pooler answered instead of PostgreSQL, or a pooler's traits were seen: which. */
  readonly pooler: string | null;
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
}

export interface AvailableExtension {
  readonly name: string;
  readonly defaultVersion: string | null;
  readonly versions: readonly string[];
  /** Only a superuser may create it. */
  readonly needsSuperuser: boolean;
}

export type Provider = 'rds' | 'aurora' | 'cloudsql' | 'alloydb' | 'azure' | 'supabase' | 'neon' | 'heroku' | 'digitalocean' | 'aiven' | 'crunchy';

export interface Setting {
  readonly value: string;
  readonly unit: string | null;
  readonly context: 'internal' | 'postmaster' | 'sighup' | 'superuser' | 'user' | 'backend' | 'superuser-backend';
  readonly pendingRestart: boolean;
  /** Value in the file (postgresql.auto.conf or the main one) that a restart would bring; null: same or not to be read. */
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
  /** Roles it is a member of, directly or not. */
  readonly memberOf: readonly string[];
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
  /** Settings of the role (`name=value`), in all databases. */
  readonly settings: readonly string[];
  readonly memberOf: readonly { readonly role: string; readonly admin: boolean; readonly inherit: boolean | null; readonly set: boolean | null; readonly grantor: string | null }[];
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
  readonly applyErrors: number | null;
  readonly comment: string | null;
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

export interface LocalFacts {
  /** Major versions found, with their folder; null: none. */
  readonly pgDump: { readonly path: string; readonly major: number; readonly version: string } | null;
  readonly pgRestore: { readonly path: string; readonly major: number; readonly version: string } | null;
  readonly cores: number;
}

export interface DialFacts {
  readonly reachable: boolean;
  /** As the target would dial, without secrets: `host:port`. */
  readonly address: string;
  readonly message: string | null;
  readonly sqlstate: string | null;
}

/** One source database in scope, with what the target has under the same name. */
export interface DatabaseFacts {
  readonly name: string;
  readonly oid: string;
  readonly source: DatabaseContents;
  /** null: the target has no such database yet. */
  readonly target: DatabaseContents | null;
}

export interface DatabaseContents {
  /** Ordinary tables, partitions and partitioned parents, views …; pgm's own, the system's and extension members left out unless stated. */
  readonly tables: readonly TableFacts[];
  readonly sequences: readonly SequenceFacts[];
  readonly extensions: readonly ExtensionFacts[];
  readonly publications: readonly PublicationFacts[];
  readonly schemas: readonly SchemaFacts[];
  readonly languages: readonly string[];
  readonly materializedViews: readonly { readonly schema: string; readonly name: string; readonly populated: boolean; readonly bytes: number }[];
  readonly foreignTables: readonly { readonly schema: string; readonly name: string }[];
  readonly largeObjects: number;
  readonly eventTriggers: readonly { readonly name: string; readonly enabled: string }[];
  /** pgm's record on the target (state/progress.ts, `readProgress`): null on the source, and where schema pgm is absent. */
  readonly progress: CopyProgress | null;
  readonly notValidConstraints: readonly { readonly schema: string; readonly table: string; readonly name: string; readonly kind: 'foreign-key' | 'check' | 'not-null' }[];
  /** What aiven_extras lets the role do; null where the extension is absent. */
  readonly aivenExtras: AivenExtras | null;
  /** CREATE on the database. */
  readonly canCreate: boolean;
  /** Something that a user made is in it: a relation, function, type or large object. */
  readonly hasUserObjects: boolean;
  /** Comments of the subscriptions in this database, by name. */
  readonly subscriptionComments: Readonly<Record<string, string>>;
}

export interface AivenExtras {
  readonly version: string;
  readonly canCreatePublication: boolean;
  readonly canCreateSubscription: boolean;
  readonly canSetReplicationRole: boolean;
}

export interface TableFacts {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** `r` ordinary, `p` partitioned. */
  readonly kind: 'r' | 'p';
  readonly persistence: 'p' | 'u' | 't';
  readonly owner: string;
  readonly accessMethod: string | null;
  readonly isPartition: boolean;
  readonly rowEstimate: number;
  /** Bytes of heap, and of heap with TOAST. */
  readonly heapBytes: number;
  readonly dataBytes: number;
  readonly indexBytes: number;
  readonly indexCount: number;
  readonly columns: readonly ColumnFacts[];
  /** `d` default, `n` nothing, `f` full, `i` index. */
  readonly replicaIdentity: 'd' | 'n' | 'f' | 'i';
  /** A usable identity exists: primary key, valid identity index, or FULL over types with equality. */
  readonly identityUsable: boolean;
  readonly hasPrimaryKey: boolean;
  /** Columns of types that have no equality (json, xml, point …), which make FULL fail. */
  readonly columnsWithoutEquality: readonly string[];
  readonly rowSecurity: boolean;
  readonly rowSecurityForced: boolean;
  readonly canSelect: boolean;
  /** May LOCK TABLE … IN EXCLUSIVE MODE. */
  readonly canLock: boolean;
  readonly isOwner: boolean;
  /** Name of the extension it belongs to, null: the user's. */
  readonly extension: string | null;
  /** True on the target when at least one row is in it; null where not asked. */
  readonly hasRows: boolean | null;
  /** Triggers with tgenabled `A` or `R`. */
  readonly alwaysTriggers: readonly string[];
  readonly foreignKeys: number;
  /** False: the spec's table filter leaves it out, or an extension owns it. */
  readonly inScope: boolean;
  /** The partitioned table it is a direct partition of. */
  readonly partitionOf: { readonly schema: string; readonly name: string } | null;
  /** Partition key of a partitioned table. */
  readonly partitionKey: string | null;
  /** Bound of a partition (`FOR VALUES …`). */
  readonly partitionBound: string | null;
  /** A unique index that REPLICA IDENTITY USING INDEX would take; null: none. */
  readonly identityCandidate: string | null;
  /** null: the database's own. */
  readonly tablespace: string | null;
}

export interface ColumnFacts {
  readonly name: string;
  /** format_type() */
  readonly type: string;
  readonly notNull: boolean;
  /** `` none, `s` stored, `v` virtual. */
  readonly generated: string;
  /** `` none, `a` always, `d` by default. */
  readonly identity: string;
  /** Same send/recv form on both majors is known for its type. */
  readonly binarySafe: boolean;
}

export interface SequenceFacts {
  readonly schema: string;
  readonly name: string;
  readonly canSelect: boolean;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cycles: boolean;
  readonly lastValue: string | null;
  /** False: it belongs to a table that the spec's table filter leaves out. */
  readonly inScope: boolean;
}

export interface ExtensionFacts {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
}

export interface SchemaFacts {
  readonly name: string;
  readonly owner: string;
  readonly canUse: boolean;
}

export interface PublicationFacts {
  readonly name: string;
  readonly owner: string;
  readonly allTables: boolean;
  /** Schemas of FOR TABLES IN SCHEMA, 15 on. */
  readonly schemas: readonly string[];
  /** `schema.table`, unquoted parts joined for comparison only. */
  readonly tables: readonly { readonly schema: string; readonly name: string }[];
  readonly comment: string | null;
}
