import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, logicalSettings, useServers, withClient } from '../support/servers.js';
import { useWorkspace } from '../support/pgm.js';
import { FaultyMigration, printRecoveries, tail } from './migration.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();
let migration: FaultyMigration | undefined;

beforeAll(async () => {
  await createDatabase(servers.source, 'shop', readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'));
});
afterEach(async () => {
  await migration?.discard();
  migration = undefined;
});
afterAll(printRecoveries);

describe('somebody holds a lock that a step needs', () => {
  it('is named with pid, age and query, and waited for no longer than it holds it', { timeout: 120_000 }, async () => {
    migration = await FaultyMigration.begin(servers, workspace, 'waited');
    await withClient(servers.source, 'waited', async client => {
      await client.query("set application_name = 'nightly job'; begin; lock table product in share row exclusive mode");
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const pid = rows[0]?.pid ?? 0;
      let released: Promise<unknown> | undefined;
      const result = await migration?.start(event => {
        if (event.type === 'diagnostic' && event.message.includes(`for a lock of pid ${pid} `)) released ??= client.query('rollback');
      }).result;
      expect(released, result === undefined ? '' : tail(result)).toBeDefined();
      await released;
      expect(result?.code).toBe(0);
      const told = migration?.events.flatMap(event => (event.type === 'diagnostic' ? [event.message] : [])).find(message => message.includes(String(pid)));
      expect(told).toMatch(/on the source, ".*" has waited \d+ s for a lock of pid \d+ \(postgres, nightly job, its transaction is \d+ s old\): (lock table product|select pg_backend_pid)/);
    });
    await migration.finish();
  });
});
