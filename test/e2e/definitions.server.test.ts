import { expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { runScripts } from '../fidelity/dumps.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers } from '../support/servers.js';

const servers = useServers(
  {
    source: { major: 16, settings: logicalSettings },
    target: { major: 18, settings: logicalSettings },
  },
  // The database of all kinds has publications and a subscription of its own.
  { leakCheck: false },
);
const workspace = useWorkspace();

async function differences(): Promise<readonly Finding[]> {
  const status = await workspace.pgm('status', '--json');
  const { drift } = JSON.parse(status.stdout) as { readonly drift: readonly Finding[] };
  return drift.filter(({ code }) => code === 'PGM615');
}

const objects = async (): Promise<readonly (string | undefined)[]> =>
  (await differences()).map(({ object }) => object).sort();

it('PGM615: notices every kind of definition that changes on the side in use, and nothing else', async () => {
  await createDatabase(
    servers.source,
    'shop',
    `create role reader; create role writer;
    create schema app;
    create type app.mood as enum ('sad', 'ok');
    create domain app.positive as int check (value > 0);
    create sequence app.ticket;
    create table app.item (id bigint generated always as identity primary key, name text default 'none', price int, mood app.mood);
    create table app.sale (id serial primary key, item bigint references app.item, at timestamptz default now());
    create table app.part (id int, at int, primary key (id, at)) partition by range (at);
    create table app.part_1 partition of app.part for values from (0) to (10);
    create index on app.part (at);
    create index item_name on app.item (name);
    create function app.twice(int) returns int language sql as 'select $1 * 2';
    create view app.cheap as select id, name from app.item where price < 10;
    create materialized view app.total as select count(*) from app.sale;
    create function app.touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touch before update on app.item for each row execute function app.touch();
    alter table app.sale enable row level security;
    create policy own on app.sale using (item > 0);
    comment on table app.item is 'things';
    grant select on app.item to reader;
    alter default privileges in schema app grant select on tables to reader;`,
  );
  await createDatabase(servers.source, 'many');
  await runScripts(servers.source, 'many', 'roles.sql');
  await runScripts(servers.source, 'many', 'types.sql', 'objects.sql', 'since-15.sql');
  await sql(servers.source, 'many', 'drop materialized view app.a_second cascade');
  workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: continuous'));
  const applied = await workspace.pgm('apply', '--auto-approve');
  expect(applied.code, applied.stderr).toBe(0);
  expect(await differences()).toEqual([]);

  await sql(
    servers.source,
    'shop',
    `alter type app.mood add value 'happy';
    alter sequence app.ticket increment by 5;
    alter table app.item alter column name set default 'some';
    alter table app.item alter column price set not null;
    create index item_price on app.item (price);
    drop index app.item_name;
    alter table app.item add constraint dear check (price < 1000000);
    create or replace function app.twice(int) returns int language sql as 'select $1 + $1';
    create procedure app.nothing() language sql as 'select 1';
    create or replace view app.cheap as select id, name from app.item where price < 20;
    alter table app.item disable trigger touch;
    alter policy own on app.sale using (item > 1);
    comment on column app.item.price is 'in cents';
    grant insert on app.item to writer;
    alter table app.sale owner to writer;
    create schema extra`,
  );
  expect(await objects()).toEqual([
    'column app.item.name',
    'column app.item.price',
    'comment column app.item.price',
    'constraint dear on app.item',
    'function app.nothing()',
    'function app.twice(integer)',
    'index app.item_name',
    'index app.item_price',
    'owner table app.sale',
    'policy own on app.sale',
    'privilege table app.item to writer',
    'schema extra',
    'sequence app.ticket',
    'trigger touch on app.item',
    'type app.mood',
    'view app.cheap',
  ]);
});

it('follows them with the next apply, while rows come, and hands over the same', async () => {
  const write = async (number: number, columns = '', values = ''): Promise<void> =>
    sql(
      servers.source,
      'shop',
      `insert into app.item (name, price${columns}) values ('n${number}', ${number}${values}); update ` +
        'app.item set price = price + 1 where id = 1',
    ).then(() => undefined);
  await write(1);
  await sql(servers.source, 'shop', "alter table app.item add column kind text not null default 'plain'");
  await write(2, ', kind', ", 'b'");
  await sql(
    servers.source,
    'shop',
    `alter table app.item add column made timestamptz not null default '2024-01-01 00:00:00+00', add column more int;
    create index item_kind on app.item (kind)`,
  );
  await write(3, ', mood, more', ", 'happy', 7");
  await sql(
    servers.source,
    'shop',
    `alter table app.part add column note text;
    create view app.kinds as select kind, count(*) from app.item group by kind;
    create function app.kinds_now() returns setof app.kinds language sql as 'select * from app.kinds'`,
  );
  await write(4);
  const plan = await workspace.pgm('plan', '--json');
  const { steps } = JSON.parse(plan.stdout) as {
    readonly steps: readonly { readonly id: string; readonly statements: readonly string[] }[];
  };
  expect(steps.map(({ id }) => id).filter(id => id.startsWith('shop/definitions'))).toEqual([
    'shop/definitions/first',
    'shop/definitions/rest',
  ]);
  const followed = await workspace.pgm('apply', '--auto-approve');
  expect(followed.code, followed.stderr).toBe(0);
  expect(await differences()).toEqual([]);
  await write(5);
  const switched = await workspace.pgm('cutover', '--auto-approve');
  expect(switched.code, switched.stdout + switched.stderr).toBe(0);
  expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
});
