import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { createDatabase, useServers, value } from '../support/servers.js';
import { useWorkspace } from '../support/pgm.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { waitUntil } from '../support/wait.js';
import { FaultyMigration, printRecoveries, tail } from './migration.js';

const servers = useServers({ source: { major: 14 }, target: { major: 18 } });
const workspace = useWorkspace();
let migration: FaultyMigration | undefined;
let proxy: Proxy;

beforeAll(async () => {
  await createDatabase(servers.source, 'shop', readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'));
  proxy = await startProxy(servers.source);
});
afterEach(async () => {
  proxy.heal();
  await migration?.discard();
  migration = undefined;
});
afterAll(async () => {
  await proxy.close();
  printRecoveries();
});

/** Balances are the sum of what the log tells, at any one moment. */
const imbalance = `
  select (select sum(balance) from writer_account) - (select coalesce(sum(trunc(id % 900, 2) / 100), 0) from writer_log)`;

async function begun(): Promise<FaultyMigration> {
  migration = await FaultyMigration.begin(servers, workspace, 'dumped', { ports: { source: proxy.port }, spec: 'copy: {jobs: 1}', method: 'dump' });
  return migration;
}

/** Killed when tables are there that were not before. */
async function killedInTheCopy(dump: FaultyMigration): Promise<void> {
  proxy.throttle(1_500_000);
  const before = await dump.partsOnTarget();
  const running = dump.start();
  const arrived = async (): Promise<number> => [...(await dump.partsOnTarget().catch(() => new Map<string, string>()))].filter(([table, xmin]) => before.get(table) !== xmin).length;
  await waitUntil('a table is there', async () => (await arrived()) > 0, 60_000);
  running.process.kill('SIGKILL');
  const result = await running.result;
  expect(result.signal, tail(result)).toBe('SIGKILL');
  proxy.heal();
}

describe('a dump that was killed in the copy and goes on', () => {
  it('is of one moment although the source was written to meanwhile', { timeout: 240_000 }, async () => {
    const dump = await begun();
    await killedInTheCopy(dump);
    const before = dump.writer?.count ?? 0;
    await waitUntil('rows are written meanwhile', () => (dump.writer?.count ?? 0) > before + 20);
    const plan = await workspace.pgm('plan', dump.spec);
    expect(plan.stdout, plan.stderr).toMatch(/of them anew, what is there of them is of an earlier moment/);
    await dump.toTheEnd('kill -9 in a dump, the source is written to', 1);
    expect(Number(await value(servers.target, 'dumped', imbalance))).toBe(0);
    expect(await value(servers.target, 'dumped', 'select count(*)::int from line l where not exists (select from orders o where o.id = l.order_id)')).toBe('0');
    await dump.leavesNothing();
  });

  it('keeps what is there when nothing was written', { timeout: 240_000 }, async () => {
    const dump = await begun();
    await killedInTheCopy(dump);
    await dump.writer?.stop();
    dump.writer = undefined;
    // The first of these two begins anew, the second goes on.
    await killedInTheCopy(dump);
    const plan = await workspace.pgm('plan', dump.spec);
    expect(plan.stdout, plan.stderr).toMatch(/copy \d+ tables? from one snapshot/);
    expect(plan.stdout).not.toMatch(/of them anew/);
    await dump.toTheEnd('kill -9 in a dump, nobody writes', 1);
    expect(await compareDatabases(servers.source, servers.target, 'dumped')).toEqual([]);
  });
});
