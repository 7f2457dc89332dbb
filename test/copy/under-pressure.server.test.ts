import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

/**
 * The shapes of the benchmark, small: one table with an outlier id, a small heap with large TOAST, many tables,
 * partitions with keys.
 */
const shapes = {
  one: `
    create table big (id bigint primary key, a text, at timestamptz);
    insert into big select i, md5(i::text) || md5((i * 3)::text), '2020-01-01'::timestamptz + i * interval '3 seconds' from generate_series(1::bigint, 150000) i;
    insert into big values (1000000000000, 'x', now());
    create index on big (at);`,
  toast: `
    create table blobs (id bigint primary key, body text);
    alter table blobs alter body set storage external;
    insert into blobs select i, repeat(md5(i::text), 300) from generate_series(1::bigint, 6000) i;`,
  many: `
    create table parent (id serial primary key, a text);
    create table child (b text default 'b') inherits (parent);
    comment on table child is 'of parent';
    insert into child (a) select md5(g::text) from generate_series(1, 10) g;
    ${Array.from({ length: 220 }, (_, n) => `create table t_${n} (id int primary key, a text unique); insert into t_${n} select g, md5(g::text) from generate_series(1, 10) g;`).join('\n')}`,
  mixed: `
    create table accounts (id bigint primary key, email text not null);
    insert into accounts select i, 'user' || i from generate_series(1, 2000) i;
    create table orders (id bigint primary key, account_id bigint not null references accounts, doc jsonb, amount numeric(12,2));
    insert into orders select i, 1 + i % 2000, jsonb_build_object('k', i), i / 7.0 from generate_series(1, 60000) i;
    create index on orders (account_id);
    create table events (id bigint not null, at date not null, primary key (id, at)) partition by range (at);
    create table events_1 partition of events for values from ('2024-01-01') to ('2024-07-01');
    create table events_2 partition of events for values from ('2024-07-01') to ('2025-01-01');
    insert into events select i, '2024-01-01'::date + i % 360 from generate_series(1, 5000) i;`,
} as const;

const names = Object.keys(shapes) as (keyof typeof shapes)[];

/** Tables that are never scanned by an everyday statement have statistics only when somebody collected them. */
const withoutStatistics =
  `select count(*) from pg_class where relkind in ('r', 'p') and ` +
  `relnamespace = 'public'::regnamespace and reltuples < 0`;

describe('the copy', () => {
  const servers = useServers({
    source: { major: 14, settings: logicalSettings },
    target: { major: 16, settings: logicalSettings },
  });
  const workspace = useWorkspace();
  let proxy: Proxy;

  beforeAll(async () => {
    for (const name of names) await createDatabase(servers.source, name, shapes[name]);
    proxy = await startProxy(servers.target);
  });
  afterAll(() => proxy.close());

  const spec = (databases: string, method: 'dump' | 'continuous', port = servers.target.port): string =>
    specText(
      servers.source,
      { ...servers.target, port },
      `databases: {include: [${databases}]}\nmethod: ${method}\ncopy: {split_above: 1MB, jobs: 3}`,
    );

  it('brings every shape whole, with statistics', async () => {
    workspace.write('all.yaml', spec(names.join(', '), 'dump'));
    // Somebody was here before: what is made in several sessions is refused, and done again in order.
    await createDatabase(servers.target, 'many', 'create table t_99 (id int not null, a text)');
    const { stdout, stderr } = await workspace.succeeds('apply', 'all.yaml', '--auto-approve');
    expect(stdout + stderr).toContain('1 object found on the target already and left alone: table public.t_99');
    for (const name of names) {
      expect(await compareDatabases(servers.source, servers.target, name)).toEqual([]);
      expect(await value(servers.target, name, withoutStatistics)).toBe('0');
    }
    await dropDatabases(servers.target, ...names);
  });

  it('cuts a table into parts of one size, whatever its ids and its TOAST', async () => {
    workspace.write('parts.yaml', spec('one, toast', 'continuous').replace('name: test', 'name: parts'));
    await workspace.succeeds('apply', 'parts.yaml', '--auto-approve');
    for (const name of ['one', 'toast']) {
      const [row] = await sql<{ parts: number; ratio: number }>(
        servers.target,
        name,
        'select count(*)::int as parts, (max(bytes) / avg(bytes))::float8 as ratio from pgm.part',
      );
      expect(row?.parts).toBeGreaterThan(5);
      expect(row?.ratio).toBeLessThan(1.2);
    }
    await workspace.succeeds('destroy', 'parts.yaml', '--auto-approve');
    await dropDatabases(servers.target, 'one', 'toast');
  });

  it('does not take into memory what a stalled target does not', async () => {
    // In one piece of 60 MB, far more than the sockets between hold.
    workspace.write(
      'stalled.yaml',
      spec('toast', 'dump', proxy.port)
        .replace('name: test', 'name: stalled')
        .replace('split_above: 1MB', 'split_above: 1GB'),
    );
    proxy.throttle(200_000);
    const run = workspace.start('apply', 'stalled.yaml', '--auto-approve', '--json');
    await run.printed(/"step_progress","step":"toast\/copy"/);
    const memory = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${run.process.pid ?? 0}/status`, 'utf8'))?.[1] ?? 0) * 1024;
    const before = memory();
    await waitUntil(
      'the source waits for pgm',
      async () =>
        (await value(
          servers.source,
          'postgres',
          'select count(*) from pg_stat_activity where application_name like ' +
            "'%copy from' and wait_event = 'ClientWrite'",
        )) === '1',
    );
    expect(memory() - before).toBeLessThan(24 * 1024 * 1024);
    proxy.throttle(Infinity);
    expect((await run.result).code).toBe(0);
    expect(await compareDatabases(servers.source, servers.target, 'toast')).toEqual([]);
    await dropDatabases(servers.target, 'toast');
  });

  it('does a part again whose worker was killed, on either side, and no part twice', async () => {
    workspace.write('killed.yaml', spec('one', 'continuous', proxy.port).replace('name: test', 'name: killed'));
    proxy.throttle(1_500_000);
    const run = workspace.start('apply', 'killed.yaml', '--auto-approve', '--json');
    for (const [server, purpose] of [
      [servers.target, 'copy to'],
      [servers.source, 'copy from'],
    ] as const) {
      const kill =
        'select pg_terminate_backend(pid) from (select pid from pg_stat_activity ' +
        `where application_name like '%${purpose}' limit 1) a`;
      await waitUntil(`a worker (${purpose}) to kill`, async () => (await sql(server, 'postgres', kill)).length === 1);
    }
    proxy.throttle(Infinity);
    expect((await run.result).code).toBe(0);
    expect(await compareDatabases(servers.source, servers.target, 'one')).toEqual([]);
    expect(await value(servers.target, 'one', 'select sum(rows) from pgm.part')).toBe('150001');
    await workspace.succeeds('destroy', 'killed.yaml', '--auto-approve');
    await dropDatabases(servers.target, 'one');
  });
});
