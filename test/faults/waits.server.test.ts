import { describe, expect, it } from 'vitest';
import { withClient } from '../support/servers.js';
import { tail, useFaults } from './migration.js';

const { servers, begin } = useFaults();

describe('somebody holds a lock that a step needs', () => {
  it('is named with pid, age and query, and waited for no longer than it holds it', { timeout: 120_000 }, async () => {
    const migration = await begin('waited');
    await withClient(servers.source, 'waited', async client => {
      await client.query("set application_name = 'nightly job'; begin; lock table product in share row exclusive mode");
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const pid = rows[0]?.pid ?? 0;
      let released: Promise<unknown> | undefined;
      const began = performance.now();
      const result = await migration.start(event => {
        if (event.type === 'diagnostic' && event.message.includes(`for a lock of pid ${pid} `)) released ??= client.query('rollback');
      }).result;
      expect(released, tail(result)).toBeDefined();
      await released;
      expect(result.code).toBe(0);
      migration.recovered('a lock is held on the source', began);
      const told = migration.events.flatMap(event => (event.type === 'diagnostic' ? [event.message] : [])).find(message => message.includes(String(pid)));
      expect(told).toMatch(/on the source, ".*" has waited \d+ s for a lock of pid \d+ \(postgres, nightly job, its transaction is \d+ s old\): (lock table product|select pg_backend_pid)/);
    });
    await migration.finish();
  });
});
