import { describe, expect, it } from 'vitest';
import { runChecks, runDriftChecks } from '../../src/checks/run-checks.js';
import type { Provider } from '../../src/inspect/facts.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { specFor } from './readiness.js';
import { setting, someContents, someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const providers: readonly Provider[] = [
  'rds',
  'aurora',
  'cloudsql',
  'alloydb',
  'azure',
  'supabase',
  'neon',
  'heroku',
  'digitalocean',
  'aiven',
  'crunchy',
];

/** A managed server where every setting that is looked at is wrong, and whose role is no superuser. */
const spoiled = (provider: Provider) =>
  someServer({
    provider,
    alterSystem: [],
    canReload: false,
    canWriteFiles: false,
    memoryBytes: 1024 ** 3,
    user: { ...someServer().user, superuser: false },
    settings: {
      wal_level: setting('replica'), max_replication_slots: setting('0'), max_wal_senders: setting('0'), max_logical_replication_workers: setting('0'), max_worker_processes: setting('0'),
      wal_sender_timeout: setting('1000', 'user', { unit: 'ms' }), max_slot_wal_keep_size: setting('10', 'sighup', { unit: 'MB' }), idle_replication_slot_timeout: setting('60', 'sighup', { unit: 's' }),
      maintenance_work_mem: setting(String(1024 ** 2), 'user', { unit: 'kB' }), max_connections: setting('100', 'postmaster', { pendingRestart: true }), shared_preload_libraries: setting('', 'postmaster'),
    },
  }); // prettier-ignore

describe.each(providers)('on %s', provider => {
  it('no remedy asks for what a managed service does not let its users do', () => {
    const facts = {
      source: spoiled(provider),
      target: spoiled(provider),
      databases: [someDatabase({ tables: [someTable({ dataBytes: 50 * 1024 ** 3 })], extensions: [] }, someContents())],
    };
    const spec = specFor({
      source: 'postgres://m@source.example.com/postgres',
      target: 'postgres://m@target.example.com/postgres',
      lines: ['method: continuous'],
    });
    const lockfile = {
      format_version: 1,
      name: 'shop',
      method: 'continuous',
      reached: 'synced',
      stopped: false,
      steps: {},
      settings: {},
    } as unknown as Lockfile;
    const remedies = [...runChecks(spec, someFacts(facts)), ...runDriftChecks(spec, someFacts(facts), lockfile)].filter(
      ({ severity }) => severity !== 'ok',
    );
    expect(remedies.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['PGM201', 'PGM206', 'PGM207', 'PGM214', 'PGM301', 'PGM313']),
    );
    for (const { code, remedy } of remedies)
      expect(remedy ?? '', code).not.toMatch(/alter system|pg_hba\.conf|pg_ctl|as a superuser/i);
  });
});
