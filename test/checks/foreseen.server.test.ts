import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { createDatabase, dropDatabases, hostOf, logicalSettings, sql, useServers } from '../support/servers.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { findingsFor, ofCode, paste } from './readiness.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});

const good = `
  create schema app;
  create table app.item (id int primary key, name text collate "C", made timestamptz default now(), tags text[] default array_append('{}', 'new'));
  create index on app.item (lower(name));
  create view app.activity as select pid, usename, state, backend_xmin from pg_stat_activity;
  create view app.columns as select table_name, column_name from information_schema.columns;
  create aggregate app.joined (text) (sfunc = textcat, stype = text);
  create text search dictionary app.words (template = synonym, synonyms = 'synonym_sample');`;

/** Under a version that no server has. */
const overExtension = `
  create extension pg_buffercache;
  create view app.pages as select count(*) from pg_buffercache;
  update pg_extension set extversion = '0.9' where extname = 'pg_buffercache'`;

/** By the name under which it would be on the target. */
const bad: Readonly<Record<string, string>> = {
  'app.writer': 'create view app.writer as select checkpoints_timed from pg_stat_bgwriter',
  'app.last_oid':
    'create view app.last_oid as select datname, datlastsysoid as last from pg_database where datallowconn',
  'app.in_backup': 'create view app.in_backup as select pg_is_in_backup() as yes',
  'app.internals': `create function app.internals() returns bool language internal as 'pg_is_in_backup'`,
  'app.made_up': `set check_function_bodies = off; create function app.made_up() returns int language c as '$libdir/plpgsql', 'plpgsql_call_handler';
    update pg_proc set probin = '$libdir/nowhere' where proname = 'made_up'`,
  'app.greek': `create table app.greek (id int primary key, x text collate "el-x-icu");
    update pg_collation set collname = 'nowhere-x-icu' where collname = 'el-x-icu'`,
  'app.thesaurus': `create text search dictionary app.thesaurus (template = synonym, synonyms = 'synonym_sample');
    update pg_ts_dict set dictinitoption = 'synonyms = ''nowhere''' where dictname = 'thesaurus'`,
};

/** As pg_dump and psql would bring it, past every error. */
function restore(...flags: readonly string[]): void {
  const at = (server: typeof servers.source): string[] => [
    '-h',
    hostOf(server),
    '-p',
    String(server.port),
    '-U',
    'postgres',
  ];
  const script = execFileSync('pg_dump', [...at(servers.source), ...flags, 'app'], { encoding: 'utf8' });
  execFileSync('psql', ['-X', '-q', ...at(servers.target), '-d', 'app'], {
    input: script,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

const thereSql = `
  select identity
  from (
    select format('%s.%s', relnamespace::regnamespace, relname) from pg_class where relkind in ('r', 'v')
    union all select format('%s.%s', pronamespace::regnamespace, proname) from pg_proc
    union all select format('%s.%s', dictnamespace::regnamespace, dictname) from pg_ts_dict
  ) o (identity)
  where identity like 'app.%'`;

/** What is empty or missing after a restore, by its own name. */
const pathless = `
  set check_function_bodies = off;
  create extension unaccent;
  create schema app;
  create table app.all_rates (k text primary key, v numeric);
  insert into app.all_rates values ('a', 2);
  create function app.plain(x text) returns text immutable language sql as 'select app.unaccented(x)';
  create function app.unaccented(x text) returns text immutable language sql as $$ select unaccent(x) $$;
  create function app.known(x text) returns bool stable language plpgsql as $$ begin return exists (select from all_rates where k = x); end $$;
  create function app.twice(x numeric) returns numeric immutable language sql as 'select x * 2';
  create function app.four(x numeric) returns numeric immutable language plpgsql as 'begin return twice(twice(x)); end';
  set search_path = app, public;
  create table app.indexed (id int primary key, x text);
  create index indexed_by on app.indexed (plain(x));
  create table app.checked (id int primary key, k text check (known(k)));
  create domain app.positive as numeric check (four(value) > 0);
  create table app.of_domain (id int primary key, n app.positive);
  create table app.generated (id int primary key, n numeric, m numeric generated always as (four(n)) stored);
  insert into app.indexed values (1, 'é'); insert into app.checked values (1, 'a'); insert into app.of_domain values (1, 2); insert into app.generated values (1, 2);`;

const broughtSql = `
  select (select count(*)::int from pg_class where relname = 'indexed_by') as index,
    (select count(*)::int from app.checked) + (select count(*)::int from app.of_domain) + (select count(*)::int from app.generated) as rows`;

describe('functions that find nothing with an empty search_path', () => {
  afterEach(() => Promise.all([dropDatabases(servers.source, 'app'), dropDatabases(servers.target, 'app')]));

  it('PGM523: are named before they stop the copy, and come along once they have one', async () => {
    await createDatabase(servers.source, 'app', pathless);
    const found = ofCode(await findingsFor(servers), 'PGM523');
    expect(found.map(({ severity, object }) => `${severity} ${object ?? ''}`)).toEqual([
      'error app.four(numeric)',
      'error app.known(text)',
      'error app.unaccented(text)',
    ]);
    await createDatabase(servers.target, 'app', '');
    restore();
    expect(await sql(servers.target, 'app', broughtSql)).toEqual([{ index: 0, rows: 0 }]);

    for (const { remedy } of found) paste(servers.source, 'app', remedy);
    expect(ofCode(await findingsFor(servers), 'PGM523')).toEqual([]);
    await dropDatabases(servers.target, 'app');
    await createDatabase(servers.target, 'app', '');
    restore();
    expect(await sql(servers.target, 'app', broughtSql)).toEqual([{ index: 1, rows: 3 }]);
  });
});

describe('what the target does not give', () => {
  afterEach(() => Promise.all([dropDatabases(servers.source, 'app'), dropDatabases(servers.target, 'app')]));

  it('PGM522: is named before anything moves, and is what the target refuses', async () => {
    await createDatabase(servers.source, 'app', [good, ...Object.values(bad)].join(';'));
    const found = ofCode(await findingsFor(servers), 'PGM522');
    expect(found.map(({ severity }) => severity)).toEqual(found.map(() => 'error'));
    const named = Object.keys(bad).filter(name => found.some(({ object }) => object?.includes(name) === true));
    expect(named).toEqual(Object.keys(bad));
    expect(found).toHaveLength(named.length);

    await createDatabase(servers.target, 'app', '');
    restore('--schema-only');
    const [before, after] = await Promise.all(
      [servers.source, servers.target].map(async server =>
        (await sql<{ identity: string }>(server, 'app', thereSql)).map(({ identity }) => identity),
      ),
    );
    expect(before?.filter(name => after?.includes(name) === false).sort()).toEqual(Object.keys(bad).sort());
  });

  it('PGM522: is nothing where definitions use what every version has', async () => {
    await createDatabase(servers.source, 'app', `${good}; ${overExtension}`);
    const found = await findingsFor(servers);
    expect(ofCode(found, 'PGM522')).toEqual([]);
    expect(ofCode(found, 'PGM307')).toMatchObject([
      { severity: 'warning', object: 'pg_buffercache', message: expect.stringContaining('view app.pages is made of') },
    ]);
  });
});

describe('values and settings that the target does not take', () => {
  afterEach(async () => {
    await Promise.all([dropDatabases(servers.source, 'app'), dropDatabases(servers.target, 'app')]);
    await sql(servers.source, 'postgres', 'drop role if exists clerk, boss');
  });

  const rowsSql = 'select (select count(*)::int from named) + (select count(*)::int from child) as rows';

  it('PGM524: names of indexes and NULLs that a parent forbids are found before the copy', async () => {
    await createDatabase(
      servers.source,
      'app',
      `create table named (id int primary key, what regclass); insert into named values (1, 'named_pkey');
       create table parent (id int, x text); create table child () inherits (parent); insert into child values (1, null);
       alter table only parent alter x set not null;
       create table fine (id int primary key, what regclass); insert into fine values (1, 'named');
       create table other () inherits (parent)`,
    );
    const found = ofCode(await findingsFor(servers), 'PGM524');
    expect(found.map(({ severity, object }) => `${severity} ${object ?? ''}`)).toEqual([
      'error public.named',
      'error public.child',
    ]);
    await createDatabase(servers.target, 'app', '');
    restore();
    expect(await sql(servers.target, 'app', rowsSql)).toEqual([{ rows: 0 }]);

    for (const { remedy } of found) paste(servers.source, 'app', remedy);
    await sql(servers.source, 'app', `update named set what = 'named'; update child set x = ''`);
    expect(ofCode(await findingsFor(servers), 'PGM524')).toEqual([]);
    await dropDatabases(servers.target, 'app');
    await createDatabase(servers.target, 'app', '');
    restore();
    expect(await sql(servers.target, 'app', rowsSql)).toEqual([{ rows: 2 }]);
  });

  it('PGM525: settings that the target refuses, or that change who pgm is there', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    await sql(
      servers.source,
      'app',
      `set allow_system_table_mods = on;
       create role clerk; create role boss;
       alter database app set work_mem = '8MB'; alter database app set my.own = 'x'; alter role boss set vacuum_cost_limit = 300;
       alter role postgres in database app set role = boss;
       insert into pg_db_role_setting values (0, (select oid from pg_roles where rolname = 'clerk'), '{gone_setting=1,lc_time=nowhere}')`,
    );
    const found = ofCode(await findingsFor(servers), 'PGM525');
    expect(found.map(({ severity, current }) => `${severity} ${current ?? ''}`)).toEqual([
      'error role=boss',
      'warning gone_setting=1',
      'warning lc_time=nowhere',
    ]);
    for (const { remedy, current } of found) {
      if (current?.startsWith('gone') === true)
        await sql(
          servers.source,
          'app',
          `update pg_db_role_setting set setconfig = '{lc_time=nowhere}' where setconfig::text ~ 'gone'`,
        );
      else paste(servers.source, 'app', remedy);
    }
    expect(ofCode(await findingsFor(servers), 'PGM525')).toEqual([]);
  });
});

/** Words that 16 and 17 reserve, in every place where an older server and pg_dump write them bare. */
const reserved = `
  create table a ("system_user" text not null, id int primary key, check ("system_user" <> 'x'));
  create index on a ("system_user");
  create view over_a as select "system_user" from a;
  create table j (json int primary key, json_value text, json_object json default '{"json": 1}');
  create index on j (json_value, (json_value || 'x'));
  create function f (json json, json_query text default 'system_user') returns int language plpgsql as 'begin return 1; end';
  create function g ("system_user" text) returns text language sql begin atomic select "system_user"; end;
  create type json_table as (json text);
  create table "system_user" (id int primary key);
  create policy "system_user" on j;
  alter table j add constraint "system_user" check (json > 0);
  create trigger json_exists before update on j for each row execute function suppress_redundant_updates_trigger();
  insert into j values (1, 'x'); insert into a values ('me', 1)`;

describe('names that the target takes in quotes only', () => {
  const workspace = useWorkspace();

  it('come along, and are the same on both sides', { timeout: 120_000 }, async () => {
    await createDatabase(servers.source, 'app', reserved);
    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: continuous'));
    const { code, stderr } = await workspace.pgm('apply', '--auto-approve');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse((await workspace.pgm('status', '--json')).stdout)).toMatchObject({ drift: [] });
    expect((await workspace.pgm('plan', '--detailed-exitcode')).code).toBe(0);
    await workspace.pgm('destroy', '--auto-approve');
    await Promise.all([dropDatabases(servers.source, 'app'), dropDatabases(servers.target, 'app')]);
  });
});
