import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import type { Proxy } from '../support/proxy.js';
import { value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { longFault } from './each-fault.js';
import { tail, useFaults, type FaultyMigration } from './migration.js';

const { servers, workspace, begin, proxy } = useFaults<'target'>({ source: { major: 14 }, target: { major: 18 } });

/** Balances are the sum of what the log tells, at any one moment. */
const imbalance = `
  select (select sum(balance) from writer_account) - (select coalesce(sum(trunc(id % 900, 2) / 100), 0) from writer_log)`;

interface Dump {
  readonly dump: FaultyMigration;
  readonly source: Proxy;
}

async function begun(): Promise<Dump> {
  const source = await proxy('source');
  return {
    source,
    dump: await begin('dumped', { ports: { source: source.port }, spec: 'copy: {jobs: 1}', method: 'dump' }),
  };
}

/** Killed when tables are there that were not before. */
async function killedInTheCopy({ dump, source }: Dump): Promise<void> {
  source.throttle(1_500_000);
  const before = await dump.partsOnTarget();
  const running = dump.start();
  const arrived = async (): Promise<number> =>
    [...(await dump.partsOnTarget().catch(() => new Map<string, string>()))].filter(
      ([table, xmin]) => before.get(table) !== xmin,
    ).length;
  await waitUntil('a table is there', async () => (await arrived()) > 0, 60_000);
  running.process.kill('SIGKILL');
  const result = await running.result;
  expect(result.signal, tail(result)).toBe('SIGKILL');
  source.heal();
}

describe('a dump that was killed in the copy and goes on', () => {
  it('is of one moment although the source was written to meanwhile', { timeout: 240_000 }, async () => {
    const killed = await begun();
    const { dump } = killed;
    await killedInTheCopy(killed);
    const before = dump.writer?.count ?? 0;
    await waitUntil('rows are written meanwhile', () => (dump.writer?.count ?? 0) > before + 20);
    const plan = await workspace.pgm('plan', dump.spec);
    expect(plan.stdout, plan.stderr).toMatch(
      /of them again, since what the target has of them is of an earlier moment/,
    );
    await dump.toTheEnd('kill -9 in a dump, the source is written to', 1);
    expect(Number(await value(servers.target, 'dumped', imbalance))).toBe(0);
    expect(
      await value(
        servers.target,
        'dumped',
        'select count(*)::int from line l where not exists (select from orders o where o.id = l.order_id)',
      ),
    ).toBe('0');
    await dump.leavesNothing();
  });

  longFault('keeps what is there when nothing was written', { timeout: 240_000 }, async () => {
    const killed = await begun();
    const { dump } = killed;
    await killedInTheCopy(killed);
    await dump.writer?.stop();
    dump.writer = undefined;
    // The first of these two begins anew, the second goes on.
    await killedInTheCopy(killed);
    const plan = await workspace.pgm('plan', dump.spec);
    expect(plan.stdout, plan.stderr).toMatch(/copy \d+ tables? from one snapshot/);
    expect(plan.stdout).not.toMatch(/of them again/);
    await dump.toTheEnd('kill -9 in a dump, nobody writes', 1);
    expect(await compareDatabases(servers.source, servers.target, 'dumped')).toEqual([]);
  });
});
