import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

const base = `
create schema other;
create table a (id serial primary key, v text);
create function of_row(a) returns int immutable language sql as 'select 1';
create table part (id int primary key) partition by range (id);
create table part_1 partition of part for values from (1) to (10);
create table keep (id int primary key, v text);
insert into a (v) values ('x'), ('y');
insert into part values (3);
insert into keep values (1, 'x');`;

async function spec(database: string, tables: string, method: string): Promise<string> {
  const name = `${database}.yaml`;
  workspace.write(
    name,
    specText(
      servers.source,
      servers.target,
      `method: ${method}\ndatabases: {include: [${database}], tables: {${tables}}}\nreplica_identity: {missing: full}`,
    ),
  );
  return name;
}

async function findings(file: string): Promise<Plan['findings']> {
  const { stdout, stderr } = await workspace.pgm('plan', file, '--json');
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as Plan).findings.filter(({ code }) => code === 'PGM515');
}

describe('tables that cannot be made without one that is left out', () => {
  it('stop the plan, each by its name, and the line that it shows is the way on', async () => {
    await createDatabase(
      servers.source,
      'bound',
      `${base}
      create domain with_a as a;
      create type holding_a as (x a, y int);
      create table of_type (id int primary key, x a);
      create table of_array (id int primary key, x a[]);
      create table of_domain (id int primary key, x with_a);
      create table of_composite (id int primary key, x holding_a);
      create table heir () inherits (a);
      create table with_default (id int primary key, n int default of_row(null));
      create table with_check (id int primary key, check (of_row(null::a) = id));
      create table "generated.Too" (id int primary key, n int generated always as (of_row(null::a)) stored);`,
    );
    const file = await spec('bound', 'exclude: [public.a]', 'dump');
    const [blocked] = await findings(file);
    expect(blocked?.severity).toBe('error');
    for (const name of [
      'of_type',
      'of_array',
      'of_domain',
      'of_composite',
      'heir',
      'with_default',
      'with_check',
      '"generated.Too"',
    ])
      expect(blocked?.message).toContain(`public.${name}`);
    for (const name of ['public.keep', 'public.part']) expect(blocked?.message).not.toContain(name);
    expect((await workspace.pgm('apply', file, '--auto-approve')).code).toBe(6);
    const [line = ''] = (blocked?.remedy ?? '').split('   #');
    const tables = /tables: \{(.*)\}\}$/.exec(line)?.[1] ?? '';
    const again = await spec('bound', tables, 'dump');
    expect((await findings(again)).map(({ severity }) => severity)).toEqual(['warning']);
    await workspace.succeeds('apply', again, '--auto-approve');
    expect(await value(servers.target, 'bound', 'select count(*)::int from keep')).toBe('1');
    expect(await value(servers.target, 'bound', 'select count(*)::int from part')).toBe('1');
    await sql(servers.source, 'postgres', 'drop database bound');
  });
});

describe('what can be made without it', () => {
  const members = `${base}
      create table shares (like a including all);
      insert into shares (v) values ('z');
      create table refers (id int primary key, a_id int references a (id));
      create view over_a as select v from a;
      create materialized view mat_over_a as select count(*) as n from a;
      create unique index on mat_over_a (n);
      create index on keep ((of_row(null::a) + id));
      create statistics keep_statistics on id, (of_row(null::a)) from keep;
      create rule keep_rule as on update to keep do also delete from a where a.id = new.id;
      create function in_a_trigger() returns trigger language plpgsql as 'declare r a%rowtype; begin return new; end';
      create trigger keep_trigger before insert on keep for each row execute function in_a_trigger();
      create policy keep_policy on keep using (exists (select from a));
      create function reads_a() returns bigint language sql begin atomic select count(*) from a; end;
      create publication of_both for table a, keep;`;
  const named = [
    'function public.of_row(public.a)',
    'function public.reads_a()',
    'index public.keep_expr_idx',
    'materialized view public.mat_over_a',
    'policy keep_policy on public.keep',
    'rule keep_rule on public.keep',
    'statistics object public.keep_statistics',
    'table constraint refers_a_id_fkey on public.refers',
    'view public.over_a',
  ];

  it.each([
    { name: 'excluded, by dump', database: 'dumped', method: 'dump', tables: 'exclude: [public.a]' },
    {
      name: 'not included, by replication',
      database: 'followed',
      method: 'continuous',
      tables: 'include: [public.shares, public.refers, public.keep, public.part_1]',
    },
  ])('is named, and the rest comes: $name', { timeout: 120_000 }, async ({ database, method, tables }) => {
    await createDatabase(servers.source, database, members);
    const file = await spec(database, tables, method);
    const [warned, ...others] = await findings(file);
    expect(others).toEqual([]);
    expect(warned?.message.split(': ').slice(1).join(': ')).toBe(named.join(', '));
    const applied = await workspace.succeeds('apply', file, '--auto-approve');
    expect(applied.stderr + applied.stdout).toContain('left out, since they depend on what the spec leaves out');
    const relations = await value(
      servers.target,
      database,
      `select string_agg(relname, ' ' order by relname collate "C") from pg_class where ` +
        `relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')`,
    );
    expect(relations).toBe(
      method === 'dump' ? 'a_id_seq keep part part_1 refers shares' : 'a_id_seq keep part_1 refers shares',
    );
    expect(await value(servers.target, database, 'select count(*)::int from part_1')).toBe('1');
    // The sequence is where the source's is, and goes on.
    expect(await value(servers.target, database, "insert into shares (v) values ('new') returning id")).toBe('4');
    if (method === 'continuous') {
      await sql(servers.target, database, 'delete from shares where id = 4');
      await workspace.succeeds('destroy', file, '--auto-approve');
    }
    await sql(servers.target, database, 'drop publication if exists of_both');
    await sql(servers.source, database, 'drop publication of_both');
  });
});
