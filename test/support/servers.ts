import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { freePort } from '../../src/cli/demo/free-port.js';
import * as local from '../../src/cli/demo/server.js';
import {
  containerRuns,
  isContainer,
  onContainers,
  removeContainer,
  restartContainer,
  startContainer,
  stopContainer,
} from './containers.js';
import { lastLeftovers } from './leftovers.js';
import { embeddedBin, serverBin, type Major } from './majors.js';
import { waitUntil } from './wait.js';

export type LocalServer = local.LocalServer;

export interface ServerWish {
  readonly major: Major;
  /** Never the system's own server of that version: one that extensions may be put into. */
  readonly embedded?: boolean;
  /** Added to postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Password of `postgres`, asked for with scram-sha-256; without one everybody is trusted. */
  readonly password?: string;
}

/** What a source needs for logical replication, and a target to follow. */
export const logicalSettings = {
  wal_level: 'logical',
  max_replication_slots: 20,
  max_wal_senders: 20,
  max_worker_processes: 20,
  max_logical_replication_workers: 12,
} as const;

/**
 * Servers of one test file: started before its tests, checked for leftovers and removed after them.
 * @example const servers = useServers({ source: { major: 14 }, target: { major: 18, settings: logicalSettings } });
 */
export function useServers<Name extends string>(
  wishes: Readonly<Record<Name, ServerWish>>,
  options: { readonly leakCheck?: boolean } = {},
): Readonly<Record<Name, LocalServer>> {
  const started = {} as Record<Name, LocalServer>;
  beforeAll(async () => {
    const wanted = Object.entries(wishes) as [Name, ServerWish][];
    await Promise.all(
      wanted.map(async ([name, wish]) => {
        started[name] = await newServer(wish);
      }),
    );
  });
  afterAll(async () => {
    const servers = Object.entries(started) as [Name, LocalServer][];
    try {
      if (options.leakCheck !== false) {
        for (const [name, server] of servers) expect(await lastLeftovers(server), `left on ${name}`).toEqual([]);
      }
    } finally {
      for (const [, server] of servers) destroyServer(server);
    }
  });
  return started;
}

/** One started server in the run's folder. Whoever calls destroys it, at the latest the end of the run does. */
export async function newServer(wish: ServerWish): Promise<LocalServer> {
  if (onContainers) {
    const container = await startContainer(wish, inject('runFolder'));
    process.once('exit', () => destroyServer(container));
    await waitUntil('the container takes connections', () =>
      withClient(container, 'postgres', () => Promise.resolve(true)).catch(() => false),
    );
    return container;
  }
  const bin = wish.embedded === true ? embeddedBin(wish.major) : serverBin(wish.major);
  if (bin === undefined) throw new Error(`no PostgreSQL ${wish.major} here`);
  const folder = mkdtempSync(join(inject('runFolder'), `server-${wish.major}-`));
  chmodSync(folder, 0o755);
  const server = await local.createServer({
    bin,
    folder,
    settings: wish.settings ?? {},
    ...(wish.password === undefined ? {} : { password: wish.password }),
  });
  process.once('exit', () => {
    if (local.postmasterPid(server) !== undefined) destroyServer(server);
  });
  await startServer(server);
  return server;
}

/**
 * A second server on a copy of a server's files, with the same system identifier; the first is stopped for the moment
 * that it takes. As a standby it streams from the first until it is promoted. Whoever calls stops it.
 */
export async function physicalCopy(
  server: LocalServer,
  { standby = false }: { readonly standby?: boolean },
): Promise<LocalServer> {
  await stopServer(server);
  const folder = `${server.folder}-copy-${randomUUID().slice(0, 8)}`;
  execFileSync('cp', ['-a', server.folder, folder]);
  await startServer(server);
  const copy = { ...server, folder, port: await freePort() };
  appendFileSync(join(folder, 'data', 'postgresql.conf'), `port = ${copy.port}\n`);
  if (standby) {
    appendFileSync(
      join(folder, 'data', 'postgresql.conf'),
      `primary_conninfo = 'host=${hostOf(server)} port=${server.port} ` +
        `user=postgres${server.password === undefined ? '' : ` password=${server.password}`}'\n`,
    );
    writeFileSync(join(folder, 'data', 'standby.signal'), '');
  }
  process.once('exit', () => {
    if (local.postmasterPid(copy) !== undefined) destroyServer(copy);
  });
  await startServer(copy);
  return copy;
}

export async function startServer(server: LocalServer): Promise<void> {
  if (!isContainer(server)) return local.startServer(server);
  stopContainer(server, 'start');
  await waitUntil('the container takes connections again', () =>
    withClient(server, 'postgres', () => Promise.resolve(true)).catch(() => false),
  );
}

export async function stopServer(server: LocalServer, mode?: local.StopMode): Promise<void> {
  if (isContainer(server)) stopContainer(server, 'stop');
  else await local.stopServer(server, mode);
}

export function isRunning(server: LocalServer): boolean {
  return isContainer(server) ? containerRuns(server) : local.postmasterPid(server) !== undefined;
}

export function destroyServer(server: LocalServer): void {
  if (isContainer(server)) removeContainer(server.container);
  else local.destroyServer(server);
}

/** An argv array that restarts it. */
export function restartCommand(server: LocalServer): readonly string[] {
  return isContainer(server) ? restartContainer(server) : local.restartCommand(server);
}

/** Where this machine, and every other server of the tests, reaches it. */
export function hostOf(server: LocalServer): string {
  return isContainer(server) ? server.host : '127.0.0.1';
}

/** A connection URI; for `postgres` with the password that the server was started with. */
export function url(server: LocalServer, database = 'postgres', user = 'postgres'): string {
  const password =
    user === 'postgres' && server.password !== undefined ? `:${encodeURIComponent(server.password)}` : '';
  return `postgres://${encodeURIComponent(user)}${password}@${hostOf(server)}:${server.port}/${encodeURIComponent(database)}`;
}

/** Runs a text of one or many statements in a session of its own; the rows of the last one. */
export async function sql<Row extends pg.QueryResultRow = Record<string, unknown>>(
  server: LocalServer,
  database: string,
  text: string,
  user = 'postgres',
): Promise<Row[]> {
  return withClient(
    server,
    database,
    async client => {
      // The types know one result; several statements give a list of them.
      const results = (await client.query<Row>(text)) as pg.QueryResult<Row> | pg.QueryResult<Row>[];
      return (Array.isArray(results) ? results.at(-1)?.rows : results.rows) ?? [];
    },
    user,
  );
}

/** The first column of the first row, as text. */
export async function value(server: LocalServer, database: string, text: string): Promise<string | undefined> {
  const [row] = await sql(server, database, text);
  const first: unknown = row === undefined ? undefined : Object.values(row)[0];
  if (first === undefined || first === null) return undefined;
  return typeof first === 'string' ? first : JSON.stringify(first);
}

/** For node-postgres; a connection string there would hide a password given beside it. */
export function clientConfig(server: LocalServer, database: string, user = 'postgres'): pg.ClientConfig {
  return {
    host: hostOf(server),
    port: server.port,
    user,
    database,
    ...(server.password === undefined ? {} : { password: server.password }),
  };
}

export async function withClient<T>(
  server: LocalServer,
  database: string,
  use: (client: pg.Client) => Promise<T>,
  user = 'postgres',
): Promise<T> {
  const client = new pg.Client(clientConfig(server, database, user));
  // A server stopped meanwhile is the next statement's error, not the process's.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** A database of this name, filled by a script. */
export async function createDatabase(server: LocalServer, database: string, script = ''): Promise<void> {
  await sql(server, 'postgres', `create database ${pg.escapeIdentifier(database)}`);
  if (script !== '') await sql(server, database, script);
}

/** A copy of a database that nobody is connected to: quicker than to fill it again. */
export async function cloneDatabase(server: LocalServer, template: string, database: string): Promise<void> {
  await sql(
    server,
    'postgres',
    `create database ${pg.escapeIdentifier(database)} template ${pg.escapeIdentifier(template)}`,
  );
}

/** Drops databases with whoever is connected to them. */
export async function dropDatabases(server: LocalServer, ...databases: readonly string[]): Promise<void> {
  for (const database of databases)
    await sql(server, 'postgres', `drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
}
