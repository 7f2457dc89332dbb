import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { compareDatabases } from '../support/compare.js';
import { lastLeftovers } from '../support/leftovers.js';
import { recovery, useOutcomes } from '../support/outcomes.js';
import { useWorkspace, type PgmResult, type RunningPgm, type Workspace } from '../support/pgm.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import type { FaultOutcome } from '../support/recoveries.js';
import {
  cloneDatabase,
  createDatabase,
  dropDatabases,
  logicalSettings,
  restartCommand,
  sql,
  useServers,
  value,
  type LocalServer,
  type ServerWish,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { lostCommits, startWriter, type Writer } from '../support/writer.js';

export interface Pair {
  readonly source: LocalServer;
  readonly target: LocalServer;
}

interface BeginOptions {
  /** More of the spec. */
  readonly spec?: string;
  readonly ports?: Ports;
  /** Of the spec, in the workspace. */
  readonly folder?: string;
  readonly method?: 'dump';
}

interface Ports {
  /** Where pgm and the target reach the source; a proxy's. */
  readonly source?: number;
  /** Where pgm reaches the target. */
  readonly target?: number;
}

/** One migration of one database under load, from its spec to `ready`, with something that goes wrong on the way. */
export class FaultyMigration {
  readonly servers: Pair;
  readonly workspace: Workspace;
  readonly database: string;
  readonly spec: string;
  writer: Writer | undefined;
  events: ApplyEvent[] = [];
  running: RunningPgm | undefined;
  /** Told of what went wrong and was recovered from. */
  readonly told: (outcome: FaultOutcome) => void;

  private constructor(
    servers: Pair,
    workspace: Workspace,
    database: string,
    told: (outcome: FaultOutcome) => void,
    folder = '.',
  ) {
    this.servers = servers;
    this.workspace = workspace;
    this.database = database;
    this.told = told;
    this.spec = join(folder, `${database}.yaml`);
  }

  /** Clones the template `shop` into a database of its own and lets clients write to it. */
  static async begin(
    servers: Pair,
    workspace: Workspace,
    database: string,
    told: (outcome: FaultOutcome) => void,
    options: BeginOptions = {},
  ): Promise<FaultyMigration> {
    const migration = new FaultyMigration(servers, workspace, database, told, options.folder);
    await cloneDatabase(servers.source, 'shop', database);
    const { source, target } = servers;
    workspace.write(
      migration.spec,
      `version: 1
name: faults
source:
  connection: postgres://postgres@127.0.0.1:${options.ports?.source ?? source.port}/postgres
  restart: {command: ${JSON.stringify(restartCommand(source))}}
target:
  connection: postgres://postgres@127.0.0.1:${options.ports?.target ?? target.port}/postgres
databases: {include: [${database}]}
method: ${options.method ?? 'continuous'}
${options.spec ?? 'copy: {jobs: 2, index_jobs: 2}'}
`,
    );
    migration.writer = await startWriter(source, database, { pauseMs: 10 });
    return migration;
  }

  /** Starts `pgm apply --json`; `watch` sees every event as it comes. */
  start(
    watch: (event: ApplyEvent, running: RunningPgm) => void = () => undefined,
    ...parameters: readonly string[]
  ): RunningPgm {
    this.events = [];
    const running = this.workspace.start('apply', this.spec, '--auto-approve', '--json', ...parameters);
    this.running = running;
    let rest = '';
    running.process.stdout?.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = JSON.parse(line) as ApplyEvent;
        this.events.push(event);
        watch(event, running);
      }
    });
    return running;
  }

  /** Runs apply, which must end well at once. */
  async applies(...parameters: readonly string[]): Promise<PgmResult> {
    const result = await this.start(undefined, ...parameters).result;
    if (result.code !== 0)
      throw new Error(`apply ended with ${String(result.code)} ${String(result.signal)}:\n${tail(result)}`);
    return result;
  }

  /** Runs apply after a fault, as a user would, until it ends well. @param most runs; more are a failure */
  async toTheEnd(fault: string, most = 3, ...parameters: readonly string[]): Promise<PgmResult> {
    const began = performance.now();
    for (let run = 1; ; run++) {
      const result = await this.start(undefined, ...parameters).result;
      if (result.code === 0) {
        this.recovered(fault, began, run);
        return result;
      }
      if (run >= most)
        throw new Error(
          `apply ended with ${String(result.code)} ${String(result.signal)} in ` +
            `run ${run} after "${fault}":\n${tail(result)}`,
        );
    }
  }

  /** One more line of what the suite prints at its end. @param began performance.now() */
  recovered(fault: string, began: number, runs = 1): void {
    this.told(recovery(fault, began, runs));
  }

  /** Rows of pgm.part with their xmin: a finished table that is not copied again keeps it. */
  async partsOnTarget(): Promise<ReadonlyMap<string, string>> {
    if (
      (await value(this.servers.target, 'postgres', `select 1 from pg_database where datname = '${this.database}'`)) ===
      undefined
    )
      return new Map();
    if ((await value(this.servers.target, this.database, "select to_regclass('pgm.part')")) === undefined)
      return new Map();
    const rows = await sql<{ name: string; xmin: string }>(
      this.servers.target,
      this.database,
      "select format('%I.%I', schema, name) as name, string_agg(xmin::text, ',' order by part) as " +
        'xmin from pgm.part group by schema, name having count(*) = min(parts)',
    );
    return new Map(rows.map(row => [row.name, row.xmin]));
  }

  async sourceIsWritable(): Promise<void> {
    const { writer } = this;
    if (writer === undefined) return;
    const before = writer.count;
    await waitUntil('the source takes writes', () => writer.count > before + 5);
  }

  /** Cuts over, compares both sides with each other and with what was acknowledged, closes, and looks for leftovers. */
  async finish(): Promise<void> {
    await this.sourceIsWritable();
    await this.applies('--goal', 'cutover');
    await this.finishAfterCutover();
  }

  /** The same when the target has the writes. */
  async finishAfterCutover(): Promise<void> {
    const { servers, database, writer } = this;
    if (writer === undefined) throw new Error('nobody writes');
    const report = await writer.stop();
    this.writer = undefined;
    expect(await lostCommits(servers.target, database, report), 'acknowledged commits on the target').toEqual({
      missing: [],
      foreign: [],
    });
    expect(await compareDatabases(servers.source, servers.target, database), 'both sides').toEqual([]);
    await this.applies('--goal', 'ready');
    await this.leavesNothing();
  }

  async leavesNothing(): Promise<void> {
    for (const server of [this.servers.source, this.servers.target]) expect(await lastLeftovers(server)).toEqual([]);
  }

  /** Ends the writer and drops the databases, whatever state they are in; for `afterEach`. */
  async discard(): Promise<void> {
    await this.writer?.stop();
    this.running?.process.kill('SIGKILL');
    await this.running?.result;
    const { source, target } = this.servers;
    for (const [subscriber, publisher] of [
      [target, source],
      [source, target],
    ] as const) {
      const subscriptions = await sql<{ datname: string; subname: string }>(
        subscriber,
        'postgres',
        'select datname, subname from pg_subscription s join pg_database d on d.oid = s.subdbid',
      );
      for (const { datname, subname } of subscriptions)
        await sql(
          subscriber,
          datname,
          `set default_transaction_read_only = off; alter subscription ${subname} disable; alter ` +
            `subscription ${subname} set (slot_name = none); drop subscription ${subname}`,
        ).catch(() => undefined);
      await sql(
        publisher,
        'postgres',
        'select pg_terminate_backend(active_pid) from pg_replication_slots where active_pid is not null',
      ).catch(() => undefined);
      await waitUntil('slots are dropped', async () => {
        await sql(
          publisher,
          'postgres',
          'select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active',
        );
        return (await value(publisher, 'postgres', 'select count(*)::int from pg_replication_slots')) === '0';
      });
    }
    await dropDatabases(source, this.database);
    await dropDatabases(target, this.database);
    for (const name of readdirSync(this.workspace.folder))
      if (name.startsWith(`${this.database}.`)) rmSync(join(this.workspace.folder, name), { force: true });
  }
}

/** Workers come back at once, rather than after the 5 s of everyday use. */
export const quickWorkers = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };

interface Faults<Name extends string> {
  readonly servers: Readonly<Record<Name | 'source', LocalServer>>;
  readonly workspace: Workspace;
  /** Begins a migration of the template `shop` that this test makes go wrong; after the test nothing of it is left. */
  readonly begin: (database: string, options?: BeginOptions & { readonly target?: Name }) => Promise<FaultyMigration>;
  /** A proxy before a server, closed after the test. */
  readonly proxy: (name: Name | 'source') => Promise<Proxy>;
}

/** Two servers, the source with the template `shop`; every test is one fault. */
export function useFaults(): Faults<'target'>;
export function useFaults<Name extends string>(wishes: Readonly<Record<Name | 'source', ServerWish>>): Faults<Name>;
export function useFaults(
  wishes: Readonly<Record<string, ServerWish>> = {
    source: { major: 14, settings: quickWorkers },
    target: { major: 18, settings: quickWorkers },
  },
): Faults<string> {
  const servers = useServers(wishes);
  const workspace = useWorkspace();
  let migrations: FaultyMigration[] = [];
  let proxies: Proxy[] = [];
  const named = (name: string): LocalServer => {
    const server = servers[name];
    if (server === undefined) throw new Error(`no server ${name}`);
    return server;
  };
  beforeAll(async () => {
    await createDatabase(named('source'), 'shop', readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'));
  });
  const told = useOutcomes();
  afterEach(async () => {
    for (const proxy of proxies) proxy.heal();
    for (const migration of migrations) await migration.discard();
    await Promise.all(proxies.map(proxy => proxy.close()));
    [migrations, proxies] = [[], []];
  });
  return {
    servers,
    workspace,
    begin: async (database, { target = 'target', ...options } = {}) => {
      const migration = await FaultyMigration.begin(
        { source: named('source'), target: named(target) },
        workspace,
        database,
        told,
        options,
      );
      migrations.push(migration);
      return migration;
    },
    proxy: async name => {
      const proxy = await startProxy(named(name));
      proxies.push(proxy);
      return proxy;
    },
  };
}

export function tail(result: PgmResult): string {
  return (
    result.stdout
      .split('\n')
      .filter(line => !line.includes('"step_progress"') && !line.startsWith('{"type":"plan"'))
      .join('\n') + result.stderr
  ).slice(-6000);
}
