import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { installAivenExtras } from './aiven-extras/install.js';

const shop = `
  create table item (id serial primary key, name text not null, price numeric(8,2));
  create table sale (id bigserial primary key, item_id int not null references item, at timestamptz default now());
  insert into item (name, price) select 'item ' || n, n / 4.0 from generate_series(1, 500) n;
  insert into sale (item_id) select 1 + n % 500 from generate_series(1, 2000) n;`;

describe('without superuser, through aiven_extras on both servers', () => {
  installAivenExtras(14);
  installAivenExtras(18);
  const servers = useServers({ source: { major: 14, settings: logicalSettings }, target: { major: 18, settings: logicalSettings } });
  const workspace = useWorkspace();

  it('replicates, follows later changes and closes', async () => {
    await sql(servers.source, 'postgres', 'create role mover login replication');
    await sql(servers.target, 'postgres', 'create role mover login createdb');
    await createDatabase(servers.source, 'shop', shop);
    await sql(servers.source, 'shop', 'create extension aiven_extras cascade; grant select on all tables in schema public to mover; grant select on all sequences in schema public to mover');
    await sql(servers.target, 'postgres', 'create database shop owner mover');
    await sql(servers.target, 'shop', 'create extension aiven_extras cascade; grant all on schema public to mover');
    const spec = specText(servers.source, servers.target, 'databases: {include: [shop]}\nroles: skip\nmethod: continuous\ncutover: {failback: false, freeze: none}');
    workspace.write('pgm.yaml', spec.replaceAll('postgres://postgres@', 'postgres://mover@'));
    await workspace.succeeds('apply', '--auto-approve');
    expect(await sql(servers.target, 'shop', "select subowner::regrole::text as owner from pg_subscription where subdbid = (select oid from pg_database where datname = 'shop')")).toEqual([{ owner: 'postgres' }]);

    await sql(servers.source, 'shop', "update item set price = 0 where id <= 10; insert into sale (id, item_id) values (5000, 7); delete from sale where id = 3");
    await waitUntil('the changes arrive', async () => (await compareDatabases(servers.source, servers.target, 'shop')).length === 0);
    expect(JSON.parse((await workspace.pgm('status', '--json')).stdout)).toMatchObject({ state: 'syncing' });

    await workspace.succeeds('stop');
    await workspace.succeeds('apply', '--auto-approve');
    await workspace.succeeds('cutover', '--auto-approve');
    await workspace.succeeds('close', '--auto-approve');
    expect(await sql(servers.target, 'shop', 'select subname from pg_subscription')).toEqual([]);
    expect(await sql(servers.source, 'shop', 'select pubname from pg_publication')).toEqual([]);
    expect(await sql(servers.source, 'shop', 'select slot_name from pg_replication_slots')).toEqual([]);
  });
});
