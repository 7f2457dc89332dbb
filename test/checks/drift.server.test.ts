import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { runChecks, runDriftChecks } from '../../src/checks/run-checks.js';
import { inspectServers } from '../../src/inspect/inspect.js';
import { laneName } from '../../src/replication/names.js';
import { createTablesSql } from '../../src/state/progress.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  url,
  useServers,
  value,
  withClient,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { startProxy } from '../support/proxy.js';
import { complete, ofCode, paste, specFor } from './readiness.js';

const servers = useServers({
  source: { major: 14, settings: { ...logicalSettings, track_commit_timestamp: 'on' } },
  target: { major: 18, settings: { ...logicalSettings, logging_collector: 'on' } },
});

const lockfile = (more: Partial<Lockfile> = {}): Lockfile =>
  ({
    format_version: 1,
    name: 'shop',
    method: 'continuous',
    reached: 'synced',
    stopped: false,
    steps: {},
    settings: {},
    ...more,
  }) as Lockfile;

async function drift(
  more: Partial<Lockfile> = {},
  lines: readonly string[] = [],
  sourceKeys?: string,
): Promise<Finding[]> {
  const spec = specFor({
    source: servers.source,
    target: servers.target,
    lines,
    ...(sourceKeys === undefined ? {} : { sourceKeys }),
  });
  // These lanes are made by hand, as by a pgm that noted nothing of them (PGM652).
  const found = complete(runDriftChecks(spec, await inspectServers(spec), lockfile(more)));
  return found.filter(({ code }) => code !== 'PGM652');
}

/** Name of the only lane: its database's oid is the source's. */
let lane = '';

beforeEach(async () => {
  await createDatabase(
    servers.source,
    'app',
    'create table t (id int primary key, x text); create table u (id int primary key)',
  );
  await createDatabase(
    servers.target,
    'app',
    `create table t (id int primary key, x text); create table u (id int primary key); create schema pgm; ${createTablesSql}
    insert into pgm.part values ('shop', 1, 'public', 't', 0, 1, 0, 0), ('shop', 1, 'public', 'u', 0, 1, 0, 0);
    insert into pgm.stage values ('shop', 'schema'), ('shop', 'copy')`,
  );
  lane = laneName(
    'shop',
    (await value(servers.source, 'postgres', `select oid from pg_database where datname = 'app'`)) ?? '',
    1,
  );
  await sql(servers.source, 'app', `create publication ${lane} for table t, u`);
  await sql(servers.source, 'app', `select pg_create_logical_replication_slot('${lane}', 'pgoutput')`);
  await sql(
    servers.target,
    'app',
    `create subscription ${lane} connection '${url(servers.source, 'app')}' publication ${lane} ` +
      `with (create_slot = false, slot_name = '${lane}', copy_data = false)`,
  );
  await waitUntil(
    'the worker streams',
    async () =>
      (await value(
        servers.source,
        'postgres',
        `select active from pg_replication_slots where slot_name = '${lane}'`,
      )) === 'true',
  );
});

afterEach(async () => {
  await sql(servers.target, 'app', `alter subscription ${lane} disable`).catch(() => undefined);
  await sql(servers.target, 'app', `alter subscription ${lane} set (slot_name = none)`).catch(() => undefined);
  await sql(servers.target, 'app', `drop subscription if exists ${lane}`);
  const isThere = `select count(*) from pg_replication_slots where slot_name = '${lane}'`;
  await waitUntil(
    'the slot is free',
    async () =>
      (await value(
        servers.source,
        'postgres',
        `select coalesce(bool_or(active), false) from pg_replication_slots where slot_name = '${lane}'`,
      )) === 'false',
  );
  if ((await value(servers.source, 'postgres', isThere)) === '1')
    await sql(servers.source, 'postgres', `select pg_drop_replication_slot('${lane}')`);
  await dropDatabases(servers.source, 'app');
  await dropDatabases(servers.target, 'app');
});

describe('a replication that is at work', () => {
  it('has nothing to tell, and its own rows, slots and workers are no obstacle', async () => {
    await sql(servers.source, 'app', `insert into t values (1, 'x')`);
    await waitUntil(
      'the row is there',
      async () => (await value(servers.target, 'app', 'select count(*) from t')) === '1',
    );
    expect(await drift()).toEqual([]);
    const spec = specFor({ source: servers.source, target: servers.target });
    const ready = runChecks(spec, await inspectServers(spec), lockfile());
    // A source of 14 gets no more releases.
    expect(ready.filter(({ code, severity }) => severity !== 'ok' && code !== 'PGM107')).toEqual([]);
  });

  it('PGM601: the slot is gone', async () => {
    await sql(servers.target, 'app', `alter subscription ${lane} disable`);
    await waitUntil(
      'the slot is free',
      async () =>
        (await value(
          servers.source,
          'postgres',
          `select active from pg_replication_slots where slot_name = '${lane}'`,
        )) === 'false',
    );
    await sql(servers.source, 'postgres', `select pg_drop_replication_slot('${lane}')`);
    expect(ofCode(await drift(), 'PGM601')).toMatchObject([
      { severity: 'warning', server: 'source', database: 'app', object: lane },
    ]);
    expect(await drift({ stopped: true })).toEqual([]);
  });

  it('PGM604: the subscription is disabled', async () => {
    await sql(servers.target, 'app', `alter subscription ${lane} disable`);
    expect(ofCode(await drift(), 'PGM604')).toMatchObject([
      { severity: 'warning', server: 'target', database: 'app', object: lane, current: 'disabled' },
    ]);
    expect(await drift({ stopped: true })).toEqual([]);
  });

  it('PGM604: a change that cannot be applied', async () => {
    await sql(servers.target, 'app', `insert into t values (7, 'here first')`);
    await sql(servers.source, 'app', `insert into t values (7, 'collides')`);
    await waitUntil(
      'the worker failed',
      async () =>
        Number(
          await value(
            servers.target,
            'app',
            `select apply_error_count from pg_stat_subscription_stats where subname = '${lane}'`,
          ),
        ) > 0,
    );
    // The worker comes and goes; it is seen while it is away.
    await expect
      .poll(async () => ofCode(await drift(), 'PGM604'))
      .toMatchObject([
        {
          severity: 'warning',
          server: 'target',
          current: expect.stringMatching(/\d+ errors/) as string,
          message: expect.stringMatching(/conflict=insert_exists.*Key \(id\)=\(7\)\..*relation "public\.t"/) as string,
        },
      ]);
  });

  it('PGM602: a slot that nobody reads, and one that holds more than the spec allows', async () => {
    await sql(servers.target, 'app', `alter subscription ${lane} connection 'host=127.0.0.1 port=1 dbname=app'`);
    await waitUntil(
      'the worker is gone',
      async () =>
        (await value(
          servers.source,
          'postgres',
          `select active from pg_replication_slots where slot_name = '${lane}'`,
        )) === 'false',
    );
    const [idle] = ofCode(await drift(), 'PGM602');
    expect(idle).toMatchObject({
      severity: 'warning',
      server: 'source',
      database: 'app',
      object: lane,
      required: 'active',
      message: expect.stringContaining('is not being read and holds') as string,
    });
    await sql(servers.source, 'app', `insert into t select i, repeat('x', 900) from generate_series(1, 3000) i`);
    expect(ofCode(await drift({}, ['replication: {max_retained_wal: 1MB}']), 'PGM602')).toMatchObject([
      { severity: 'warning', object: lane, required: '1 MiB or less' },
    ]);
    await sql(servers.target, 'app', `alter subscription ${lane} connection '${url(servers.source, 'app')}'`);
    await expect
      .poll(async () => ofCode(await drift({}, ['replication: {max_retained_wal: 1MB}']), 'PGM602'), {
        timeout: 20_000,
      })
      .toEqual([]);
  });

  it('PGM609: the way from the target to the source is shut, and would be after the next restart', async () => {
    const proxy = await startProxy(servers.source);
    const keys = `advertise: {host: 127.0.0.1, port: ${proxy.port}}`;
    expect(ofCode(await drift({}, [], keys), 'PGM609')).toEqual([]);
    await proxy.close();
    expect(ofCode(await drift({}, [], keys), 'PGM609')).toMatchObject([
      {
        severity: 'warning',
        server: 'source',
        object: `127.0.0.1:${proxy.port}`,
        message: expect.stringContaining('Connection refused') as string,
      },
    ]);
    await sql(servers.source, 'postgres', `alter system set listen_addresses = ''`);
    const [closing] = ofCode(await drift(), 'PGM609');
    expect(closing).toMatchObject({
      severity: 'warning',
      object: 'listen_addresses',
      current: '',
      required: '127.0.0.1',
    });
    paste(servers.source, 'postgres', closing?.remedy);
    expect(ofCode(await drift(), 'PGM609')).toEqual([]);
    await sql(servers.source, 'postgres', 'alter system reset all');
  });

  it('PGM603: the next restart would lower wal_level', async () => {
    await sql(servers.source, 'postgres', `alter system set wal_level = 'replica'`);
    expect(ofCode(await drift(), 'PGM603')).toMatchObject([
      { severity: 'warning', server: 'source', object: 'wal_level', current: 'replica', required: 'logical' },
    ]);
    paste(servers.source, 'postgres', ofCode(await drift(), 'PGM603')[0]?.remedy);
    expect(ofCode(await drift(), 'PGM603')).toEqual([]);
    await sql(servers.source, 'postgres', 'alter system reset wal_level');
  });

  it('PGM605, 606 and 607: tables made, altered and dropped', async () => {
    await sql(
      servers.source,
      'app',
      'create table fresh (id int primary key); alter table t add column more int; drop table u',
    );
    const copied = new Date(Date.now() - 60_000).toISOString();
    const found = await drift(
      {
        steps: {
          'app/schema': {
            kind: 'schema',
            database: 'app',
            status: 'done',
            started_at: copied,
            finished_at: copied,
            record: null,
            error: null,
          },
        },
      },
      ['schema_changes: block'],
    );
    const atMade =
      (await value(
        servers.source,
        'app',
        `select to_char(pg_xact_commit_timestamp(xmin) at time zone 'UTC', ` +
          `'YYYY-MM-DD"T"HH24:MI:SS"Z"') from pg_class where relname = 'fresh'`,
      )) ?? '';
    expect(ofCode(found, 'PGM605')).toMatchObject([
      {
        database: 'app',
        object: 'public.fresh',
        server: 'source',
        message: `public.fresh was made on the source at ${atMade}: the target does not have it`,
      },
    ]);
    expect(ofCode(found, 'PGM606')).toMatchObject([
      {
        database: 'app',
        object: 'public.t',
        message:
          `public.t was altered at ${atMade} and is no longer the same on ` +
          'both sides: more integer only on the source',
      },
    ]);
    expect(ofCode(found, 'PGM607')).toMatchObject([
      {
        database: 'app',
        object: 'public.u',
        server: 'source',
        message:
          'public.u was dropped or renamed on the source since the copy ' +
          `of ${copied.replace(/\.\d+Z$/, 'Z')}; the target still has it`,
      },
    ]);
    for (const code of ['PGM606', 'PGM607']) paste(servers.target, 'app', ofCode(found, code)[0]?.remedy);
    const after = await drift();
    expect([...ofCode(after, 'PGM606'), ...ofCode(after, 'PGM607')]).toEqual([]);
  });

  it('PGM606 and PGM607: the target was altered', async () => {
    await sql(servers.target, 'app', 'alter table t drop column x; drop table u cascade');
    const found = await drift({}, ['schema_changes: block']);
    expect(ofCode(found, 'PGM606')).toMatchObject([
      { object: 'public.t', message: expect.stringContaining('x text only on the source') as string },
    ]);
    paste(servers.target, 'app', ofCode(found, 'PGM606')[0]?.remedy);
    expect(ofCode(await drift(), 'PGM606')).toEqual([]);
    expect(ofCode(found, 'PGM607')).toMatchObject([{ object: 'public.u', server: 'target', severity: 'error' }]);
  });

  it('PGM608: somebody writes on the target', async () => {
    await withClient(servers.target, 'app', async client => {
      await client.query(`begin; insert into t values (99, 'mine')`);
      const found = ofCode(await drift(), 'PGM608');
      expect(found).toMatchObject([{ severity: 'warning', server: 'target', database: 'app' }]);
      paste(servers.target, 'app', found[0]?.remedy);
      await expect.poll(async () => ofCode(await drift(), 'PGM608')).toEqual([]);
    }).catch((error: unknown) => {
      // The remedy ended the session.
      expect(String(error)).toMatch(/terminat/);
    });
  });

  it('PGM611: the publication is gone', async () => {
    await sql(servers.source, 'app', `drop publication ${lane}`);
    expect(ofCode(await drift(), 'PGM611')).toMatchObject([
      { severity: 'warning', server: 'source', database: 'app', object: lane },
    ]);
  });
});
