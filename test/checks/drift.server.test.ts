import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { runChecks, runDriftChecks } from '../../src/checks/run-checks.js';
import { inspectServers } from '../../src/inspect/inspect.js';
import { laneName } from '../../src/replication/names.js';
import { createProgressSql } from '../../src/state/progress.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { createDatabase, dropDatabases, logicalSettings, sql, url, useServers, value, withClient } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { ofCode, specFor } from './readiness.js';

const servers = useServers({ source: { major: 14, settings: logicalSettings }, target: { major: 18, settings: logicalSettings } });

const lockfile = (more: Partial<Lockfile> = {}): Lockfile =>
  ({ format_version: 1, name: 'shop', method: 'continuous', reached: 'synced', stopped: false, steps: {}, settings: {}, ...more }) as Lockfile;

async function drift(more: Partial<Lockfile> = {}): Promise<Finding[]> {
  const spec = specFor({ source: servers.source, target: servers.target });
  return runDriftChecks(spec, await inspectServers(spec), lockfile(more));
}

/** Name of the only lane: its database's oid is the source's. */
let lane = '';

beforeEach(async () => {
  await createDatabase(servers.source, 'app', 'create table t (id int primary key, x text); create table u (id int primary key)');
  await createDatabase(servers.target, 'app', `create table t (id int primary key, x text); create table u (id int primary key); ${createProgressSql}
    insert into pgm.part values ('shop', 1, 'public', 't', 0, 1, 0, 0), ('shop', 1, 'public', 'u', 0, 1, 0, 0);
    insert into pgm.stage values ('shop', 'schema'), ('shop', 'copy')`);
  lane = laneName('shop', (await value(servers.source, 'postgres', `select oid from pg_database where datname = 'app'`)) ?? '', 1);
  await sql(servers.source, 'app', `create publication ${lane} for table t, u`);
  await sql(servers.source, 'app', `select pg_create_logical_replication_slot('${lane}', 'pgoutput')`);
  await sql(servers.target, 'app', `create subscription ${lane} connection '${url(servers.source, 'app')}' publication ${lane} with (create_slot = false, slot_name = '${lane}', copy_data = false)`);
  await waitUntil('the worker streams', async () => (await value(servers.source, 'postgres', `select active from pg_replication_slots where slot_name = '${lane}'`)) === 'true');
});

afterEach(async () => {
  await sql(servers.target, 'app', `alter subscription ${lane} disable`).catch(() => undefined);
  await sql(servers.target, 'app', `alter subscription ${lane} set (slot_name = none)`).catch(() => undefined);
  await sql(servers.target, 'app', `drop subscription if exists ${lane}`);
  const isThere = `select count(*) from pg_replication_slots where slot_name = '${lane}'`;
  await waitUntil('the slot is free', async () => (await value(servers.source, 'postgres', `select coalesce(bool_or(active), false) from pg_replication_slots where slot_name = '${lane}'`)) === 'false');
  if ((await value(servers.source, 'postgres', isThere)) === '1') await sql(servers.source, 'postgres', `select pg_drop_replication_slot('${lane}')`);
  await dropDatabases(servers.source, 'app');
  await dropDatabases(servers.target, 'app');
});

describe('a replication that is at work', () => {
  it('has nothing to tell, and its own rows, slots and workers are no obstacle', async () => {
    await sql(servers.source, 'app', `insert into t values (1, 'x')`);
    await waitUntil('the row is there', async () => (await value(servers.target, 'app', 'select count(*) from t')) === '1');
    expect(await drift()).toEqual([]);
    const spec = specFor({ source: servers.source, target: servers.target });
    const ready = runChecks(spec, await inspectServers(spec), lockfile());
    expect(ready.filter(({ severity }) => severity !== 'ok')).toEqual([]);
  });

  it('PGM601: the slot is gone', async () => {
    await sql(servers.target, 'app', `alter subscription ${lane} disable`);
    await waitUntil('the slot is free', async () => (await value(servers.source, 'postgres', `select active from pg_replication_slots where slot_name = '${lane}'`)) === 'false');
    await sql(servers.source, 'postgres', `select pg_drop_replication_slot('${lane}')`);
    expect(ofCode(await drift(), 'PGM601')).toMatchObject([{ severity: 'warning', server: 'source', database: 'app', object: lane }]);
    expect(await drift({ stopped: true })).toEqual([]);
  });

  it('PGM604: the subscription is disabled', async () => {
    await sql(servers.target, 'app', `alter subscription ${lane} disable`);
    expect(ofCode(await drift(), 'PGM604')).toMatchObject([{ severity: 'warning', server: 'target', database: 'app', object: lane, current: 'disabled' }]);
    expect(await drift({ stopped: true })).toEqual([]);
  });

  it('PGM604: a change that cannot be applied', async () => {
    await sql(servers.target, 'app', `insert into t values (7, 'here first')`);
    await sql(servers.source, 'app', `insert into t values (7, 'collides')`);
    await waitUntil('the worker failed', async () => Number(await value(servers.target, 'app', `select apply_error_count from pg_stat_subscription_stats where subname = '${lane}'`)) > 0);
    // The worker comes and goes; it is seen while it is away.
    await expect.poll(async () => ofCode(await drift(), 'PGM604')).toMatchObject([{ severity: 'warning', server: 'target', current: expect.stringMatching(/\d+ errors/) as string }]);
  });

  it('PGM603: the next restart would lower wal_level', async () => {
    await sql(servers.source, 'postgres', `alter system set wal_level = 'replica'`);
    expect(ofCode(await drift(), 'PGM603')).toMatchObject([{ severity: 'warning', server: 'source', object: 'wal_level', current: 'replica', required: 'logical' }]);
    await sql(servers.source, 'postgres', 'alter system reset wal_level');
    expect(ofCode(await drift(), 'PGM603')).toEqual([]);
  });

  it('PGM605, 606 and 607: tables made, altered and dropped', async () => {
    await sql(servers.source, 'app', 'create table fresh (id int primary key); alter table t add column more int; drop table u');
    const found = await drift();
    expect(ofCode(found, 'PGM605')).toMatchObject([{ database: 'app', object: 'public.fresh', server: 'source' }]);
    expect(ofCode(found, 'PGM606')).toMatchObject([{ database: 'app', object: 'public.t', message: expect.stringContaining('more integer only on the source') as string }]);
    expect(ofCode(found, 'PGM607')).toMatchObject([{ database: 'app', object: 'public.u', server: 'source' }]);
  });

  it('PGM606 and PGM607: the target was altered', async () => {
    await sql(servers.target, 'app', 'alter table t drop column x; drop table u cascade');
    const found = await drift();
    expect(ofCode(found, 'PGM606')).toMatchObject([{ object: 'public.t', message: expect.stringContaining('x text only on the source') as string }]);
    expect(ofCode(found, 'PGM607')).toMatchObject([{ object: 'public.u', server: 'target', severity: 'error' }]);
  });

  it('PGM608: somebody writes on the target', async () => {
    await withClient(servers.target, 'app', async client => {
      await client.query(`begin; insert into t values (99, 'mine')`);
      expect(ofCode(await drift(), 'PGM608')).toMatchObject([{ severity: 'warning', server: 'target', database: 'app' }]);
      await client.query('rollback');
    });
  });

  it('PGM611: the publication is gone', async () => {
    await sql(servers.source, 'app', `drop publication ${lane}`);
    expect(ofCode(await drift(), 'PGM611')).toMatchObject([{ severity: 'warning', server: 'source', database: 'app', object: lane }]);
  });
});
