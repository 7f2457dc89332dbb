import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { compareDatabases } from '../support/compare.js';
import { lastLeftovers } from '../support/leftovers.js';
import type { PgmResult, RunningPgm, Workspace } from '../support/pgm.js';
import { cloneDatabase, dropDatabases, restartCommand, sql, value, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { lostCommits, startWriter, type Writer } from '../support/writer.js';

export interface Pair {
  readonly source: LocalServer;
  readonly target: LocalServer;
}

export interface Ports {
  /** Where pgm and the target reach the source; a proxy's. */
  readonly source?: number;
  /** Where pgm reaches the target. */
  readonly target?: number;
}

/**
 * `it.each` of all cases with PGM_FAULTS=all (nightly), else of those of the short form; PGM_FAULT=text: of those whose
 * name has it. Where that is none, they show as skipped: a file without a test would count as failed.
 * @param short names, or their beginnings
 */
export function eachFault<Case extends { readonly name: string }>(cases: readonly Case[], short: readonly string[]): (name: string, options: { readonly timeout: number }, run: (fault: Case) => Promise<void>) => void {
  const chosen = faultsToRun(cases, short);
  return (name, options, run) => (chosen.length > 0 ? it : it.skip).each(chosen.length > 0 ? chosen : cases)(name, options, run);
}

function faultsToRun<Case extends { readonly name: string }>(cases: readonly Case[], short: readonly string[]): readonly Case[] {
  const asked = process.env['PGM_FAULT'];
  if (asked !== undefined) return cases.filter(({ name }) => name.includes(asked));
  return process.env['PGM_FAULTS'] === 'all' ? cases : cases.filter(({ name }) => short.some(begin => name.startsWith(begin)));
}

/** A line of the report that the suite prints. */
export interface Recovery {
  readonly fault: string;
  readonly seconds: number;
  readonly runs: number;
}

export const recoveries: Recovery[] = [];

/** One migration of one database under load, from its spec to `ready`, with something that goes wrong on the way. */
export class FaultyMigration {
  readonly servers: Pair;
  readonly workspace: Workspace;
  readonly database: string;
  readonly spec: string;
  writer: Writer | undefined;
  events: ApplyEvent[] = [];
  running: RunningPgm | undefined;
  runs = 0;

  private constructor(servers: Pair, workspace: Workspace, database: string, folder = '.') {
    this.servers = servers;
    this.workspace = workspace;
    this.database = database;
    this.spec = join(folder, `${database}.yaml`);
  }

  /** Clones the template `shop` into a database of its own and lets clients write to it. */
  static async begin(servers: Pair, workspace: Workspace, database: string, options: { readonly spec?: string; readonly ports?: Ports; readonly folder?: string; readonly method?: 'dump' } = {}): Promise<FaultyMigration> {
    const migration = new FaultyMigration(servers, workspace, database, options.folder);
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
  start(watch: (event: ApplyEvent, running: RunningPgm) => void = () => undefined, ...parameters: readonly string[]): RunningPgm {
    this.runs++;
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

  /** Runs apply until it ends well, as a user would. @param most runs; more are a failure */
  async toTheEnd(fault: string, most = 3, ...parameters: readonly string[]): Promise<PgmResult> {
    const began = performance.now();
    for (let run = 1; ; run++) {
      const result = await this.start(undefined, ...parameters).result;
      if (result.code === 0) {
        recoveries.push({ fault, seconds: (performance.now() - began) / 1000, runs: run });
        return result;
      }
      if (run >= most) throw new Error(`apply ended with ${String(result.code)} ${String(result.signal)} in run ${run} after "${fault}":\n${tail(result)}`);
    }
  }

  /** Rows of pgm.part with their xmin: a finished table that is not copied again keeps it. */
  async partsOnTarget(): Promise<ReadonlyMap<string, string>> {
    if ((await value(this.servers.target, 'postgres', `select 1 from pg_database where datname = '${this.database}'`)) === undefined) return new Map();
    if ((await value(this.servers.target, this.database, "select to_regclass('pgm.part')")) === undefined) return new Map();
    const rows = await sql<{ name: string; xmin: string }>(this.servers.target, this.database, "select format('%I.%I', schema, name) as name, string_agg(xmin::text, ',' order by part) as xmin from pgm.part group by schema, name having count(*) = min(parts)");
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
    await this.toTheEnd('cutover', 1, '--goal', 'cutover');
    await this.finishAfterCutover();
  }

  /** The same when the target has the writes. */
  async finishAfterCutover(): Promise<void> {
    const { servers, database, writer } = this;
    if (writer === undefined) throw new Error('nobody writes');
    const report = await writer.stop();
    this.writer = undefined;
    expect(await lostCommits(servers.target, database, report), 'acknowledged commits on the target').toEqual({ missing: [], foreign: [] });
    expect(await compareDatabases(servers.source, servers.target, database), 'both sides').toEqual([]);
    await this.toTheEnd('close', 1, '--goal', 'ready');
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
    for (const [subscriber, publisher] of [[target, source], [source, target]] as const) {
      const subscriptions = await sql<{ datname: string; subname: string }>(subscriber, 'postgres', 'select datname, subname from pg_subscription s join pg_database d on d.oid = s.subdbid');
      for (const { datname, subname } of subscriptions) await sql(subscriber, datname, `set default_transaction_read_only = off; alter subscription ${subname} disable; alter subscription ${subname} set (slot_name = none); drop subscription ${subname}`).catch(() => undefined);
      await sql(publisher, 'postgres', 'select pg_terminate_backend(active_pid) from pg_replication_slots where active_pid is not null').catch(() => undefined);
      await waitUntil('slots are dropped', async () => {
        await sql(publisher, 'postgres', 'select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active');
        return (await value(publisher, 'postgres', 'select count(*)::int from pg_replication_slots')) === '0';
      });
    }
    await dropDatabases(source, this.database);
    await dropDatabases(target, this.database);
    for (const name of readdirSync(this.workspace.folder)) if (name.startsWith(`${this.database}.`)) rmSync(join(this.workspace.folder, name), { force: true });
  }
}

export function tail(result: PgmResult): string {
  return (result.stdout.split('\n').filter(line => !line.includes('"step_progress"') && !line.startsWith('{"type":"plan"')).join('\n') + result.stderr).slice(-6000);
}

/** Printed once after the last test of a file. */
export function printRecoveries(): void {
  const faults = recoveries.filter(({ fault }) => !['before', 'cutover', 'close'].includes(fault));
  if (faults.length === 0) return;
  const slowest = Math.max(...faults.map(({ seconds }) => seconds));
  const lines = faults.map(({ fault, seconds, runs }) => `  ${seconds.toFixed(1).padStart(5)} s  ${fault}${runs > 1 ? ` (${runs} runs)` : ''}`);
  console.log(`${faults.length} faults, each recovered from; slowest ${slowest.toFixed(1)} s\n${lines.join('\n')}`);
  recoveries.length = 0;
}
