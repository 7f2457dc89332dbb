import { describe, expect, it } from 'vitest';
import { identityProblem } from '../../src/inspect/replica-identity.js';
import { readTables } from '../../src/inspect/tables.js';
import { readTypes } from '../../src/inspect/types.js';
import { withConnection } from '../../src/postgres/connect.js';
import { dropSubscription } from '../../src/replication/statements.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  url,
  useServers,
  value,
  type LocalServer,
} from '../support/servers.js';
import { conninfo } from '../verify/comparing.js';
import { waitUntil } from '../support/wait.js';

const settings = {
  ...logicalSettings,
  max_replication_slots: 40,
  max_wal_senders: 40,
  max_worker_processes: 60,
  max_logical_replication_workers: 40,
  wal_retrieve_retry_interval: '10ms',
};
const servers = useServers({
  older: { major: 16, settings },
  newer: { major: 18, settings: { ...settings, max_active_replication_origins: 40 } },
});

/** Definitions of a table `it` with a plain column `v` that the test changes. */
const shapes: Readonly<Record<string, string>> = {
  'a key': 'create table it (a int primary key, v int)',
  'no key': 'create table it (a int, v int)',
  'a deferrable key': 'create table it (a int primary key deferrable, v int)',
  'nothing, beside a key': 'create table it (a int primary key, v int); alter table it replica identity nothing',
  'a key with a generated column':
    'create table it (a int, b int generated always as (a / 2) stored, v int, primary key (a, b))',
  'a key that only includes a generated column':
    'create table it (a int, b int generated always as (a / 2) stored, v int, primary key (a) include (b))',
  'an index': 'create table it (a int not null unique, v int); alter table it replica identity using index it_a_key',
  'an index with a generated column':
    'create table it (a int, b int not null unique generated always as (a / 2) stored, v ' +
    'int); alter table it replica identity using index it_b_key',
  'an index beside a key with a generated column':
    'create table it (a int not null unique, b int generated always as (a / 2) stored, v int, ' +
    'primary key (a, b)); alter table it replica identity using index it_a_key',
  'an index that is gone':
    'create table it (a int not null unique, v int); alter table it replica identity ' +
    'using index it_a_key; alter table it drop constraint it_a_key',
  full: 'create table it (a int, v int); alter table it replica identity full',
  'full with a generated column':
    'create table it (a int, b int generated always as (a / 2) stored, v int); alter table it replica identity full',
  'full with a generated column outside its key':
    'create table it (a int primary key, b int generated always as (a / 2) ' +
    'stored, v int); alter table it replica identity full',
  'full with a generated column in its key':
    'create table it (a int, b int generated always as (a / 2) stored, v int, ' +
    'primary key (a, b)); alter table it replica identity full',
  'full over json': 'create table it (a json, v int); alter table it replica identity full',
  'full over json, beside a key':
    'create table it (a int primary key, j json, v int); alter table it replica identity full',
};

const sinceEighteen: Readonly<Record<string, string>> = {
  'full with a virtual column':
    'create table it (a int, b int generated always as (a / 2) virtual, v int); alter table it replica identity full',
  'a key beside a virtual column':
    'create table it (a int primary key, b int generated always as (a / 2) virtual, v int)',
};

const generated = Object.fromEntries(
  Object.entries(shapes).filter(
    ([shape]) => shape === 'a key with a generated column' || shape === 'full with a generated column',
  ),
);

interface Verdict {
  /** A change of a row arrived. */
  readonly arrives: boolean;
  readonly problem: string | null;
}

/**
 * What two servers make of each shape, and what pgm says of it. Each has a lane of its own, so that one that fails
 * stops no other.
 */
async function judge(
  publisher: LocalServer,
  subscriber: LocalServer,
  made: Readonly<Record<string, string>>,
  options = '',
): Promise<Readonly<Record<string, Verdict>>> {
  const lanes = Object.entries(made).map(([shape, ddl], index) => {
    const name = `it_${index}`;
    return { shape, name, ddl: ddl.replaceAll(/\bit(?=_|\b)/g, name) };
  });
  try {
    for (const [server, database] of [
      [publisher, 'here'],
      [subscriber, 'there'],
    ] as const)
      await createDatabase(server, database, lanes.map(({ ddl }) => ddl).join(';'));
    const problems = await problemsOf(publisher, subscriber);
    const verdicts = await Promise.all(
      lanes.map(async ({ shape, name }): Promise<[string, Verdict]> => [
        shape,
        { arrives: await arrives(publisher, subscriber, name, options), problem: problems.get(name) ?? null },
      ]),
    );
    return Object.fromEntries(verdicts);
  } finally {
    for (const { name } of lanes)
      for (const statement of dropSubscription(name)) await sql(subscriber, 'there', statement).catch(() => undefined);
    await waitUntil('nobody reads the slots', async () => {
      const active = await sql(publisher, 'here', `select from pg_replication_slots where active`);
      return active.length === 0;
    });
    await sql(publisher, 'here', 'select pg_drop_replication_slot(slot_name) from pg_replication_slots');
    await dropDatabases(publisher, 'here');
    await dropDatabases(subscriber, 'there');
  }
}

async function problemsOf(
  publisher: LocalServer,
  subscriber: LocalServer,
): Promise<ReadonlyMap<string, string | null>> {
  const versions = { publisher: await versionOf(publisher), subscriber: await versionOf(subscriber) };
  return withConnection(conninfo(publisher), { database: 'here', purpose: 'inspect' }, async connection => {
    const types = await readTypes(connection, versions.publisher);
    const tables = await readTables(connection, versions.publisher, types, versions.subscriber);
    return new Map(tables.map(table => [table.name, identityProblem(table, versions)?.kind ?? null]));
  });
}

async function arrives(
  publisher: LocalServer,
  subscriber: LocalServer,
  name: string,
  options: string,
): Promise<boolean> {
  await sql(publisher, 'here', `create publication ${name} for table ${name} ${options}`);
  await sql(publisher, 'here', `select pg_create_logical_replication_slot('${name}', 'pgoutput')`);
  await sql(
    subscriber,
    'there',
    `create subscription ${name} connection '${url(publisher, 'here')}' publication ${name} ` +
      `with (create_slot = false, slot_name = '${name}', copy_data = false)`,
  );
  // A text that int and json take alike.
  await sql(publisher, 'here', `insert into ${name} (a, v) values ('1', 1)`);
  const changed = await sql(publisher, 'here', `update ${name} set v = 2`).then(
    () => true,
    () => false,
  );
  if (!changed) return false;
  let there = false;
  await waitUntil(`the change of ${name} arrives or fails`, async () => {
    there = (await sql(subscriber, 'there', `select from ${name} where v = 2`)).length === 1;
    const failed = await sql(
      subscriber,
      'there',
      `select from pg_stat_subscription_stats where subname = '${name}' and apply_error_count > 0`,
    );
    return there || failed.length > 0;
  });
  return there;
}

async function versionOf(server: LocalServer): Promise<number> {
  return Number(await value(server, 'postgres', `select current_setting('server_version_num')`));
}

describe('the rule for replica identities', () => {
  it.each([
    ['16 to 18', 'older', 'newer', shapes],
    ['18 to 16', 'newer', 'older', shapes],
    ['18 to 18', 'newer', 'newer', sinceEighteen],
  ] as const)('is what the servers say, %s', async (_, from, to, made) => {
    const judged = await judge(servers[from], servers[to], made);
    for (const [shape, { arrives: does, problem }] of Object.entries(judged))
      expect.soft({ shape, arrives: does, problem }).toEqual({ shape, arrives: problem === null, problem });
  });

  it('knows no remedy in publish_generated_columns: who has the column generated too refuses it', async () => {
    const judged = await judge(servers.newer, servers.newer, generated, 'with (publish_generated_columns = stored)');
    expect(Object.values(judged).map(({ arrives: does }) => does)).toEqual(Object.keys(generated).map(() => false));
  });
});
