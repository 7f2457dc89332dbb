/**
 * The first `server_version_num` of what pgm uses or must say otherwise on older servers, each once, with its source:
 * release notes (E.x of each version's documentation) and the catalogs of the servers. Whether a server of a version
 * has it is asked by {@link has}. What a newer major took away is in {@link file://./majors.ts}.
 */
const since = {
  /** pg_replication_slots.wal_status [13]. */
  walStatus: 130000,
  /** pg_available_extension_versions.trusted: an extension that whoever may CREATE in the database may make [13]. */
  trustedExtensions: 130000,
  /** pg_trigger.tgparentid, of a trigger that a partition has from its parent [13]. */
  parentsOfTriggers: 130000,
  /** hash_record_extended() and hashes of rows [14]. */
  rowHashes: 140000,
  multiranges: 140000,
  /** pg_stat_progress_copy [14]. */
  copyProgress: 140000,
  /** Functions with a parsed body, statistics of expressions: pg_proc.prosqlbody, pg_statistic_ext.stxexprs [14]. */
  parsedBodies: 140000,
  /** A compression of its own for a column: pg_attribute.attcompression, lz4 [14]. */
  columnCompression: 140000,
  /** array_recv and record_recv look away from the oids of user types [source of 14]. */
  binaryOfUserTypes: 140000,
  /** The oid of a subscription, for everyone: SELECT on pg_subscription (oid) [14]. */
  subscriptionOids: 140000,
  /** streaming = on [14]. */
  streaming: 140000,
  /** client_connection_check_interval [14]. */
  connectionCheck: 140000,
  /** target_session_attrs = primary, which a subscriber's libpq has to know [14]. */
  primaryOnly: 140000,
  /** Hashes of what large objects hold, in one statement [14]. */
  largeObjectHashes: 140000,
  /** FOR TABLES IN SCHEMA: pg_publication_namespace [15]. */
  publishedSchemas: 150000,
  /** GRANT SET, ALTER SYSTEM ON PARAMETER: pg_parameter_acl, has_parameter_privilege() [15]. */
  parameterPrivileges: 150000,
  /** CREATE DATABASE … LOCALE_PROVIDER, pg_database.daticulocale [15]. */
  localeProviders: 150000,
  /** disable_on_error, ALTER SUBSCRIPTION … SKIP, pg_stat_subscription_stats [15]. */
  applyErrors: 150000,
  /** CREATE_REPLICATION_SLOT with options in parentheses [15, protocol]. */
  slotOptions: 150000,
  /** pg_create_subscription, and the password that its members must give [16]. */
  subscriptionRole: 160000,
  /** streaming = parallel; pg_stat_subscription.leader_pid [16]. */
  parallelApply: 160000,
  /** A worker applies with the rights of each table's owner; run_as_owner [16]. */
  appliesAsOwner: 160000,
  /** Workers of several subscriptions start without waiting for one another's wal_retrieve_retry_interval [16]. */
  startsAtOnce: 160000,
  /** Memberships with INHERIT and SET; CREATEROLE gives what it has [16]. */
  membershipOptions: 160000,
  /** pg_hba_file_rules.rule_number and file_name, for include directives [16]. */
  includedHbaFiles: 160000,
  /** ICU_RULES, pg_database.daticurules [16]. */
  icuRules: 160000,
  /** require_auth, which a subscriber's libpq has to know [16]. */
  requireAuth: 160000,
  /** MAINTAIN on tables [17]. */
  maintain: 170000,
  /** Slots that fail over with a standby: failover = true, synchronized_standby_slots [17]. */
  failoverSlots: 170000,
  /** pg_database.datlocale, of every provider [17]. */
  databaseLocale: 170000,
  /** Histograms of ranges in pg_stats [17]. */
  rangeStatistics: 170000,
  /** pg_restore_relation_stats(), pg_restore_attribute_stats() [18]. */
  takesStatistics: 180000,
  /** NOT NULL in pg_constraint, with NO INHERIT [18]. */
  notNullConstraints: 180000,
  /** publish_generated_columns: stored ones in a replica identity [18]. */
  publishesGenerated: 180000,
} as const;

export type Feature = keyof typeof since;

/** @param versionNum `server_version_num` */
export function has(versionNum: number, feature: Feature): boolean {
  return versionNum >= since[feature];
}
