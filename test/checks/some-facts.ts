import type {
  ClientFacts,
  DatabaseContents,
  DatabaseFacts,
  Facts,
  ServerFacts,
  Setting,
  TableFacts,
} from '../../src/inspect/facts.js';

/** A setting as pg_settings has it. */
export function setting(
  value: string,
  context: Setting['context'] = 'postmaster',
  more: Partial<Setting> = {},
): Setting {
  return { value, unit: null, context, pendingRestart: false, fileValue: null, ...more };
}

const goodSettings: Readonly<Record<string, Setting>> = {
  wal_level: setting('logical'),
  max_replication_slots: setting('20'),
  max_wal_senders: setting('20'),
  listen_addresses: setting('*'),
  max_connections: setting('100'),
  max_worker_processes: setting('20'),
  max_logical_replication_workers: setting('10'),
  wal_sender_timeout: setting('60000', 'user', { unit: 'ms' }),
  wal_retrieve_retry_interval: setting('5000', 'sighup', { unit: 'ms' }),
  maintenance_work_mem: setting('65536', 'user', { unit: 'kB' }),
  ssl: setting('on', 'sighup'),
};

/** Nobody uses it. */
export function someClients(more: Partial<ClientFacts> = {}): ClientFacts {
  return {
    groups: [],
    total: 0,
    seesOthers: true,
    serverAddress: '10.0.0.1',
    listening: [],
    advisoryLocks: [],
    locksHeld: 0,
    ...more,
  };
}

/** A superuser's view of a server in good order. */
export function someServer(
  more: Partial<Omit<ServerFacts, 'settings'>> & { readonly settings?: Readonly<Record<string, Setting>> } = {},
): ServerFacts {
  const { settings, ...rest } = more;
  return {
    kind: 'server', host: 'db.example.com', port: 5432, tls: true, versionNum: 150000, version: '15.0', systemIdentifier: '1', inRecovery: false, provider: null,
    user: { name: 'migrator', superuser: true, replication: true, createdb: true, createrole: true, bypassrls: true, subscribes: true, memberOf: [], canBecome: [] },
    settings: new Map(Object.entries({ ...goodSettings, ...settings })), altered: new Map(), defaults: null, given: new Map(), remembered: null, ownProblems: [],
    hba: [], slots: [], walSendersInUse: 0, standbys: [], connectionsInUse: 5, clients: someClients(), databases: [], roles: [], tablespaces: [], subscriptions: [], writers: [], snapshot: '100:100:', clockSkewMs: 0, roundTripMs: 1, answerMs: 0.3,
    pooler: null, freeDiskBytes: null, xidsLeft: 2_000_000_000, startedAt: '2024-01-01T00:00:00.000000Z', alterSystem: 'all', canReload: true, canWriteFiles: true,
    canSetReplicationRole: true, memoryBytes: null, hbaFile: '/data/pg_hba.conf', availableExtensions: [], locales: [], parameterGrants: [], settingsForAll: [], refusedSettings: [], canReadPasswords: true, recorders: [],
    ...rest,
  }; // prettier-ignore
}

export function someTable(more: Partial<TableFacts> = {}): TableFacts {
  return {
    oid: '20000', schema: 'public', name: 't', kind: 'r', persistence: 'p', owner: 'owner', accessMethod: 'heap', isPartition: false, rowEstimate: 0, definedAt: null, heapBytes: 0, dataBytes: 0,
    indexBytes: 0, indexCount: 1, columns: [], replicaIdentity: 'd', identityUsable: true, hasPrimaryKey: true, usablePrimaryKey: true, usableIdentityIndex: false, generatedInPrimaryKey: [], generatedInIdentityIndex: [], generatedColumns: [], columnsWithoutEquality: [], rowSecurity: false,
    rowSecurityForced: false, canSelect: true, canLock: true, isOwner: true, extension: null, extensionConfiguration: false, hasRows: null, alwaysTriggers: [], foreignKeys: 0, inScope: true, partitionOf: null,
    partitionKey: null, partitionBound: null, identityCandidate: null, tablespace: null,
    ...more,
  }; // prettier-ignore
}

export function someContents(more: Partial<DatabaseContents> = {}): DatabaseContents {
  return {
    tables: [], sequences: [], extensions: [], publications: [], schemas: [], providersOwn: { schemas: [], extensions: [] }, languages: [], materializedViews: [], foreignTables: [], largeObjects: 0, largeObjectBytes: 0, dependants: [], invalidIndexes: [], securityLabels: [], superuserObjects: [], canReadLargeObjects: true, eventTriggers: [], usersCode: [], plannedWithCode: [], carriedSecrets: [],
    progress: null, notValidConstraints: [], violatedConstraints: [], pgmSchema: null, ownProblems: [], aivenExtras: null, namedTypes: { enums: 0, domains: 0, ranges: 0 }, canCreate: true, hasUserObjects: true, subscriptionComments: {}, subscribedTables: {}, references: [], hashedApart: [],
    ...more,
  }; // prettier-ignore
}

export function someDatabase(
  source: Partial<DatabaseContents> = {},
  target: Partial<DatabaseContents> | null = null,
): DatabaseFacts {
  return {
    name: 'app',
    oid: '16384',
    source: someContents(source),
    target: target === null ? null : someContents(target),
    definitions: null,
    foreseen: null,
  };
}

/** Two servers in good order with one database; nothing to find but what `more` changes. */
export function someFacts(more: Partial<Facts> = {}): Facts {
  const program = { path: '/usr/bin/pg_dump', major: 18, version: '18.0' };
  return {
    source: someServer(),
    target: someServer({ host: 'new.example.com', systemIdentifier: '2', startedAt: '2024-01-02T00:00:00.000000Z' }),
    local: { pgDump: program, pgRestore: program, cores: 2 },
    databases: [someDatabase({ tables: [someTable()] })],
    dial: { reachable: true, address: 'db.example.com:5432', message: null, sqlstate: null },
    unmatched: { databases: [], tables: [] },
    unreadable: [],
    ...more,
  };
}
