import { expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, sql, useServers, value } from '../support/servers.js';

const servers = useServers({ source: { major: 18 }, target: { major: 18 } });
const workspace = useWorkspace();

const byFunctions = `
set check_function_bodies = off;
create table base (id int primary key, g text, n int);
insert into base select i, 'g' || i % 5, i from generate_series(1, 100) i;
create function a_key(text) returns text language sql immutable as $$ select public.z_key($1) $$;
create function z_key(text) returns text language sql immutable as $$ select upper($1) $$;
create index on base (a_key(g));
create statistics of_key on (a_key(g)), n from base;
alter table base add constraint keyed check (a_key(g) is not null);
create domain checked as text check (a_key(value) is not null);
create table with_domain (id int primary key, d checked, u text generated always as (a_key('x')) stored);
insert into with_domain values (1, 'x');
create view counted as select count(*) as c from base;
create function is_few(int) returns boolean language plpgsql as $$ begin return (select c < 1000 from public.counted); end $$;
alter table with_domain add constraint few check (is_few(id));
create view grouped as select id, g from base group by id;
create function atomic_grouped(x int) returns table (i int, gg text) language sql stable begin atomic select id, g from base where n > x group by id; end`;

const views = `
create materialized view z_read as select g, count(*) from base group by g;
create function rows_of_z() returns bigint language plpgsql stable as $$ begin return (select count(*) from public.z_read); end $$;
create materialized view a_reads_by_function as select rows_of_z() as c;
create materialized view b_by_key as select id, g, n from base group by id;
create materialized view c_over_view as select count(*) from grouped;
create materialized view d_over_view_of_c as select * from (select * from counted) s, c_over_view;
create table divisor (n int primary key); insert into divisor values (1);
create materialized view refused as select 10 / n as x from divisor;
create materialized view reads_refused as select count(*) from refused;
update divisor set n = 0`;

const foreignParts = `
create extension postgres_fdw;
create server away foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1', dbname 'x');
create user mapping for public server away options (user 'x');
create table parts (a int, b int) partition by list (a);
create table parts_1 partition of parts for values in (1)`;

it('goes on where a view or statistics cannot be had, with the words of the server', { timeout: 120_000 }, async () => {
  await createDatabase(servers.source, 'code', `${byFunctions};${views}`);
  await sql(
    servers.source,
    'code',
    `${foreignParts};
    create foreign table parts_2 partition of parts for values in (2) server away;
    insert into parts_1 select 1, i from generate_series(1, 100) i`,
  );
  workspace.write('code.yaml', specText(servers.source, servers.target, 'method: dump\ndatabases: {include: [code]}'));
  const { stdout, stderr } = await workspace.succeeds('apply', 'code.yaml', '--auto-approve');
  const said = stdout + stderr;
  expect(said).toMatch(/materialized view public\.refused stays without rows on the target: division by zero/);
  expect(said).toMatch(/materialized view public\.reads_refused stays without rows/);
  expect(said).toMatch(/public\.parts has no statistics as a whole on the target: could not connect to server "away"/);
  expect(
    await value(
      servers.target,
      'code',
      "select string_agg(relname, ' ' order by relname) from pg_class where relkind = 'm' and relispopulated",
    ),
  ).toBe('a_reads_by_function b_by_key c_over_view d_over_view_of_c z_read');
  expect(await value(servers.target, 'code', 'select c from a_reads_by_function')).toBe('5');
  expect(await value(servers.target, 'code', "select reltuples from pg_class where relname = 'parts_1'")).toBe('100');
  expect(await value(servers.target, 'code', 'select count(*) from atomic_grouped(50)')).toBe('50');
});
