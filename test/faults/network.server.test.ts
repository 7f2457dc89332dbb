import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { createDatabase, logicalSettings, sql, startServer, stopServer, useServers } from '../support/servers.js';
import { useWorkspace } from '../support/pgm.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { FaultyMigration, eachFault, printRecoveries } from './migration.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms', wal_receiver_timeout: '5s', wal_sender_timeout: '5s' };
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();
let migration: FaultyMigration | undefined;
const proxies: Proxy[] = [];

beforeAll(async () => {
  await createDatabase(servers.source, 'shop', readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'));
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) proxy.heal();
  await migration?.discard();
  migration = undefined;
});
afterAll(printRecoveries);

interface Line {
  readonly source: Proxy;
  readonly target: Proxy;
}

interface Fault {
  readonly name: string;
  /** When it happens. */
  readonly at: (event: ApplyEvent) => boolean;
  /** What happens; gives back what mends it, if anybody must. */
  readonly strike: (line: Line) => Promise<void> | void;
  /** Slows the copy down, so that there is something to strike. */
  readonly slowly?: boolean;
}

const inCopy = (event: ApplyEvent): boolean => event.type === 'step_progress' && event.step.includes('/copy/') && (event.progress.bytes?.done ?? 0) > 1_000_000;
const inSync = (event: ApplyEvent): boolean => event.type === 'step_start' && event.kind === 'sync';
const inIndexes = (event: ApplyEvent): boolean => event.type === 'step_start' && event.kind === 'indexes';

const faults: readonly Fault[] = [
  { name: 'source: every connection cut in the copy', at: inCopy, slowly: true, strike: ({ source }) => source.cut() },
  { name: 'target: every connection cut in the copy', at: inCopy, slowly: true, strike: ({ target }) => target.cut() },
  { name: 'source: black hole in the copy', at: inCopy, slowly: true, strike: ({ source }) => source.stallOpen() },
  { name: 'target: black hole in the copy', at: inCopy, slowly: true, strike: ({ target }) => target.stallOpen() },
  { name: 'source: cut while it syncs', at: inSync, strike: ({ source }) => source.cut() },
  { name: 'target: cut while it syncs', at: inSync, strike: ({ target }) => target.cut() },
  { name: 'source: black hole while it syncs', at: inSync, strike: ({ source }) => source.stallOpen() },
  { name: 'target: cut while indexes are built', at: inIndexes, slowly: true, strike: ({ target }) => target.cut() },
  { name: 'source restarted (fast) in the copy', at: inCopy, slowly: true, strike: () => restart('source', 'fast') },
  { name: 'source crashed in the copy', at: inCopy, slowly: true, strike: () => restart('source', 'immediate') },
  { name: 'target restarted (fast) in the copy', at: inCopy, slowly: true, strike: () => restart('target', 'fast') },
  { name: 'target crashed in the copy', at: inCopy, slowly: true, strike: () => restart('target', 'immediate') },
  { name: 'source crashed while it syncs', at: inSync, strike: () => restart('source', 'immediate') },
  { name: 'target crashed while it syncs', at: inSync, strike: () => restart('target', 'immediate') },
];

async function restart(name: 'source' | 'target', mode: 'fast' | 'immediate'): Promise<void> {
  await stopServer(servers[name], mode);
  await startServer(servers[name]);
}

const short = ['source: every connection cut in the copy', 'target: black hole in the copy', 'target crashed in the copy', 'target: cut while it syncs'];

describe('the network and the servers fail', () => {
  eachFault(faults, short)('$name', { timeout: 240_000 }, async ({ name, at, strike, slowly }) => {
    const line = { source: await startProxy(servers.source), target: await startProxy(servers.target) };
    proxies.push(line.source, line.target);
    migration = await FaultyMigration.begin(servers, workspace, 'network', { ports: { source: line.source.port, target: line.target.port }, spec: 'copy: {jobs: 2, index_jobs: 2, split_above: 2MB}' });
    // A crash empties unlogged tables on the server that crashed.
    if (name.includes('crashed')) await sql(servers.source, 'network', 'drop table cache');
    if (slowly === true) line.source.throttle(4_000_000);
    let struck: Promise<void> | undefined;
    const began = performance.now();
    const result = await migration.start(event => {
      if (struck !== undefined || !at(event)) return;
      struck = Promise.resolve(strike(line)).then(() => line.source.throttle(Infinity));
    }).result;
    expect(struck, result.stdout.slice(-2000)).toBeDefined();
    await struck;
    console.log(`${name}: ${String(result.code)} after ${((performance.now() - began) / 1000).toFixed(1)} s; ${migration.events.flatMap(event => (event.type === 'diagnostic' ? [event.message] : [])).join(' | ')}`);
    // What may pass is outlasted: nobody has to come and run it again.
    expect(result.code, result.stdout.split('\n').filter(text => !text.includes('step_progress') && !text.includes('"plan"')).join('\n').slice(-4000) + result.stderr).toBe(0);
    await migration.toTheEnd(name, 1);
    await migration.finish();
    await Promise.all([line.source.close(), line.target.close()]);
  });
});
