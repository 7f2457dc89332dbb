import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectServers } from '../../src/inspect/inspect.js';
import type { DatabaseFacts, Facts, ServerFacts, TableFacts } from '../../src/inspect/facts.js';
import {
  createDatabase,
  dropDatabases,
  sql,
  useServers,
  value,
  withClient,
  type LocalServer,
} from '../support/servers.js';
import { specFor, type SpecWish } from '../checks/readiness.js';

const servers = useServers({
  source: {
    major: 14,
    settings: { wal_level: 'logical', autovacuum: 'off', log_statement: 'all', log_line_prefix: 'db=%d app=%a ' },
  },
  target: { major: 18, settings: { autovacuum: 'off', log_statement: 'all', log_line_prefix: 'db=%d app=%a ' } },
});

const inspect = (wish: Partial<SpecWish> = {}): Promise<Facts> =>
  inspectServers(specFor({ source: servers.source, target: servers.target, ...wish }));

function databaseOf(facts: Facts, name: string): DatabaseFacts {
  const found = facts.databases.find(database => database.name === name);
  if (found === undefined) throw new Error(`${name} was not read`);
  return found;
}

function tableOf(tables: readonly TableFacts[], name: string): TableFacts {
  const found = tables.find(table => table.name === name);
  if (found === undefined) throw new Error(`${name} was not read`);
  return found;
}

function reached(server: Facts['source']): ServerFacts {
  if (server.kind !== 'server') throw new Error(server.message);
  return server;
}

const tablesScript = (count: number): string => `do $$ begin
  for i in 1..${count} loop
    execute format('create table t%s (id bigint generated always as identity primary key, label text)', i);
  end loop;
end $$`;

/** Statements of pgm's sessions in one database since a length of the log. */
function statements(server: LocalServer, database: string, since: number): string[] {
  const log = readFileSync(join(server.folder, 'server.log'), 'utf8').slice(since);
  return log
    .split('\n')
    .filter(line => line.startsWith(`db=${database} app=pgm: inspect`) && /LOG: {2}(statement|execute)/.test(line));
}

const logLength = (server: LocalServer): number => readFileSync(join(server.folder, 'server.log'), 'utf8').length;

describe('inspectServers', () => {
  it('tells tables, their columns and what identifies their rows', async () => {
    await createDatabase(
      servers.source,
      'kinds',
      `create table keyed (id int primary key, made timestamptz not null default now(), twice int generated always as (id * 2) stored);
       create table bare (note text);
       create table deferred (id int primary key deferrable);
       create table "by Index" (code text not null unique, x int);
       alter table "by Index" replica identity using index "by Index_code_key";
       create table full_ok (a int, b text); alter table full_ok replica identity full;
       create table full_json (a int, b json); alter table full_json replica identity full;
       create table candidate (code text not null unique);
       create unlogged table quick (id int primary key);
       create table parted (id int, at date) partition by range (at);
       create table parted_2024 partition of parted for values from ('2024-01-01') to ('2025-01-01');
       create view seen as select 1 as one;
       create materialized view totals as select 1 as one;
       create sequence free increment -1;
       insert into keyed (id) values (1);
       analyze keyed`,
    );
    const { source, target } = databaseOf(await inspect(), 'kinds');
    expect(target).toBeNull();
    expect(source.tables.map(({ name }) => name).sort()).toEqual([
      'bare',
      'by Index',
      'candidate',
      'deferred',
      'full_json',
      'full_ok',
      'keyed',
      'parted',
      'parted_2024',
      'quick',
    ]);
    const keyed = tableOf(source.tables, 'keyed');
    expect(keyed).toMatchObject({
      kind: 'r',
      persistence: 'p',
      identityUsable: true,
      hasPrimaryKey: true,
      rowEstimate: 1,
      heapBytes: 8192,
      indexCount: 1,
      canSelect: true,
      inScope: true,
      partitionOf: null,
    });
    expect(keyed.columns).toEqual([
      { name: 'id', number: 1, type: 'integer', notNull: true, generated: '', identity: '', binarySafe: true },
      {
        name: 'made',
        number: 2,
        type: 'timestamp with time zone',
        notNull: true,
        generated: '',
        identity: '',
        binarySafe: true,
      },
      { name: 'twice', number: 3, type: 'integer', notNull: false, generated: 's', identity: '', binarySafe: true },
    ]);
    const identity = Object.fromEntries(source.tables.map(({ name, identityUsable }) => [name, identityUsable]));
    expect(identity).toMatchObject({
      bare: false,
      deferred: false,
      'by Index': true,
      full_ok: true,
      full_json: false,
      candidate: false,
      quick: true,
    });
    expect(tableOf(source.tables, 'candidate').identityCandidate).toBe('candidate_code_key');
    expect(tableOf(source.tables, 'full_json').columnsWithoutEquality).toEqual(['b']);
    expect(tableOf(source.tables, 'parted')).toMatchObject({ kind: 'p', partitionKey: 'RANGE (at)' });
    expect(tableOf(source.tables, 'parted_2024')).toMatchObject({
      kind: 'r',
      isPartition: true,
      partitionOf: { schema: 'public', name: 'parted' },
    });
    expect(source.sequences).toMatchObject([{ name: 'free', increment: '-1', lastValue: null, inScope: true }]);
    expect(source.materializedViews).toMatchObject([{ schema: 'public', name: 'totals', populated: true }]);
    await dropDatabases(servers.source, 'kinds');
  });

  it('asks as many questions of a database of 300 tables as of one of 3, at most 15', async () => {
    await createDatabase(servers.source, 'few', tablesScript(3));
    await createDatabase(servers.source, 'many', tablesScript(300));
    await createDatabase(servers.target, 'few', tablesScript(3));
    await createDatabase(
      servers.target,
      'many',
      `${tablesScript(300)}; insert into t1 (label) values ('x'); insert into t2 (label) values ('x')`,
    );
    const [before, beforeTarget] = [logLength(servers.source), logLength(servers.target)];
    const facts = await inspect();
    expect(databaseOf(facts, 'many').source.tables).toHaveLength(300);
    const asked = (['few', 'many'] as const).map(name => [
      statements(servers.source, name, before).length,
      statements(servers.target, name, beforeTarget).length,
    ]);
    expect(asked[0]?.[0]).toBe(asked[1]?.[0]);
    for (const [onSource = 0, onTarget = 0] of asked) {
      expect(onSource).toBeGreaterThan(3);
      expect(onSource).toBeLessThanOrEqual(15);
      expect(onTarget).toBeLessThanOrEqual(15);
    }
    expect(
      databaseOf(facts, 'many')
        .target?.tables.filter(({ hasRows }) => hasRows === true)
        .map(({ name }) => name),
    ).toEqual(['t1', 't2']);
    await dropDatabases(servers.source, 'few', 'many');
    await dropDatabases(servers.target, 'few', 'many');
  });

  it('takes no transaction id on the source and leaves nothing on the target', async () => {
    await createDatabase(servers.source, 'still', 'create table t (id int primary key)');
    const next = 'select pg_snapshot_xmax(pg_current_snapshot())';
    const before = await value(servers.source, 'postgres', next);
    const facts = await inspect();
    expect(facts.dial).toMatchObject({ reachable: true, address: `127.0.0.1:${servers.source.port}` });
    expect(await value(servers.source, 'postgres', next)).toBe(before);
    expect(await value(servers.source, 'postgres', 'select count(*) from pg_replication_slots')).toBe('0');
    expect(await value(servers.target, 'postgres', 'select count(*) from pg_subscription')).toBe('0');
    await dropDatabases(servers.source, 'still');
  });

  it('leaves out what the spec excludes, and tells what matches nothing', async () => {
    await createDatabase(
      servers.source,
      'a',
      'create schema audit; create table audit.log_1 (id int); create table audit.kept (id ' +
        'serial); create table parted (id int) partition by list (id); create table parted_1 ' +
        'partition of parted for values in (1); create table logged (id serial)',
    );
    await createDatabase(servers.source, 'b');
    const facts = await inspect({
      lines: [
        'databases: {exclude: [b, nosuch], tables: {exclude: ["audit.log_*", ' +
          '"public.parted", "*.nosuch", "public.logged"]}}',
      ],
    });
    expect(facts.databases.map(({ name }) => name)).toEqual(['a']);
    expect(facts.unmatched).toEqual({ databases: ['nosuch'], tables: ['*.nosuch'] });
    const inScope = databaseOf(facts, 'a').source.tables.filter(table => table.inScope);
    expect(inScope.map(({ name }) => name)).toEqual(['kept']);
    expect(databaseOf(facts, 'a').source.sequences.map(({ name, inScope: wanted }) => [name, wanted])).toEqual([
      ['kept_id_seq', true],
      ['logged_id_seq', false],
    ]);
    const included = await inspect({ lines: ['databases: {include: [postgres, b]}'] });
    expect(included.databases.map(({ name }) => name)).toEqual(['b', 'postgres']);
    await dropDatabases(servers.source, 'a', 'b');
  });

  it('takes the database postgres only when somebody made something in it', async () => {
    await createDatabase(servers.source, 'other');
    expect((await inspect()).databases.map(({ name }) => name)).toEqual(['other']);
    await sql(servers.source, 'postgres', 'create table mine (id int)');
    expect((await inspect()).databases.map(({ name }) => name)).toEqual(['other', 'postgres']);
    await sql(servers.source, 'postgres', 'drop table mine');
    await dropDatabases(servers.source, 'other');
  });

  it('does not wait for a table that is locked', async () => {
    await createDatabase(
      servers.source,
      'locked',
      `create table held (id serial primary key, x text); insert into held (x) select 'x' from generate_series(1, 10)`,
    );
    await withClient(servers.source, 'locked', async client => {
      await client.query('begin; lock table held in access exclusive mode');
      const held = tableOf(databaseOf(await inspect(), 'locked').source.tables, 'held');
      expect(held.columns).toHaveLength(2);
      await client.query('rollback');
    });
    await dropDatabases(servers.source, 'locked');
  });

  it('names who writes and what waits', async () => {
    await createDatabase(servers.source, 'busy', 'create table t (id int primary key)');
    await withClient(servers.source, 'busy', async client => {
      await client.query("begin; insert into t values (1); select 'at work'");
      const { writers } = reached((await inspect()).source);
      expect(writers).toMatchObject([{ kind: 'transaction', database: 'busy', user: 'postgres' }]);
      await client.query('rollback');
    });
    await dropDatabases(servers.source, 'busy');
  });

  it('reads what a role without rights may see', async () => {
    await sql(servers.source, 'postgres', 'create role guest login');
    await createDatabase(
      servers.source,
      'closed',
      'create table t (id int primary key); create sequence s; revoke all on schema public from public',
    );
    await createDatabase(servers.source, 'shut', 'revoke connect on database shut from public');
    const facts = await inspect({ sourceUser: 'guest' });
    const source = reached(facts.source);
    expect(source).toMatchObject({
      hba: null,
      alterSystem: [],
      canWriteFiles: false,
      canSetReplicationRole: false,
      memoryBytes: null,
      user: { superuser: false, replication: false },
    });
    expect(databaseOf(facts, 'closed').source).toMatchObject({
      tables: [{ canSelect: false, canLock: false, isOwner: false }],
      sequences: [{ canSelect: false, lastValue: null }],
      schemas: [{ name: 'public', canUse: false }],
    });
    expect(facts.unreadable).toMatchObject([{ database: 'shut', server: 'source', failure: { sqlstate: '42501' } }]);
    await dropDatabases(servers.source, 'closed', 'shut');
    await sql(servers.source, 'postgres', 'drop role guest');
  });
});
