import type { Conninfo } from '../postgres/conninfo.js';
import type { Connection } from '../postgres/connection.js';
import { readActivity } from './activity.js';
import { readClients } from './clients.js';
import { readAvailableExtensions } from './available-extensions.js';
import { ownObjectsProblems } from '../state/own-objects.js';
import { readRememberedSettings } from '../state/remembered-settings.js';
import type { ServerFacts, Unreachable } from './facts.js';
import { readRecorders } from './recorders.js';
import { withDialled, type Dials } from './dialled.js';
import { serverShape } from './facts-shape.generated.js';
import { readHbaRules } from './hba.js';
import { holdShape } from './hold-shape.js';
import { maySetReplicationRole, readAlterSystem, readIdentity, readSystemIdentifier } from './identity.js';
import { readDatabases } from './listing.js';
import { freeDiskBytes, memoryBytes } from './machine.js';
import { detectPooler } from './pooler.js';
import { detectProvider } from './provider.js';
import { reading } from './reading.js';
import { readSlots, readSubscriptions } from './replication.js';
import { readParameterGrants, readRoles, readOfAllRoles } from './roles.js';
import { readSettings } from './settings.js';
import { unreachable } from './unreachable.js';

/**
 * Reads what belongs to the whole cluster, through its maintenance database. A server that does not answer is a fact,
 * not an error.
 */
export async function inspectServer(
  conninfo: Conninfo,
  migration: string,
  dials?: Dials,
): Promise<ServerFacts | Unreachable> {
  try {
    const facts = await reading(conninfo, undefined, connection => readServer(conninfo, connection, migration, dials));
    return holdShape(facts, serverShape, 'itself');
  } catch (error) {
    return unreachable(conninfo, error);
  }
}

async function readServer(
  conninfo: Conninfo,
  connection: Connection,
  migration: string,
  dials: Dials | undefined,
): Promise<ServerFacts> {
  const asked = Date.now();
  const identity = await readIdentity(connection);
  const answered = Date.now();
  const { versionNum } = identity;
  const { settings, altered, defaults, given } = await readSettings(connection, identity.canReadFileSettings);
  const databases = await readDatabases(connection, versionNum);
  const ofAllRoles = await readOfAllRoles(connection);
  const roles = await readRoles(connection, versionNum, ofAllRoles.canReadPasswords);
  const { host, port, tls } = connection.address;
  return {
    kind: 'server',
    host,
    port,
    tls,
    versionNum,
    version: identity.version,
    systemIdentifier: await readSystemIdentifier(connection, identity),
    inRecovery: identity.inRecovery,
    ...(identity.position === null ? {} : { position: identity.position }),
    provider: detectProvider({
      host,
      roles: new Set(roles.map(({ name }) => name)),
      settingPrefixes: new Set(identity.settingPrefixes),
      databases: new Set(databases.map(({ name }) => name)),
      hasAuroraVersion: identity.hasAuroraVersion,
    }),
    user: identity.user,
    settings,
    altered,
    defaults,
    given,
    hba: identity.canReadHba ? await readHbaRules(connection, versionNum) : null,
    slots: await readSlots(connection, versionNum),
    ...(await readActivity(connection)),
    clients: await readClients(connection),
    databases,
    roles,
    tablespaces: identity.tablespaces,
    subscriptions: await withDialled(connection, await readSubscriptions(connection, versionNum), {
      migration,
      versionNum,
      mayRead: identity.user.superuser,
      dials,
    }),
    snapshot: identity.snapshot,
    clockSkewMs: Math.round(identity.serverTime - (asked + answered) / 2),
    roundTripMs: answered - asked,
    answerMs: await answerTime(connection),
    pooler: await detectPooler(conninfo, connection, identity.backendPid),
    freeDiskBytes: await freeDiskBytes(host, settings.get('data_directory')?.value),
    startedAt: identity.startedAt,
    alterSystem: await readAlterSystem(connection, identity),
    canReload: identity.canReload,
    canWriteFiles: identity.canReadFiles && identity.mayWriteFiles,
    canSetReplicationRole: await maySetReplicationRole(connection),
    memoryBytes: await memoryBytes(connection, identity.canReadFiles),
    hbaFile: settings.get('hba_file')?.value ?? null,
    locales: identity.locales,
    parameterGrants: await readParameterGrants(connection, versionNum),
    ...ofAllRoles,
    recorders: await readRecorders(connection, versionNum),
    remembered: await readRememberedSettings(connection, migration),
    ownProblems: await ownObjectsProblems(connection, 'pgm'),
    refusedSettings: [],
    availableExtensions: await readAvailableExtensions(connection, versionNum),
  };
}

async function answerTime(connection: Connection): Promise<number> {
  const asked = performance.now();
  await connection.execute('select 1');
  return Math.round((performance.now() - asked) * 10) / 10;
}
