import type { Check } from './check.js';
import { clientPrograms } from './client-programs.js';
import { clockSkew } from './clock-skew.js';
import { targetDialsSource } from './dial.js';
import { driftChecks } from './drift.js';
import { hba } from './hba.js';
import { listenAddresses } from './listen-addresses.js';
import { plaintext } from './plaintext.js';
import { pooler } from './pooler.js';
import { rowSecurity, schemaUsage, sequenceSelect, tableSelect } from './read-rights.js';
import { replicaIdentity } from './replica-identity.js';
import { publicationRight, replicationRight, subscriptionRight } from './replication-rights.js';
import { sameCluster } from './same-cluster.js';
import { nothingToMigrate, unmatchedNames, unreadableDatabase } from './selection.js';
import { maxReplicationSlots, maxWalSenders } from './source-limits.js';
import { connections, replicationOrigins, targetWorkers } from './target-limits.js';
import { targetRows } from './target-rows.js';
import { authentication, tls, unreachableServer } from './unreachable.js';
import { versions } from './versions.js';
import { walLevel } from './wal-level.js';

/** Checks that are made before anything moves, in the order in which findings are told. A new one is a file and a line here. */
export const readinessChecks: readonly Check[] = [
  unreachableServer,
  authentication,
  tls,
  plaintext,
  pooler,
  sameCluster,
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
  targetWorkers,
  replicationOrigins,
  connections,
  targetRows,
  replicationRight,
  publicationRight,
  subscriptionRight,
  schemaUsage,
  tableSelect,
  sequenceSelect,
  rowSecurity,
  replicaIdentity,
];

/** Every code there is: what `pgm explain` and docs/findings.md are made from. */
export const catalogue: readonly Check[] = [...readinessChecks, ...driftChecks];
