import pg from 'pg';
import type { ClientConfig } from 'pg';
import { readAnswers } from './answers.js';
import { Connection } from './connection.js';
import type { Conninfo } from './conninfo.js';
import { errorCode } from './errors.js';
import { enforceRequireAuth } from './require-auth.js';
import { ReusingSocket } from './reusing-socket.js';
import {
  asKnownSettings,
  asOptions,
  asStatements,
  environment,
  laterSettings,
  marker,
  type EnvironmentWish,
} from './session-environment.js';
import { sqlstate } from './sqlstate.js';
import type { TlsAttempt } from './tls.js';

export interface SessionOptions extends EnvironmentWish {
  /** Instead of the conninfo's database. */
  readonly database?: string;
  /** Part of application_name after `pgm: `, so that pg_stat_activity tells who it is. */
  readonly purpose: string;
  /** A logical replication connection (walsender): simple query protocol only. */
  readonly replication?: boolean;
  /** The admin console of a PgBouncer: it has no settings. */
  readonly console?: boolean;
  /**
   * Milliseconds after which a statement's answer is not waited for any more; for sessions whose server keeps a shorter
   * limit.
   */
  readonly answersWithin?: number;
}

export const defaultConnectSeconds = 10;

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsAttempt;
}

/**
 * How a server takes the environment. `packet`: with the startup packet. `statement`: it refuses a setting of it, so
 * one statement sets what it knows. `transactions`: a pooler that takes no settings; what is set for a session there
 * stays with a server session that is lent to others, so that each transaction sets it for itself.
 */
type Way = 'packet' | 'statement' | 'transactions';

/** What was learnt of a server, by `host:port`: its version says which settings it knows. */
const known = new Map<string, { readonly major: number | null; readonly way: Way }>();

/**
 * Roles that are superusers, by `host:port user`, as the server reported of the latest session: the first session with
 * each server cannot know.
 */
const superusers = new Set<string>();

/** Whether the role is a superuser on every server of a list, as far as they were met. */
export function knownSuperuser({ hosts, user }: Conninfo): boolean {
  return hosts.every(({ host, port }) => superusers.has(`${host}:${port} ${user}`));
}

/** The oldest version among the servers of a list; null: one of them was not met yet. */
export function knownMajor(hosts: Conninfo['hosts']): number | null {
  const majors = hosts.map(({ host, port }) => known.get(`${host}:${port}`)?.major ?? null);
  return majors.reduce(
    (least, major) => (least === null || major === null ? null : Math.min(least, major)),
    majors[0] ?? null,
  );
}

/**
 * Opens one session, in the environment that all sessions have.
 * @throws what node-postgres says
 */
export async function openSession(conninfo: Conninfo, options: SessionOptions, address: Address): Promise<Connection> {
  const key = `${address.host}:${address.port}`;
  const role = `${key} ${conninfo.user}`;
  const { major, way } = known.get(key) ?? { major: null, way: 'packet' };
  if (options.console === true) return (await start(conninfo, options, address, null)).connection;
  if (way === 'packet') {
    const wanted = environment(options, major, superusers.has(role));
    try {
      const { connection, reported } = await start(conninfo, options, address, wanted);
      if (reported.get('DateStyle') !== marker) {
        // Swallowed by something in between.
        return inTransactions(key, connection, reported, options);
      }
      const met = versionOf(reported);
      known.set(key, { major: met, way });
      if (reported.get('is_superuser') === 'on') superusers.add(role);
      else superusers.delete(role);
      if (met !== null && met !== major) await settingsOfLater(connection, met, major, options);
      return connection;
    } catch (error) {
      // It is no superuser any more.
      if (errorCode(error) === sqlstate.insufficientPrivilege && superusers.delete(role))
        return openSession(conninfo, options, address);
      if (!refusesSettings(error)) throw error;
      return open(key, refusal(error));
    }
  }
  return open(key, way);

  async function open(at: string, bareWay: Way): Promise<Connection> {
    const { connection, reported } = await start(conninfo, options, address, null);
    if (bareWay === 'transactions') return inTransactions(at, connection, reported, options);
    const met = versionOf(reported);
    try {
      await connection.execute(asKnownSettings(environment(options, met)));
    } catch (error) {
      connection.destroy();
      throw error;
    }
    known.set(at, { major: met, way: bareWay });
    return connection;
  }
}

function inTransactions(
  key: string,
  connection: Connection,
  reported: ReadonlyMap<string, string>,
  options: SessionOptions,
): Connection {
  const major = versionOf(reported);
  known.set(key, { major, way: 'transactions' });
  connection.setInTransactions(asStatements(environment(options, major), 'local'));
  return connection;
}

/** Only at the first meeting, or when a server was upgraded meanwhile: from then on they come with the packet. */
async function settingsOfLater(
  connection: Connection,
  met: number,
  before: number | null,
  { settings }: SessionOptions,
): Promise<void> {
  const sent = new Set([...laterSettings(before ?? 0).map(([name]) => name), ...Object.keys(settings ?? {})]);
  try {
    // One by one: a walsender takes no more.
    for (const [name, value] of laterSettings(met).filter(([each]) => !sent.has(each)))
      await connection.execute(`set ${name} = ${value}`);
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

const settingProblems: ReadonlySet<string> = new Set([
  sqlstate.protocolViolation,
  sqlstate.featureNotSupported,
  sqlstate.undefinedObject,
  sqlstate.invalidParameterValue,
  sqlstate.syntaxError,
]);

/**
 * A PgBouncer says 08P01 `unsupported startup parameter`, others 0A000; a server 42704 or 22023, which names the
 * setting.
 */
function refusesSettings(error: unknown): boolean {
  return settingProblems.has(errorCode(error) ?? '');
}

function refusal(error: unknown): Way {
  const code = errorCode(error);
  return code === sqlstate.protocolViolation || code === sqlstate.featureNotSupported ? 'transactions' : 'statement';
}

function versionOf(reported: ReadonlyMap<string, string>): number | null {
  const major = Number.parseInt(reported.get('server_version') ?? '', 10);
  return Number.isNaN(major) ? null : major;
}

async function start(
  conninfo: Conninfo,
  options: SessionOptions,
  address: Address,
  settings: ReadonlyMap<string, string> | null,
): Promise<{ readonly connection: Connection; readonly reported: ReadonlyMap<string, string> }> {
  const { host, port, tls } = address;
  const client = new pg.Client(clientConfig(conninfo, options, address));
  // Not through the configuration: node-postgres would take PGOPTIONS in place of none.
  const { connectionParameters } = client as unknown as { connectionParameters: { options: string } };
  connectionParameters.options = withEnvironment(conninfo, settings);
  readAnswers(client);
  if (conninfo.requireAuth !== undefined) enforceRequireAuth(client, conninfo.requireAuth);
  const reported = parametersOf(client);
  const connection = new Connection(client, conninfo, options.database ?? conninfo.database, {
    host,
    port,
    tls: tls !== false,
    ...(options.answersWithin === undefined ? {} : { answersWithin: options.answersWithin }),
  });
  await client.connect().catch((error: unknown) => {
    // Not in good order: a peer that has gone in the middle of it never answers a goodbye, and pgm would not end.
    connection.destroy();
    throw error;
  });
  return { connection, reported };
}

/** What the server reports of its session, filled while it connects. */
function parametersOf(client: pg.Client): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  connection.on(
    'parameterStatus',
    ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) =>
      parameters.set(parameterName, parameterValue),
  );
  return parameters;
}

/** The user's own options first: of two for one setting the last is in effect. */
export function withEnvironment(conninfo: Conninfo, settings: ReadonlyMap<string, string> | null): string {
  return [conninfo.options, settings === null ? undefined : asOptions(settings)]
    .filter(part => part !== undefined && part !== '')
    .join(' ');
}

function clientConfig(conninfo: Conninfo, options: SessionOptions, { host, port, tls }: Address): ClientConfig {
  return {
    host,
    port,
    user: conninfo.user,
    database: options.database ?? conninfo.database,
    ...(conninfo.password === undefined ? {} : { password: conninfo.password.reveal() }),
    ssl: tls,
    stream: () => new ReusingSocket(),
    application_name: `pgm: ${options.purpose}`.slice(0, 63),
    connectionTimeoutMillis: (conninfo.connectTimeout ?? defaultConnectSeconds) * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Read by node-postgres, missing from its types.
    ...(options.replication === true ? ({ replication: 'database' } as object) : {}),
  };
}
