import { advertisedRole } from './advertised-role.js';
import { anotherCluster } from './another-cluster.js';
import { madeOnTarget } from './drift-back.js';
import { definitionsDiffer } from './drift-definitions.js';
import { shutSideOpened } from './drift-shut.js';
import { tablesNotCarried, tablesReplaced } from './drift-identity.js';
import { namesCrossed } from './drift-crossed.js';
import { foundDifferences } from './drift-differences.js';
import { inUseReadOnly } from './drift-read-only.js';
import { earlierRecords } from './earlier-records.js';
import { keptShut } from './drift-kept-shut.js';
import { retryInterval } from './apply-start.js';
import { blockRight } from './block-right.js';
import type { Check } from './check.js';
import { hashPartitions } from './hash-partitions.js';
import { truncateRefused } from './truncate-refused.js';
import { timeLimits } from './time-limits.js';
import { plannerSettings } from './planner-settings.js';
import { applicationRoom } from './application-room.js';
import { sessionState } from './session-state.js';
import { backgroundJobs } from './background-jobs.js';
import { aroundTheServer } from './around-the-server.js';
import { rememberedTypes } from './remembered-types.js';
import { clientLogins } from './client-logins.js';
import { bouncer } from './bouncer.js';
import { carriedSecrets } from './carried-secrets.js';
import { clientPrograms } from './client-programs.js';
import { hookPrograms } from './hook-programs.js';
import { clockSkew } from './clock-skew.js';
import { targetDialsSource } from './dial.js';
import { goneBack } from './drift-gone-back.js';
import { databasesGone } from './drift-databases.js';
import { publicationGone, slotIdle, slotLost, subscriptionStopped } from './drift-lanes.js';
import { accessChanged, settingsLowered } from './drift-settings.js';
import { tablesAltered, tablesCreated, tablesDropped, targetWriters } from './drift-tables.js';
import { emptySearchPath } from './empty-search-path.js';
import { extensions } from './extensions.js';
import { failoverSlots } from './failover-slots.js';
import { failbackRights, failbackSettings } from './failback.js';
import { hba } from './hba.js';
import { databasesLeftOut, filterDependants, invalidIndexes, securityLabels, settingsForAll } from './left-behind.js';
import { listenAddresses } from './listen-addresses.js';
import { loadedCode } from './loaded-code.js';
import { plannedCode } from './planned-code.js';
import { loadSettings } from './load-settings.js';
import {
  extensionRows,
  foreignTables,
  generatedColumns,
  largeObjects,
  materializedViews,
  slowIdentity,
  unlogged,
} from './not-replicated.js';
import { otherReplication } from './other-replication.js';
import { plaintext } from './plaintext.js';
import { pooler } from './pooler.js';
import { rowSecurity, schemaUsage, sequenceSelect, tableSelect } from './read-rights.js';
import { recordedSecrets } from './recorded-secrets.js';
import { refusedSettings } from './refused-settings.js';
import { refusedValues } from './refused-values.js';
import { replicaIdentity } from './replica-identity.js';
import { providersOwn } from './providers-own.js';
import { publicationRight, replicationRight, subscriptionRight } from './replication-rights.js';
import { sameCluster } from './same-cluster.js';
import { ownObjects } from './own-objects.js';
import { refusedByMajor } from './refused-by-major.js';
import { resultSettings } from './result-settings.js';
import { names } from './names.js';
import { nothingToMigrate, unmatchedNames, unreadableDatabase } from './selection.js';
import { roleAttributes, shuttingSettings } from './role-losses.js';
import { rolesMoved } from './roles-moved.js';
import { sequencesNearEnd } from './sequences.js';
import { maxReplicationSlots, maxWalSenders } from './source-limits.js';
import { outputPlugins, sessionTimeouts, slotLimits, walSenderTimeout } from './source-settings.js';
import { otherSlots, pendingRestart, standby, walSpace, wraparound } from './source-state.js';
import { extensionComments, superuserObjects } from './superuser-objects.js';
import { standbySlotsAway } from './standby-slots.js';
import { synchronousStandbys } from './synchronous-standbys.js';
import { encoding, languages, owners, tablespaces, targetWritable } from './target-databases.js';
import { partitionLayout, tableDefinitions } from './target-definitions.js';
import { connections, replicationOrigins, targetWorkers } from './target-limits.js';
import {
  createDatabase,
  createRole,
  freezeRight,
  largeObjectRights,
  ownerMembership,
  rolePasswords,
} from './target-rights.js';
import { targetRows } from './target-rows.js';
import { freeDisk, maintenanceMemory } from './target-space.js';
import { alwaysTriggers, eventTriggers, notValid } from './triggers.js';
import { unmetNeeds } from './unmet-needs.js';
import { authentication, tls, unreachableServer } from './unreachable.js';
import { versions } from './versions.js';
import { violatedConstraints } from './violated-constraints.js';
import { walLevel } from './wal-level.js';
import { openTransactions } from './writers.js';

/**
 * Checks that are made before anything moves, in the order in which findings are told. A new one is a file and a line
 * here.
 */
export const readinessChecks: readonly Check[] = [
  unreachableServer,
  authentication,
  tls,
  plaintext,
  pooler,
  sameCluster,
  anotherCluster,
  versions,
  targetDialsSource,
  clockSkew,
  clientPrograms,
  unmatchedNames,
  nothingToMigrate,
  unreadableDatabase,
  walLevel,
  maxReplicationSlots,
  maxWalSenders,
  listenAddresses,
  hba,
  walSenderTimeout,
  slotLimits,
  sessionTimeouts,
  outputPlugins,
  openTransactions,
  standby,
  failoverSlots,
  synchronousStandbys,
  standbySlotsAway,
  wraparound,
  otherSlots,
  pendingRestart,
  walSpace,
  otherReplication,
  settingsForAll,
  databasesLeftOut,
  targetWorkers,
  replicationOrigins,
  connections,
  targetRows,
  freeDisk,
  tableDefinitions,
  extensions,
  encoding,
  refusedByMajor,
  tablespaces,
  languages,
  owners,
  failbackSettings,
  maintenanceMemory,
  loadSettings,
  retryInterval,
  ownObjects,
  targetWritable,
  replicationRight,
  publicationRight,
  subscriptionRight,
  advertisedRole,
  schemaUsage,
  tableSelect,
  sequenceSelect,
  rowSecurity,
  createDatabase,
  createRole,
  rolePasswords,
  recordedSecrets,
  carriedSecrets,
  ownerMembership,
  freezeRight,
  blockRight,
  failbackRights,
  largeObjectRights,
  superuserObjects,
  extensionComments,
  loadedCode,
  plannedCode,
  replicaIdentity,
  slowIdentity,
  unlogged,
  foreignTables,
  largeObjects,
  materializedViews,
  generatedColumns,
  truncateRefused,
  hashPartitions,
  providersOwn,
  extensionRows,
  partitionLayout,
  eventTriggers,
  alwaysTriggers,
  notValid,
  sequencesNearEnd,
  violatedConstraints,
  names,
  filterDependants,
  invalidIndexes,
  securityLabels,
  roleAttributes,
  shuttingSettings,
  unmetNeeds,
  emptySearchPath,
  refusedValues,
  refusedSettings,
];

/** What the application would notice of the next handover of the writes. */
export const applicationChecks: readonly Check[] = [
  clientLogins,
  resultSettings,
  timeLimits,
  plannerSettings,
  applicationRoom,
  sessionState,
  backgroundJobs,
  aroundTheServer,
  rememberedTypes,
  hookPrograms,
  bouncer,
];

/** Checks of a replication that is running or was. */
export const driftChecks: readonly Check[] = [
  slotLost,
  slotIdle,
  settingsLowered,
  subscriptionStopped,
  tablesCreated,
  tablesAltered,
  tablesDropped,
  tablesReplaced,
  tablesNotCarried,
  namesCrossed,
  madeOnTarget,
  definitionsDiffer,
  targetWriters,
  accessChanged,
  publicationGone,
  shutSideOpened,
  goneBack,
  databasesGone,
  keptShut,
  earlierRecords,
  rolesMoved,
  foundDifferences,
  inUseReadOnly,
];

/** Every code there is: what `pgm explain` and docs/findings.md are made from. */
export const catalogue: readonly Check[] = [...readinessChecks, ...driftChecks, ...applicationChecks];
