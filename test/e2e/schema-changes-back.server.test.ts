import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { changes, tablesOfChanges } from '../support/schema-changes.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers } from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

const onTarget = (text: string): Promise<unknown> => sql(servers.target, 'shop', text);

function spec(goal: 'synced' | 'cutover'): void {
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      `method: continuous\nverify: off\ncutover: {failback: true}\nschema_changes: follow\ngoal: ${goal}`,
    ),
  );
}

async function left(): Promise<readonly string[]> {
  const status = await workspace.pgm('status', '--json');
  const { drift } = JSON.parse(status.stdout) as { readonly drift: readonly Finding[] };
  return drift.filter(({ code }) => ['PGM614', 'PGM615', 'PGM618'].includes(code)).map(({ message }) => message);
}

async function apply(...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await workspace.pgm('apply', '--auto-approve', ...more);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
}

/** What stands for itself, or belongs to a table, each by what makes it on the target. */
const others = `
create schema later;
create type later.mood as enum ('good', 'bad');
create sequence later.numbers increment 5;
create function later.twice(int) returns int language sql as 'select $1 * 2';
create table later.made (id serial primary key, mood later.mood default 'good', n int default later.twice(2) not null,
  at timestamptz default now(), constraint positive check (n > 0));
create index made_n on later.made (n) where n > 1;
comment on table later.made is 'made later';
comment on column later.made.n is 'a number';
create table later.parts (id int, at int, primary key (id, at)) partition by range (at);
create table later.parts_0 partition of later.parts for values from (0) to (10);
create table later.refers (id int primary key generated always as identity, made int references later.made);
insert into later.made (n) values (1), (2);
insert into later.parts values (1, 1);
insert into later.refers (made) values (1);
create view later.over as select id, later.twice(n) as twice from later.made;
create index added_now_a on added_now (a);
alter table added_now add constraint a_is_short check (length(a) < 100);
create policy own on added_now using (a = current_user);
alter table added_now enable row level security;
create function bump() returns trigger language plpgsql as 'begin return new; end';
create trigger bumped before update on added_now for each row execute function bump();
create statistics on_widened on a, b from widened;
comment on table added_now is 'commented';
alter table stays rename to stayed;
drop table goes`;

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'shop',
    `${tablesOfChanges} create table stays (id int primary key); create table goes (id int primary key); insert into goes values (1)`,
  );
  spec('cutover');
  await apply();
}, 120_000);

afterAll(async () => {
  await dropDatabases(servers.source, 'shop');
  await dropDatabases(servers.target, 'shop');
});

it('follows back what a deploy changes on the target', async () => {
  for (const { before } of changes) await onTarget(before);
  await onTarget('insert into stays values (1)');
  for (const { deploy } of changes) for (const statement of deploy.split('; ')) await onTarget(statement);
  await onTarget(others);
  for (const { after } of changes) await onTarget(after);
  await onTarget('insert into stayed values (2)');
  const output = await apply('--json');
  expect(await left(), output).toEqual([]);
  expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
}, 240_000);

it('goes back with all of it, and follows forward again without copying', async () => {
  spec('synced');
  await onTarget("insert into later.made (n) values (7); insert into added_now values (70, 'late')");
  await apply();
  expect(await left()).toEqual([]);
  await sql(servers.source, 'shop', 'insert into later.made (n) values (8); alter table later.made add column x int');
  const output = await apply('--json');
  expect(output).not.toContain('"kind":"copy"');
  expect(await left()).toEqual([]);
  // Sequences are set by the next switch.
  const differing = await compareDatabases(servers.source, servers.target, 'shop');
  expect(differing.filter(each => !each.includes('_id_seq: '))).toEqual([]);
  const ended = await workspace.pgm('destroy', '--auto-approve');
  expect(ended.code, ended.stderr).toBe(0);
}, 240_000);
