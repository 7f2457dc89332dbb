import type { CopyProgress } from '../state/progress.js';
import type { Foreseen } from './needs/needs.js';
import type { ColumnHistory } from './definitions/column-history.js';
import type { Fingerprint } from './definitions/fingerprint.js';
import type { DefinitionDifference } from './definitions/definition.js';

/** One source database in scope, with what the target has under the same name. */
export interface DatabaseFacts {
  readonly name: string;
  readonly oid: string;
  readonly source: DatabaseContents;
  /** null: the target has no such database yet. */
  readonly target: DatabaseContents | null;
  /** Objects that the sides define differently, once all definitions were brought; null: not yet, so not compared. */
  readonly definitions: DefinitionsCompared | null;
  /**
   * What the source's definitions need of the server and the target does not give, as far as it lets itself be asked;
   * null: not asked, since they are there or a server is away.
   */
  readonly foreseen: Foreseen | null;
  /**
   * Tables that were altered so that they are copied again; not there: none, or nobody asked. Decided where the spec is
   * known.
   */
  readonly remade?: readonly { readonly schema: string; readonly name: string }[];
}

export type DefinitionsCompared =
  | {
      readonly kind: 'compared';
      readonly differences: readonly DefinitionDifference[];
      /** Tables that were altered or rewritten since they were copied; null: what was copied is not written down. */
      readonly histories: readonly ColumnHistory[] | null;
      /**
       * Tables of the target that were altered or rewritten since it took over; null: it did not, or that is not
       * written down.
       */
      readonly historiesBack?: readonly ColumnHistory[] | null;
      readonly fingerprints?: { readonly source: Fingerprint; readonly target: Fingerprint };
    }
  | { readonly kind: 'failed'; readonly message: string };

export interface DatabaseContents {
  /**
   * Ordinary tables, partitions and partitioned parents, views …; pgm's own, the system's and extension members left
   * out unless stated.
   */
  readonly tables: readonly TableFacts[];
  readonly sequences: readonly SequenceFacts[];
  readonly extensions: readonly ExtensionFacts[];
  readonly publications: readonly PublicationFacts[];
  readonly schemas: readonly SchemaFacts[];
  /**
   * What the source's provider keeps for itself in it, and so stays behind; left out of the lists here, but for
   * `extensions` and `tables`.
   */
  readonly providersOwn: { readonly schemas: readonly string[]; readonly extensions: readonly string[] };
  readonly languages: readonly string[];
  readonly materializedViews: readonly {
    readonly schema: string;
    readonly name: string;
    readonly populated: boolean;
    readonly bytes: number;
  }[];
  readonly foreignTables: readonly { readonly schema: string; readonly name: string }[];
  readonly largeObjects: number;
  /** SELECT on each of them, and on pg_largeobject to compare them. */
  readonly canReadLargeObjects: boolean;
  readonly eventTriggers: readonly { readonly name: string; readonly enabled: string; readonly event: string }[];
  /** What of roles that are no superusers runs when rows are loaded, replicated or read here; the first thousand. */
  readonly usersCode: readonly UsersCode[];
  /** Definitions with passwords in them, and user mappings whose options the role may not see. */
  readonly carriedSecrets: readonly CarriedSecret[];
  /** Tables over which no query may be planned: PostgreSQL would call functions of others for it (planned-code.ts). */
  readonly plannedWithCode: readonly {
    readonly schema: string;
    readonly name: string;
    readonly calls: readonly { readonly function: string; readonly owner: string }[];
  }[];
  /**
   * pgm's record on the target (state/progress.ts, `readProgress`): null on the source, and where schema pgm is absent.
   */
  readonly progress: CopyProgress | null;
  /** Foreign keys as pairs of oids: the referring and the referred table; partitions have their own. */
  readonly references: readonly (readonly [child: string, parent: string])[];
  /**
   * Tables that are partitioned by the hash of what is not hashed alike on every server, or by ranges of text in the
   * order of a language, and what that is.
   */
  readonly hashedApart: readonly {
    readonly schema: string;
    readonly name: string;
    readonly key: string;
    readonly by: 'hash' | 'range';
  }[];
  readonly notValidConstraints: readonly {
    readonly schema: string;
    readonly table: string;
    readonly name: string;
    readonly kind: 'foreign-key' | 'check' | 'not-null';
  }[];
  /** Of the source, as far as could be looked at in a moment. */
  readonly violatedConstraints: readonly ViolatedConstraint[];
  /** Schema `pgm`, where pgm keeps its own; null: there is none. */
  readonly pgmSchema: { readonly comment: string | null; readonly relations: readonly string[] } | null;
  /** What in schema `pgm` is not pgm's own, a sentence each. */
  readonly ownProblems: readonly string[];
  /** Of the source: what is made with a table that the spec leaves out, and cannot be made without it. */
  readonly dependants: readonly DependantFacts[];
  /** Indexes that a broken CREATE INDEX CONCURRENTLY left. */
  readonly invalidIndexes: readonly { readonly schema: string; readonly table: string; readonly name: string }[];
  /** By provider. */
  readonly securityLabels: readonly { readonly provider: string; readonly objects: number }[];
  /** What only a superuser may make; no member of an extension. */
  readonly superuserObjects: readonly { readonly kind: string; readonly name: string }[];
  /** Of pg_largeobject. */
  readonly largeObjectBytes: number;
  /** What aiven_extras lets the role do; null where the extension is absent. */
  readonly aivenExtras: AivenExtras | null;
  /** Types that users made, whose oids are others on every server. */
  readonly namedTypes: { readonly enums: number; readonly domains: number; readonly ranges: number };
  /** CREATE on the database. */
  readonly canCreate: boolean;
  /** Something that a user made is in it: a relation, function, type or large object. */
  readonly hasUserObjects: boolean;
  /** Comments of the subscriptions in this database, by name. */
  readonly subscriptionComments: Readonly<Record<string, string>>;
  /** Tables that each of pgm's subscriptions in this database applies changes to, by its name. */
  readonly subscribedTables: Readonly<Record<string, readonly { readonly schema: string; readonly name: string }[]>>;
}

export interface CarriedSecret {
  readonly kind: 'user mapping' | 'server' | 'foreign-data wrapper' | 'subscription';
  /** As SQL has it. */
  readonly name: string;
  /** False: its options may not be read, so that it comes without them. */
  readonly readable: boolean;
}

/** An expression or trigger that calls what somebody other than a superuser may change, or chose. */
export interface UsersCode {
  readonly kind:
    'check' | 'domain' | 'event trigger' | 'foreign key' | 'generated column' | 'index' | 'partition key' | 'trigger';
  readonly name: string;
  /** The table it belongs to; null: none. */
  readonly table: { readonly schema: string; readonly name: string } | null;
  /** What it calls, as regprocedure. */
  readonly function: string;
  /** Who decides what that does. */
  readonly owner: string;
}

/** A foreign key or check that rows violate, and the query that shows them. */
export interface ViolatedConstraint {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly kind: 'foreign-key' | 'check';
  /** False: it is NOT VALID, so PostgreSQL never said that rows keep it. */
  readonly validated: boolean;
  /** False: to look would run code of users with pgm's rights, so that nobody knows. */
  readonly looked: boolean;
  readonly rowsQuery: string;
}

export interface AivenExtras {
  readonly version: string;
  /** Of its functions that run as a superuser those which the role may call. */
  readonly callable: readonly string[];
  /** Those that it may not EXECUTE: since 1.1.20 not everybody may. */
  readonly refused: readonly string[];
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
  /**
   * The lane from this server to the other can carry UPDATE and DELETE (replica-identity.ts says what stands in the
   * way).
   */
  readonly identityUsable: boolean;
  readonly hasPrimaryKey: boolean;
  /** Valid and not deferrable. */
  readonly usablePrimaryKey: boolean;
  /** That of REPLICA IDENTITY USING INDEX, while it is valid, unique, whole, not deferrable and NOT NULL. */
  readonly usableIdentityIndex: boolean;
  /** Generated columns, by name: of the primary key, of the identity index, of the table. */
  readonly generatedInPrimaryKey: readonly string[];
  readonly generatedInIdentityIndex: readonly string[];
  readonly generatedColumns: readonly string[];
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
  /** One of the extension's configuration tables, whose rows pg_dump and pgm bring. */
  readonly extensionConfiguration: boolean;
  /** True on the target when at least one row is in it; null where not asked. */
  readonly hasRows: boolean | null;
  /** Triggers with tgenabled `A` or `R`. */
  readonly alwaysTriggers: readonly string[];
  /** The trigger by which pgm keeps writers out of a side that handed over; not there: the table has none. */
  readonly fence?: 'up' | 'disabled';
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
  /**
   * When a column of it was last made, changed or dropped, ISO 8601; null: the server does not know
   * (track_commit_timestamp is off, or it was then).
   */
  readonly definedAt: string | null;
}

export interface ColumnFacts {
  readonly name: string;
  /** attnum, which a rename keeps. */
  readonly number?: number;
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
  readonly oid?: string;
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
  /** It comes, since something else takes values from it, but the table that owns it does not. */
  readonly withoutOwner: boolean;
  /**
   * The column that it feeds, asked for those that have used three quarters of their values; null: none that owns it,
   * or not asked. `identity`: it is part of the column.
   */
  readonly feeds: {
    readonly schema: string;
    readonly table: string;
    readonly column: string;
    readonly identity: boolean;
  } | null;
}

export interface ExtensionFacts {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
  readonly comment: string | null;
  readonly relocatable: boolean;
  /** Up to three objects outside the extension that name a member of it, as pg_identify_object() has them. */
  readonly usedBy: readonly string[];
}

/** Named as pg_identify_object() does: `view`, `public.over_orders`. */
export interface DependantFacts {
  readonly kind: string;
  readonly name: string;
  /** It holds rows of its own. */
  readonly isTable: boolean;
}

export interface SchemaFacts {
  readonly name: string;
  readonly owner: string;
  readonly canUse: boolean;
}

/** A member of a publication: by oid, so that a rename does not make it another. */
export interface PublishedTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
}

export interface PublicationFacts {
  readonly name: string;
  readonly owner: string;
  readonly allTables: boolean;
  /** Schemas of FOR TABLES IN SCHEMA, 15 on. */
  readonly schemas: readonly string[];
  readonly tables: readonly PublishedTable[];
  readonly comment: string | null;
}
