import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { postmasterPid } from '../../src/cli/demo/server.js';
import { sql, startServer, value } from '../support/servers.js';
import { canMount, moveToSmallDisk, type SmallDisk } from '../support/small-disk.js';
import { waitUntil } from '../support/wait.js';
import { eachFault } from './each-fault.js';
import { quickWorkers, tail, useFaults } from './migration.js';

const settings = quickWorkers;
const small = {
  ...settings,
  max_wal_size: '32MB',
  min_wal_size: '32MB',
  restart_after_crash: 'off',
  autovacuum: 'off',
};
const { servers, begin, proxy } = useFaults<'data' | 'wal'>({
  source: { major: 14, settings },
  data: { major: 18, settings: small },
  wal: { major: 18, settings: small },
});
const disks: Partial<Record<'data' | 'wal', SmallDisk>> = {};

const megabyte = 1024 * 1024;

beforeAll(async () => {
  if (!canMount) return;
  disks.data = await moveToSmallDisk(servers.data, 'base', 300 * megabyte);
  disks.wal = await moveToSmallDisk(servers.wal, 'pg_wal', 200 * megabyte);
});
afterEach(async () => {
  for (const [name, disk] of Object.entries(disks)) {
    disk.makeRoom();
    if (postmasterPid(servers[name as 'data' | 'wal']) === undefined)
      await startServer(servers[name as 'data' | 'wal']);
  }
});
afterAll(() => {
  for (const disk of Object.values(disks)) disk.remove();
});

interface FullDisk {
  readonly name: string;
  readonly target: 'data' | 'wal';
  readonly during: 'copy' | 'apply';
  readonly says: RegExp;
}

const cases: readonly FullDisk[] = [
  { name: 'the disk of the data is full in the copy', target: 'data', during: 'copy', says: /No space left on device/ },
  {
    name: 'the disk of the data is full while changes are applied',
    target: 'data',
    during: 'apply',
    says: /insert "public"\.".*No space left on device/,
  },
  // Where a new WAL file is wanted inside a critical section the server ends, elsewhere a statement fails.
  {
    name: 'the disk of the WAL is full in the copy',
    target: 'wal',
    during: 'copy',
    says: /waiting up to 2 minutes for the target|No space left on device/,
  },
];

const inCopy = (event: ApplyEvent): boolean => event.type === 'step_progress' && event.step.includes('/copy/');

describe.skipIf(!canMount)(`the target's disk is full${canMount ? '' : ' (needs the right to mount)'}`, () => {
  eachFault(cases, ['the disk of the data is full while'])(
    '$name',
    { timeout: 600_000 },
    async ({ name, target, during, says }) => {
      const subscriber = servers[target];
      const disk = disks[target];
      if (disk === undefined) throw new Error('no small disk');
      const source = await proxy('source');
      const migration = await begin('filled', { target, ports: { source: source.port } });
      if (during === 'copy') {
        source.throttle(3_000_000);
        let full = false;
        const stopped = await migration.start(event => {
          if (full || !inCopy(event)) return;
          full = true;
          disk.fill(target === 'wal' ? 0 : megabyte);
          source.throttle(Infinity);
        }).result;
        expect(full, tail(stopped)).toBe(true);
        expect(stopped.code, tail(stopped)).toBe(7);
        expect(
          migration.events
            .flatMap(event =>
              event.type === 'step_failed' || event.type === 'diagnostic' ? [JSON.stringify(event)] : [],
            )
            .join('\n'),
          tail(stopped),
        ).toMatch(says);
      } else {
        const first = await migration.start().result;
        expect(first.code, tail(first)).toBe(0);
        disk.fill(megabyte);
        await sql(
          servers.source,
          'filled',
          'insert into blob select 1000 + n, decode(repeat(md5(random()::text), ' +
            "3000), 'hex') from generate_series(1, 200) n",
        );
        await waitUntil(
          'the worker fails',
          async () =>
            Number(await value(subscriber, 'filled', 'select sum(apply_error_count) from pg_stat_subscription_stats')) >
            0,
        );
        const stopped = await migration.start().result;
        expect(stopped.code, tail(stopped)).toBe(7);
        expect(
          migration.events.flatMap(event => (event.type === 'step_failed' ? [event.error.message] : [])).join('\n'),
          tail(stopped),
        ).toMatch(says);
      }
      disk.makeRoom();
      if (postmasterPid(subscriber) === undefined) await startServer(subscriber);
      await migration.toTheEnd(name, 1);
      await migration.finish();
    },
  );
});
