import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers } from '../support/servers.js';
import { findingsFor, follow, ofCode, paste, type SpecWish } from './readiness.js';

const servers = useServers({
  source: { major: 14, settings: { ...logicalSettings, max_prepared_transactions: 5 } },
  target: { major: 18, settings: logicalSettings },
});

interface Case {
  readonly code: string;
  readonly name: string;
  /** Made in database `app` of the source. */
  readonly source: string;
  /** Made in database `app` of the target, which is there only then. */
  readonly target?: string;
  readonly wish?: Partial<SpecWish>;
  readonly finding: Partial<Finding>;
  /** The remedy is pasted into database `app` there, as it stands, and then nothing of the code is left. */
  readonly pasteOn?: 'source' | 'target';
}

const keyed = 'create table t (id int primary key, x text)';

const cases: readonly Case[] = [
  {
    code: 'PGM304',
    name: 'rows on the target, with a key',
    source: keyed,
    target: `${keyed}; insert into t values (1)`,
    finding: { severity: 'error', status: 'manual', server: 'target', database: 'app', object: 'public.t' },
    pasteOn: 'target',
  },
  {
    code: 'PGM304',
    name: 'rows on the target that the spec allows',
    source: keyed,
    target: `${keyed}; insert into t values (1)`,
    wish: { lines: ['target_rows: allow'] },
    finding: { severity: 'warning', object: 'public.t' },
  },
  {
    code: 'PGM304',
    name: 'rows in a table without a key, which the spec cannot allow',
    source: 'create table t (x int); alter table t replica identity full',
    target: 'create table t (x int); insert into t values (1)',
    wish: { lines: ['target_rows: allow'] },
    finding: { severity: 'error', object: 'public.t' },
  },
  {
    code: 'PGM306',
    name: 'a column that the target lacks',
    source: keyed,
    target: 'create table t (id int primary key)',
    finding: { severity: 'error', object: 'public.t', required: 'text' },
    pasteOn: 'target',
  },
  {
    code: 'PGM306',
    name: 'a column of another type',
    source: keyed,
    target: 'create table t (id int primary key, x varchar(3))',
    finding: { severity: 'warning', current: 'character varying(3)', required: 'text' },
    pasteOn: 'target',
  },
  {
    code: 'PGM306',
    name: 'a column that the source lacks',
    source: keyed,
    target: `${keyed}; alter table t add column y int`,
    finding: { severity: 'warning', object: 'public.t', current: 'y' },
    pasteOn: 'target',
  },
  {
    code: 'PGM306',
    name: 'a column generated on one side only',
    source: 'create table t (id int primary key, x int generated always as (id + 1) stored)',
    target: 'create table t (id int primary key, x int)',
    finding: { severity: 'error', current: 'plain', required: 'generated' },
    pasteOn: 'target',
  },
  {
    code: 'PGM307',
    name: 'an extension that the target cannot have',
    source: `create extension pageinspect; update pg_extension set extname = 'nowhere' where extname = 'pageinspect'`,
    finding: { severity: 'error', server: 'target', database: 'app', object: 'nowhere', required: '1.9' },
  },
  {
    code: 'PGM307',
    name: 'an extension that is older there',
    source: `create extension pg_trgm; update pg_extension set extversion = '9.9' where extname = 'pg_trgm'`,
    finding: { severity: 'warning', object: 'pg_trgm', required: '9.9 or newer' },
  },
  {
    code: 'PGM307',
    name: 'an extension that lies in another schema there than definitions say',
    source: 'create extension citext; create table names (id int primary key, name citext)',
    target: 'create schema elsewhere; create extension citext schema elsewhere',
    finding: { severity: 'error', object: 'citext', current: 'elsewhere', required: 'public' },
    pasteOn: 'target',
  },
  {
    code: 'PGM405',
    name: 'a table that cannot be read',
    source: `${keyed}; create role reader login; grant usage on schema public to reader`,
    wish: { sourceUser: 'reader' },
    finding: { severity: 'error', server: 'source', database: 'app', object: 'public.t', required: 'SELECT' },
    pasteOn: 'source',
  },
  {
    code: 'PGM406',
    name: 'a sequence that cannot be read',
    source: 'create sequence s; create role reader login',
    wish: { sourceUser: 'reader' },
    finding: { severity: 'error', object: 'public.s' },
    pasteOn: 'source',
  },
  {
    code: 'PGM404',
    name: 'a schema that may not be used',
    source: 'create schema inner_part; create table inner_part.t (id int primary key); create role reader login',
    wish: { sourceUser: 'reader' },
    finding: { severity: 'error', object: 'inner_part' },
    pasteOn: 'source',
  },
  {
    code: 'PGM407',
    name: 'row-level security for another role',
    source: `${keyed}; alter table t enable row level security; create role reader login; grant select on t to reader`,
    wish: { sourceUser: 'reader' },
    finding: { severity: 'error', object: 'public.t', required: 'BYPASSRLS' },
    pasteOn: 'source',
  },
  {
    code: 'PGM407',
    name: 'row-level security that is forced on the owner',
    source:
      `create role reader login; ${keyed}; alter table t owner to reader; alter table t ` +
      'enable row level security; alter table t force row level security',
    wish: { sourceUser: 'reader' },
    finding: { severity: 'error', object: 'public.t' },
    pasteOn: 'source',
  },
  {
    code: 'PGM401',
    name: 'a role that may not replicate',
    source: `create role reader login; ${keyed}; alter table t owner to reader`,
    wish: { sourceUser: 'reader' },
    finding: { severity: 'error', server: 'source', object: 'reader', required: 'REPLICATION' },
    pasteOn: 'source',
  },
  {
    code: 'PGM402',
    name: 'tables of another owner',
    source:
      `create role reader login replication; create role boss; ${keyed}; alter ` +
      'table t owner to boss; grant select on t to reader',
    wish: { sourceUser: 'reader' },
    finding: { severity: 'error', database: 'app', object: 'reader' },
    pasteOn: 'source',
  },
  {
    code: 'PGM411',
    name: 'tables that may not be locked',
    source: `create role reader login; ${keyed}; grant select on t to reader`,
    wish: { sourceUser: 'reader' },
    finding: { severity: 'warning', object: 'reader', required: 'UPDATE' },
    pasteOn: 'source',
  },
  {
    code: 'PGM411',
    name: 'the same when cutover is the goal',
    source: `create role reader login; ${keyed}; grant select on t to reader`,
    wish: { sourceUser: 'reader', lines: ['goal: cutover'] },
    finding: { severity: 'error' },
    pasteOn: 'source',
  },
  {
    code: 'PGM413',
    name: 'large objects and a role that is not superuser',
    source: 'select lo_create(0); create role reader login',
    wish: { sourceUser: 'reader' },
    finding: { severity: 'warning', object: 'pg_largeobject' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'no key',
    source: 'create table t (x int)',
    finding: {
      severity: 'error',
      status: 'manual',
      server: 'source',
      database: 'app',
      object: 'public.t',
      current: 'default',
    },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'no key, and a unique index that will do',
    source: 'create table t (x int not null unique)',
    finding: {
      severity: 'error',
      remedy: expect.stringMatching(/^alter table "public"."t" replica identity using index "t_x_key";/) as string,
    },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'a deferrable key',
    source: 'create table t (x int primary key deferrable)',
    finding: { severity: 'error' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'identity nothing',
    source: `${keyed}; alter table t replica identity nothing`,
    finding: { severity: 'error', current: 'nothing' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'an identity index that is gone',
    source:
      'create table t (x int not null unique); alter table t replica identity using ' +
      'index t_x_key; alter table t drop constraint t_x_key',
    finding: { severity: 'error', current: 'index' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'full over a type without equality',
    source: 'create table t (x json); alter table t replica identity full',
    finding: { severity: 'error', current: 'full' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'a key over a column that is generated, which FULL does not help',
    source:
      'create table t (a int, b int generated always as (a / 2) stored, primary key (a, b)); insert into t values (1)',
    wish: { lines: ['replica_identity: {missing: full}'] },
    finding: { severity: 'error', status: 'blocked', current: 'default' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'an identity index over one that is generated',
    source:
      'create table t (a int, b int not null unique generated always as (a / 2) ' +
      'stored); alter table t replica identity using index t_b_key',
    finding: { severity: 'error', status: 'manual', current: 'index' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'full over one that is generated, which a target of 18 could not send back',
    source: 'create table t (a int, b int generated always as (a / 2) stored); alter table t replica identity full',
    finding: { severity: 'warning', object: 'public.t', current: 'full' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'a partition without a key',
    source: 'create table p (x int) partition by list (x); create table p1 partition of p for values in (1)',
    finding: { severity: 'error', object: 'public.p1' },
    pasteOn: 'source',
  },
  {
    code: 'PGM501',
    name: 'what the spec lets pgm set',
    source: 'create table t (x int)',
    wish: { lines: ['replica_identity: {missing: full}'] },
    finding: {
      status: 'change',
      step: 'app/replica-identity/public.t',
      change: { kind: 'replica-identity', database: 'app', schema: 'public', name: 't' },
    },
  },
  {
    code: 'PGM501',
    name: 'what the spec leaves out of the replication',
    source: 'create table t (x int)',
    wish: { lines: ['replica_identity: {missing: exclude}'] },
    finding: { severity: 'warning' },
    pasteOn: 'source',
  },
  {
    code: 'PGM502',
    name: 'a large table that is scanned for each change',
    source:
      'create table t (x int); alter table t replica identity full; insert ' +
      'into t select generate_series(1, 20000); analyze t',
    finding: { severity: 'warning', object: 'public.t' },
    pasteOn: 'source',
  },
  {
    code: 'PGM503',
    name: 'an unlogged table',
    source: 'create unlogged table t (x int primary key)',
    finding: { severity: 'warning', object: 'public.t' },
    pasteOn: 'source',
  },
  {
    code: 'PGM504',
    name: 'a foreign table',
    source:
      'create extension postgres_fdw; create server far foreign data wrapper ' +
      'postgres_fdw; create foreign table f (x int) server far',
    finding: { severity: 'info', object: 'public.f' },
  },
  {
    code: 'PGM520',
    name: 'a partitioned table that refers to another one, and an unlogged one',
    source:
      'create table p (id int primary key); create table t (id int references p) partition ' +
      'by list (id); create unlogged table u (id int references p)',
    finding: {
      severity: 'warning',
      object: 'public.p',
      message:
        'TRUNCATE of 1 table would be refused on the target, and the lane would stop: public.p ' +
        '(partitioned public.t refers to it), public.p (unlogged public.u refers to it)',
    },
  },
  {
    code: 'PGM521',
    name: 'a hash partition by an enum',
    source:
      "create type mood as enum ('a', 'b'); create domain moods as mood[]; create type inner_row as (m " +
      'moods); create table t (r inner_row, i int) partition by hash (i, r); create table t_0 partition of t ' +
      'for values with (modulus 1, remainder 0); create table fine (i int, s text) partition by hash (i, s); ' +
      'create table fine_0 partition of fine for values with (modulus 1, remainder 0)',
    finding: { severity: 'error', object: 'public.t', current: 'hash of r' },
  },
  {
    code: 'PGM505',
    name: 'large objects',
    source: 'select lo_create(0)',
    finding: { severity: 'info', database: 'app' },
  },
  {
    code: 'PGM506',
    name: 'a materialized view',
    source: 'create materialized view m as select 1 as one',
    finding: { severity: 'info', object: 'public.m' },
  },
  {
    code: 'PGM518',
    name: 'a generated column',
    source: 'create table t (id int primary key, twice int generated always as (id * 2) stored)',
    finding: {
      severity: 'info',
      database: 'app',
      object: 'public.t.twice',
      message: '1 generated column: computed on the target',
    },
  },
  {
    code: 'PGM507',
    name: 'rows in a table of an extension',
    source:
      'create table t (x int); insert into t values (1); create extension pg_trgm; alter extension pg_trgm add table t',
    finding: { severity: 'warning', object: 'public.t' },
  },
  {
    code: 'PGM508',
    name: 'a partition that the target lacks',
    source:
      'create table p (x int primary key) partition by list (x); create table p1 partition of p for values in (1)',
    target: 'create table p (x int primary key) partition by list (x)',
    finding: { severity: 'error', server: 'target', object: 'public.p1', required: 'FOR VALUES IN (1)' },
    pasteOn: 'target',
  },
  {
    code: 'PGM508',
    name: 'a table that is cut another way',
    source: 'create table p (x int, y int) partition by list (x)',
    target: 'create table p (x int, y int) partition by list (y)',
    finding: { severity: 'error', object: 'public.p', current: 'LIST (y)', required: 'LIST (x)' },
    pasteOn: 'target',
  },
  {
    code: 'PGM509',
    name: 'an event trigger on the target',
    source: keyed,
    target:
      `create function f() returns event_trigger language plpgsql as 'begin end'; create ` +
      'event trigger e on ddl_command_end execute function f()',
    finding: { severity: 'warning', server: 'target', object: 'e' },
    pasteOn: 'target',
  },
  {
    code: 'PGM510',
    name: 'a trigger that always fires',
    source:
      `${keyed}; create function f() returns trigger language plpgsql as 'begin return new; end'; create ` +
      'trigger g before insert on t for each row execute function f(); alter table t enable always trigger g',
    finding: { severity: 'warning', object: 'public.t' },
    pasteOn: 'source',
  },
  {
    code: 'PGM511',
    name: 'a constraint that is not valid',
    source: `${keyed}; alter table t add constraint small check (id < 10) not valid`,
    finding: { severity: 'warning', object: 'public.t' },
    pasteOn: 'source',
  },
  {
    code: 'PGM513',
    name: 'rows without the row that their foreign key names',
    source:
      'create table p (a int, b int, primary key (a, b)); create table t (id int primary key, a ' +
      'int, b int, constraint t_p foreign key (a, b) references p); set session_replication_role ' +
      '= replica; insert into t values (1, 2, 3), (2, null, 3)',
    finding: {
      severity: 'error',
      server: 'source',
      object: 'public.t',
      message: expect.stringContaining('foreign key t_p') as string,
    },
  },
  {
    code: 'PGM513',
    name: 'the same with MATCH FULL, where a part of the key is missing',
    source:
      'create table p (a int, b int, primary key (a, b)); create table t (id int primary key, a int, b int, ' +
      'foreign key (a, b) references p match full); insert into p values (2, 3); insert into t values (1, 2, ' +
      '3), (2, null, null); set session_replication_role = replica; insert into t values (3, null, 3)',
    finding: { severity: 'error', object: 'public.t' },
  },
  {
    code: 'PGM513',
    name: 'rows that a check no longer lets in',
    source:
      'create table t (id int primary key check (id < 10)); insert into t values (1); update ' +
      `pg_constraint set convalidated = false where conname = 't_id_check'; alter table t drop ` +
      'constraint t_id_check; alter table t add constraint small check (id < 0) not valid; update ' +
      `pg_constraint set convalidated = true where conname = 'small'`,
    finding: { severity: 'error', object: 'public.t', message: expect.stringContaining('check small') as string },
  },
  {
    code: 'PGM514',
    name: 'a schema that is called pgm',
    source: `${keyed}; create schema pgm; create table pgm.mine (id int primary key)`,
    finding: { severity: 'error', server: 'source', database: 'app', object: 'pgm' },
    pasteOn: 'source',
  },
  {
    code: 'PGM514',
    name: 'the same on the target',
    source: keyed,
    target: `${keyed}; create schema pgm; create view pgm.mine as select 1 as one`,
    finding: { severity: 'error', server: 'target', object: 'pgm' },
    pasteOn: 'target',
  },
  {
    code: 'PGM514',
    name: 'a publication with the name of a lane',
    source: `${keyed}; create publication pgm_shop_1_1 for table t`,
    finding: { severity: 'error', server: 'source', object: 'pgm_shop_1_1' },
    pasteOn: 'source',
  },
  {
    code: 'PGM512',
    name: 'a sequence near its end',
    source: `create sequence s as smallint; select setval('s', 32000)`,
    finding: { severity: 'warning', object: 'public.s', current: '32000' },
    pasteOn: 'source',
  },
  {
    code: 'PGM512',
    name: 'the sequence of a serial column',
    source: `create table t (id serial primary key); select setval('t_id_seq', 2100000000)`,
    finding: { severity: 'warning', object: 'public.t_id_seq' },
    pasteOn: 'source',
  },
  {
    code: 'PGM512',
    name: 'the sequence of an identity column',
    source: `create table t (id int generated always as identity primary key); select setval('t_id_seq', 2100000000)`,
    finding: { severity: 'warning', object: 'public.t_id_seq' },
    pasteOn: 'source',
  },
  {
    code: 'PGM307',
    name: 'an extension of which the target has a newer version at hand',
    source: `create extension pg_trgm`,
    target: `create extension pg_trgm version '1.3'`,
    finding: { severity: 'warning', object: 'pg_trgm', current: '1.3' },
    pasteOn: 'target',
  },
  {
    code: 'PGM515',
    name: 'what depends on a table that is left out',
    source:
      `${keyed}; create view v as select x from t; create view over_v as select * from v; create table ` +
      'kept (id int primary key, t_id int references t); create policy reads_t on kept using (exists ' +
      '(select from t)); create function f() returns bigint language sql begin atomic select count(*) ' +
      'from v; end; create table other (id int primary key)',
    wish: { lines: ['databases: {tables: {exclude: [public.t]}}'] },
    finding: {
      severity: 'warning',
      server: 'source',
      database: 'app',
      message:
        '5 objects depend on tables that the spec leaves out, and are left out too: ' +
        'function public.f(), policy reads_t on public.kept, table constraint ' +
        'kept_t_id_fkey on public.kept, view public.over_v, view public.v',
    },
  },
  {
    code: 'PGM516',
    name: 'an invalid index',
    source:
      `${keyed}; create index broken on t (x); update pg_index set indisvalid ` +
      `= false where indexrelid = 'broken'::regclass`,
    finding: { severity: 'warning', object: 'public.broken' },
    pasteOn: 'source',
  },
  {
    code: 'PGM517',
    name: 'a label of a provider that the target does not load',
    source:
      `${keyed}; insert into pg_seclabel (objoid, classoid, objsubid, provider, label) ` +
      `values ('t'::regclass, 'pg_class'::regclass, 0, 'nobody', 'x')`,
    finding: { severity: 'warning', server: 'target', object: 'nobody' },
  },
];

describe('what a database can have in a migration’s way', () => {
  afterEach(async () => {
    await dropDatabases(servers.source, 'app');
    await dropDatabases(servers.target, 'app');
    await sql(servers.source, 'postgres', 'drop role if exists reader; drop role if exists boss');
  });

  it.each(cases)('$code: $name', async ({ code, source, target, wish, finding, pasteOn }) => {
    await createDatabase(servers.source, 'app', source);
    if (target !== undefined) await createDatabase(servers.target, 'app', target);
    const check = async (): Promise<Finding[]> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target, ...wish }), code);
    const found = await check();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject(finding);
    if (pasteOn === undefined) return;
    paste(servers[pasteOn], 'app', found[0]?.remedy);
    expect(await check()).toEqual([]);
  });

  it('PGM513: the rows that the remedy shows are those; no constraint of good rows is called broken', async () => {
    await createDatabase(
      servers.source,
      'app',
      `create table p (id int primary key) partition by range (id);
       create table p1 partition of p for values from (0) to (10);
       create table p2 partition of p for values from (10) to (20);
       create table t (id int primary key, p int references p, up int references t, label text check (label <> ''));
       create table child (more int) inherits (t);
       insert into p values (1), (11);
       insert into t values (1, 1, null, 'a'), (2, 11, 1, null), (3, null, 2, 'c');
       insert into child values (9, 99, 99, 'd', 1)`,
    );
    const check = async (): Promise<Finding[]> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM513');
    expect(await check()).toEqual([]);
    await sql(servers.source, 'app', `set session_replication_role = replica; insert into t values (4, 12, null, 'd')`);
    const [found] = await check();
    expect(found).toMatchObject({
      object: 'public.t',
      message: expect.stringContaining('foreign key t_p_fkey') as string,
    });
    expect(await sql(servers.source, 'app', found?.remedy ?? '')).toEqual([{ id: 4, p: 12, up: null, label: 'd' }]);
    await sql(servers.source, 'app', 'delete from t where id = 4');
    expect(await check()).toEqual([]);
    // Somebody's function is not run with the rights of pgm.
    await sql(
      servers.source,
      'app',
      'create table ran (id int); create function mine(int) returns boolean language plpgsql as ' +
        `'begin raise exception ''ran''; end'; create table u (id int primary key); insert into u ` +
        'values (1); alter table u add constraint c check (mine(id)) not valid',
    );
    expect(await check()).toEqual([]);
  });

  it('PGM513: keys by period and those that are not enforced, from 18 on', async () => {
    await createDatabase(
      servers.target,
      'app',
      `create extension btree_gist;
       create table p (id int, during daterange, primary key (id, during without overlaps));
       create table t (id int primary key, p int, during daterange, foreign key (p, period during) references p (id, period during));
       insert into p values (1, '[2024-01-01,2024-06-01)'), (1, '[2024-06-01,2025-01-01)');
       insert into t values (1, 1, '[2024-03-01,2024-09-01)');
       create table loose (id int primary key, p int, constraint c check (p > 5) not enforced);
       insert into loose values (1, 1)`,
    );
    expect(ofCode(await findingsFor({ source: servers.target, target: servers.source }), 'PGM513')).toEqual([]);
    await sql(servers.target, 'app', 'alter table loose add constraint d check (p > 0)');
    expect(ofCode(await findingsFor({ source: servers.target, target: servers.source }), 'PGM513')).toEqual([]);
  });

  it('PGM216: who follows the database, and what it follows', async () => {
    await createDatabase(servers.source, 'app', keyed);
    await createDatabase(servers.target, 'app', keyed);
    const check = async (): Promise<Finding[]> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM216');
    expect(await check()).toEqual([]);
    await sql(servers.source, 'app', `select pg_create_logical_replication_slot('cdc', 'pgoutput')`);
    await sql(
      servers.source,
      'app',
      `create subscription feed connection 'host=127.0.0.1 port=1 dbname=x' publication p ` +
        'with (connect = false, slot_name = none, enabled = false)',
    );
    await sql(servers.source, 'app', `alter subscription feed set (slot_name = feed)`);
    await sql(servers.source, 'app', `alter subscription feed enable`);
    const [follower, feed] = await check();
    expect(follower).toMatchObject({
      severity: 'warning',
      server: 'source',
      database: 'app',
      object: 'cdc',
      current: 'inactive',
    });
    expect(feed).toMatchObject({
      severity: 'warning',
      server: 'source',
      database: 'app',
      object: 'feed',
      current: 'enabled',
    });
    follow(follower?.remedy);
    expect(
      await sql(servers.target, 'postgres', 'select slot_name, plugin, database from pg_replication_slots'),
    ).toEqual([{ slot_name: 'cdc', plugin: 'pgoutput', database: 'app' }]);
    paste(servers.source, 'app', feed?.remedy);
    for (const server of [servers.source, servers.target])
      await sql(server, 'postgres', `select pg_drop_replication_slot('cdc')`);
    expect(await check()).toEqual([]);
    await sql(servers.source, 'app', 'alter subscription feed set (slot_name = none)');
    await sql(servers.source, 'app', 'drop subscription feed');
  });

  it('PGM507: what is to be typed brings the rows, once pgm has made the table', async () => {
    const member = 'create table t (x int, y text); create extension pg_trgm; alter extension pg_trgm add table t';
    await createDatabase(servers.source, 'app', `${member}; insert into t values (1, 'tab\tand \\ backslash')`);
    await createDatabase(servers.target, 'app', member);
    const [found] = ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM507');
    follow(found?.remedy);
    expect(await sql(servers.target, 'app', 'select * from t')).toEqual(
      await sql(servers.source, 'app', 'select * from t'),
    );
    await sql(
      servers.source,
      'app',
      `update pg_extension set extconfig = array['t'::regclass::oid], ` +
        `extcondition = array[''] where extname = 'pg_trgm'`,
    );
    expect(ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM507')).toEqual([]);
  });

  it('PGM414: what only a superuser may make, until somebody has made it', async () => {
    const made =
      'create operator family fam using btree; create function c_function(internal) returns ' +
      `void language c as '$libdir/plpgsql', 'plpgsql_inline_handler'`;
    await createDatabase(servers.source, 'app', `${keyed}; ${made}`);
    await sql(servers.target, 'postgres', 'create role maker login createdb createrole');
    const found = async (): Promise<Finding[]> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target, targetUser: 'maker' }), 'PGM414');
    expect((await found()).map(({ severity, message }) => [severity, message.split(' can only')[0]])).toEqual([
      ['error', 'function in c public.c_function(internal)'],
      ['error', 'operator family fam'],
    ]);
    await createDatabase(servers.target, 'app', made);
    expect(await found()).toEqual([]);
    await dropDatabases(servers.target, 'app');
    await sql(servers.target, 'postgres', 'drop role maker');
  });

  it('PGM415: a comment on an extension, until its owner has made it', async () => {
    await createDatabase(
      servers.source,
      'app',
      `${keyed}; create extension pg_trgm; comment on extension pg_trgm is 'ours, since ''24'`,
    );
    await createDatabase(servers.target, 'app', 'create extension pg_trgm');
    await sql(servers.target, 'postgres', 'create role maker login createdb createrole');
    const check = async (): Promise<Finding[]> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target, targetUser: 'maker' }), 'PGM415');
    const [found] = await check();
    expect(found).toMatchObject({
      severity: 'info',
      server: 'target',
      database: 'app',
      object: 'pg_trgm',
      current: `ours, since '24`,
    });
    paste(servers.target, 'app', found?.remedy);
    expect(await check()).toEqual([]);
    await sql(servers.target, 'postgres', 'drop role maker');
  });

  it('PGM417: roles that would have no password on the target', async () => {
    await createDatabase(servers.source, 'app', `${keyed}; create role reader login; grant select on t to reader`);
    await sql(servers.source, 'postgres', "create role app_login login password 'x'; create role app_group");
    await sql(servers.target, 'postgres', 'create role reader login');
    const check = async (): Promise<Finding[]> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target, sourceUser: 'reader' }), 'PGM417');
    try {
      expect((await check()).map(({ message }) => message.split('target: ')[1])).toEqual(['app_login']);
      await sql(servers.source, 'postgres', 'grant select on pg_authid to reader');
      expect(await check()).toEqual([]);
    } finally {
      await sql(
        servers.source,
        'postgres',
        'revoke select on pg_authid from reader; drop role app_login; drop role app_group',
      );
      await sql(servers.target, 'postgres', 'drop role reader');
    }
  });

  it('PGM217 and PGM218: what of the cluster stays behind', async () => {
    await createDatabase(servers.source, 'app', keyed);
    await sql(servers.source, 'postgres', 'create database shut allow_connections false');
    await sql(servers.source, 'postgres', 'create database mould is_template true');
    await sql(servers.source, 'postgres', "alter role all set lock_timeout to '1min'");
    try {
      const findings = await findingsFor({ source: servers.source, target: servers.target });
      expect(ofCode(findings, 'PGM218').map(({ object, severity }) => [object, severity])).toEqual([
        ['mould', 'warning'],
        ['shut', 'warning'],
      ]);
      const [found] = ofCode(findings, 'PGM217');
      expect(found).toMatchObject({ severity: 'info', object: 'lock_timeout', current: '1min' });
      paste(servers.target, 'postgres', found?.remedy);
      for (const { remedy } of ofCode(findings, 'PGM218')) paste(servers.source, 'postgres', remedy);
      const after = await findingsFor({ source: servers.source, target: servers.target });
      expect([...ofCode(after, 'PGM217'), ...ofCode(after, 'PGM218')]).toEqual([]);
    } finally {
      for (const server of [servers.source, servers.target])
        await sql(server, 'postgres', 'alter role all reset lock_timeout');
      await sql(servers.source, 'postgres', 'alter database mould is_template false');
      await dropDatabases(servers.source, 'shut', 'mould');
    }
  });

  it('PGM701: sessions that would begin with another style of dates', async () => {
    await createDatabase(servers.source, 'app', `${keyed}; alter database app set datestyle to 'German, DMY'`);
    await createDatabase(servers.target, 'app', keyed);
    const check = async (): Promise<Finding[]> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM701');
    const [found, ...more] = await check();
    expect(found).toMatchObject({ severity: 'warning', object: 'DateStyle', required: 'German, DMY' });
    expect(more).toEqual([]);
    paste(servers.target, 'postgres', found?.remedy);
    expect(await check()).toEqual([]);
  });

  it('finds nothing where nothing is wrong', async () => {
    await createDatabase(
      servers.source,
      'app',
      `${keyed}; create sequence s; insert into t select generate_series(1, 100)`,
    );
    await createDatabase(servers.target, 'app', keyed);
    const findings = await findingsFor({ source: servers.source, target: servers.target });
    // A source of 14 gets no more releases.
    const told = findings.filter(({ code, severity }) => severity !== 'ok' && code !== 'PGM107');
    expect(told).toEqual([]);
  });
});
