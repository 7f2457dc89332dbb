import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { findingsFor, ofCode, paste } from '../checks/readiness.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { gained, rightsOf, type Rights } from './rights-of.js';

/**
 * Each attack: what the actor may do at the start, what pgm is made to do, and that the actor may do no more at the
 * end.
 */
describe('nobody gains a right', { timeout: 120_000 }, () => {
  const servers = useServers(
    {
      source: { major: 16, settings: logicalSettings },
      target: { major: 18, settings: logicalSettings },
    },
    { leakCheck: false },
  );
  const workspace = useWorkspace();
  const spec = (database: string, more = ''): void =>
    workspace.write(
      'pgm.yaml',
      specText(servers.source, servers.target, `databases: {include: [${database}]}\n${more}`),
    );

  /** Rights when the attack begins. */
  let before: Rights | null = null;
  const begin = async (actor = 'mallory'): Promise<void> => {
    before = await rightsOf([servers.source, servers.target], actor);
  };
  /** Whatever was tried, nobody can do more than at the beginning. */
  afterEach(async () => {
    if (before === null) throw new Error('the attack did not say when it began');
    expect(gained(before, await rightsOf([servers.source, servers.target], 'mallory'))).toEqual([]);
    before = null;
  });

  /**
   * A role that owns one schema of a database and nothing else. Its function runs a command wherever a superuser calls
   * it.
   */
  const schemaOwner = async (database: string, owned: (evil: string) => string): Promise<string> => {
    const ran = `/tmp/pgm-test-ran-${randomUUID()}`;
    for (const server of [servers.source, servers.target]) {
      await sql(
        server,
        'postgres',
        "do $$ begin if to_regrole('mallory') is null then create role mallory login; end if; end $$",
      );
    }
    // A function that is not volatile may run no command itself, but may call one that does.
    const evil = `
      create function mal.run() returns void language plpgsql as $f$ begin
        if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
          execute format('copy (select 1) to program %L', 'cat > ${ran}');
        end if;
      end $f$;
      create function mal.evil(int) returns int language plpgsql immutable as $f$ begin
        perform mal.run();
        return $1;
      end $f$;`;
    const text = `create schema mal authorization mallory; set role mallory; ${evil} ${owned('mal.evil')}; reset role`;
    await createDatabase(servers.source, database, text);
    await begin();
    return ran;
  };

  /** By what the function is called. One run for all, since each takes seconds. */
  const inDefinitions = {
    'a domain in a check':
      'create domain mal.d as int check (mal.evil(value) > 0); create table mal.t1 (id int primary ' +
      'key, check ((id::mal.d) is not null)); insert into mal.t1 values (1)',
    'a check': 'create table mal.t2 (id int primary key, check (mal.evil(id) > 0)); insert into mal.t2 values (1)',
    'a built-in function that runs a query':
      "create table mal.t3 (id int primary key, check (query_to_xml('select mal.evil(1)', " +
      "true, true, '') is not null)); insert into mal.t3 values (1)",
    'an implicit cast from an enum':
      "create type mal.e as enum ('a'); create function mal.to_text(mal.e) returns text language " +
      "plpgsql immutable as $g$ begin perform mal.evil(1); return 'a'; end $g$; create cast (mal.e as " +
      'text) with function mal.to_text(mal.e) as implicit; create table mal.t4 (id mal.e primary key, ' +
      "check (length(id) > 0)); insert into mal.t4 values ('a')",
    'an operator in a check':
      'create function mal.two(int, int) returns boolean language plpgsql immutable as $h$ begin ' +
      'perform mal.evil(1); return true; end $h$; create operator mal.~@~ (leftarg = int, ' +
      'rightarg = int, function = mal.two); create table mal.t5 (id int primary key, check (id ' +
      'operator(mal.~@~) 1)); insert into mal.t5 values (1)',
    'a foreign key with a cast':
      "create type mal.k as enum ('1'); create function mal.to_int(mal.k) returns int language plpgsql " +
      'immutable as $g$ begin perform mal.evil(1); return 1; end $g$; create cast (mal.k as int) with ' +
      'function mal.to_int(mal.k) as implicit; create table mal.t6 (id int primary key); create table mal.t7 ' +
      "(id mal.k references mal.t6); insert into mal.t6 values (1); insert into mal.t7 values ('1')",
    'an index on a constant call, which the planner folds':
      'create table mal.t8 (id int primary key, check (id > 0)); create index on mal.t8 ((id + ' +
      'mal.evil(1))); create index on mal.t8 (id) where mal.evil(1) = 1; insert into mal.t8 values (1)',
    'an index on a constant call, of a table that holds names of relations':
      'create table mal.t12 (id int primary key, r regclass); create index on mal.t12 ((id + mal.evil(1))); insert ' +
      "into mal.t12 values (1, 'mal.t12')",
    'an index on a constant call, of a child whose parent says NOT NULL':
      'create table mal.t13 (id int not null); create table mal.t14 () inherits (mal.t13); alter table only mal.t13 ' +
      'alter id drop not null; alter table only mal.t13 alter id set not null; create index on mal.t14 ((id + ' +
      'mal.evil(1))); insert into mal.t14 values (1)',
    'statistics on a constant call':
      'create table mal.t9 (id int primary key, x int, check (x > 0)); create statistics mal.st on ' +
      '(x + mal.evil(1)), x from mal.t9; insert into mal.t9 values (1, 1)',
    'a partition key with a constant call':
      'create table mal.t10 (id int, check (id > 0)) partition by range ((id + mal.evil(1))); create table ' +
      'mal.p partition of mal.t10 for values from (0) to (9); create table mal.t11 (id int primary key)',
  };

  it(`plan and status run no code of the owner of a schema: ${Object.keys(inDefinitions).join(', ')}`, async () => {
    const ran = await schemaOwner('definitions', () => Object.values(inDefinitions).join('; '));
    // What PostgreSQL itself ran so far, it ran as mallory.
    expect(existsSync(ran)).toBe(false);
    spec('definitions');
    expect((await workspace.pgm('plan')).stdout).toContain('was not checked');
    await workspace.pgm('status');
    expect(existsSync(ran)).toBe(false);
    // It does run where a superuser's query touches it: the trap is a real one.
    await sql(servers.source, 'definitions', 'select mal.evil(1)');
    expect(existsSync(ran)).toBe(true);
    expect(
      await value(servers.source, 'postgres', "select rolsuper::text from pg_roles where rolname = 'mallory'"),
    ).toBe('false');
  });

  it('verify takes the text of a value from its type, not from a cast or domain of the owner', async () => {
    const ran = await schemaOwner(
      'compared',
      () =>
        "create type mal.e as enum ('a', 'b'); create table mal.t (id mal.e primary key, " +
        "d int, n text); insert into mal.t values ('a', 1, 'x')",
    );
    await createDatabase(
      servers.target,
      'compared',
      "create schema mal; create type mal.e as enum ('a', 'b'); create table mal.t (id mal.e " +
        "primary key, d int, n text); insert into mal.t values ('a', 1, 'y')",
    );
    await sql(
      servers.source,
      'compared',
      `set role mallory;
       create function mal.to_text(mal.e) returns text language plpgsql immutable as $g$ begin perform mal.evil(1); return 'a'; end $g$;
       create cast (mal.e as text) with function mal.to_text(mal.e) as implicit;
       create function mal.from_text(text) returns mal.e language plpgsql immutable as $g$ begin perform mal.evil(1); return 'a'; end $g$;
       create cast (text as mal.e) with function mal.from_text(text);
       create domain mal.dd as mal.e; create domain mal.di as int check (mal.evil(value) > 0);
       alter table mal.t alter d type mal.di`,
    );
    await begin();
    spec('compared');
    const { code, stdout } = await workspace.pgm('verify', '--values');
    expect(code, stdout).toBe(9);
    expect(stdout).toContain('mal.t');
    expect(existsSync(ran)).toBe(false);
  });

  it.each([
    ['a command for the source', 'source/archive_command', { before: 'touch /tmp/x', after: '' }],
    ['a setting that pgm sets on the source', 'source/wal_sender_timeout', { before: '77s', after: '' }],
    ['a command for the target', 'target/archive_command', { before: 'touch /tmp/x', after: '' }],
  ])('rows that somebody planted on the target are no order: %s', async (_, key, record) => {
    await createDatabase(servers.source, `planted`, 'create table t (id int primary key)');
    await sql(
      servers.target,
      'postgres',
      `create schema pgm; create table pgm.setting (migration text not null, key text not null, lineage text not null, record jsonb not null, primary key (migration, key));
       insert into pgm.setting values ('test', '${key}', '11111111-1111-4111-8111-111111111111', '${JSON.stringify(record)}')`,
    );
    await begin();
    spec('planted');
    await workspace.pgm('destroy', '--auto-approve');
    for (const server of [servers.source, servers.target])
      expect(
        await value(
          server,
          'postgres',
          'select count(*)::text from pg_file_settings where sourcefile like ' +
            "'%postgresql.auto.conf' and name in ('archive_command', 'wal_sender_timeout')",
        ),
      ).toBe('0');
    await sql(servers.target, 'postgres', 'drop schema if exists pgm cascade');
    await sql(servers.source, 'postgres', 'drop database planted');
  });

  it('a schema pgm that somebody else made is neither read nor written', async () => {
    const ran = await schemaOwner('trap', () => 'create table mal.t (id int primary key)');
    await createDatabase(
      servers.target,
      'trap',
      `create schema pgm authorization mallory; set role mallory;
       create function pgm.trap() returns text language plpgsql as $f$ begin execute 'copy (select 1) to program ''cat > ${ran}'''; return 'x'; end $f$;
       create view pgm.stage as select pgm.trap() as migration, 'handed over' as stage, null::jsonb as detail`,
    );
    await begin();
    spec('trap');
    const found = async (): Promise<ReturnType<typeof ofCode>> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM317');
    const [finding] = await found();
    expect(finding).toMatchObject({ severity: 'error', server: 'target', database: 'trap' });
    expect(finding?.message).toContain('schema pgm belongs to mallory');
    expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(6);
    await workspace.pgm('status');
    await workspace.pgm('destroy', '--auto-approve');
    expect(existsSync(ran)).toBe(false);
    paste(servers.target, 'trap', finding?.remedy);
    expect(await found()).toEqual([]);
  });

  it.each([
    [
      'a trigger',
      'create function public.f() returns trigger language plpgsql as $f$ begin return new; end $f$; create ' +
        'trigger x before insert on pgm.stage for each row execute function public.f()',
      'has rules, triggers',
    ],
    ['a rule', 'create rule x as on insert to pgm.stage do also select 1', 'has rules, triggers'],
    ['a policy', 'alter table pgm.stage enable row level security', 'row-level security'],
    [
      'a default',
      'create function public.g() returns text language sql as $f$ select 1::text $f$; ' +
        'alter table pgm.stage alter stage set default public.g()',
      'defaults, checks',
    ],
    ['a right to write', 'grant insert on pgm.stage to public', 'others may write'],
    ['a right to create', 'grant create on schema pgm to public', 'others may create'],
    ['a child', 'create table public.child () inherits (pgm.stage)', 'no ordinary table'],
    [
      'a function of another',
      'create function pgm.shut() returns trigger language plpgsql as $f$ begin return ' +
        'null; end $f$; alter function pgm.shut() owner to mallory',
      'function shut belongs to mallory',
    ],
  ])("what is pgm's own has no more than pgm gives it: %s", async (_, change, words) => {
    await createDatabase(servers.source, 'own', 'create table t (id int primary key)');
    await createDatabase(
      servers.target,
      'own',
      'create schema pgm; create table pgm.stage (migration text not null, stage text not null, finished_at ' +
        `timestamptz not null default now(), detail jsonb, primary key (migration, stage)); ${change}`,
    );
    await begin();
    spec('own');
    const { stdout } = await workspace.pgm('plan');
    expect(stdout).toContain('PGM317');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(words);
    for (const server of [servers.source, servers.target]) await sql(server, 'postgres', 'drop database own');
  });
});
