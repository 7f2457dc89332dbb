import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const shop = `
  create role keeper login replication password 'kept';
  create table item (id serial primary key, name text not null);
  insert into item (name) select 'item ' || n from generate_series(1, 500) n;
  alter table item owner to keeper;
  grant create on database shop to keeper;`;

describe('without superuser, by pg_create_subscription', () => {
  const servers = useServers({ source: { major: 14, settings: logicalSettings }, target: { major: 18, settings: logicalSettings } });
  const workspace = useWorkspace();

  it('subscribes with the password that the source asks for', async () => {
    await createDatabase(servers.source, 'shop', shop);
    // Only a superuser's subscription may go without a password, so the source must ask for one.
    const hba = await value(servers.source, 'postgres', 'show hba_file');
    await sql(servers.source, 'postgres', `copy (values ('host all keeper all scram-sha-256'), ('local all all trust'), ('host all all all trust')) to '${hba ?? ''}'; select pg_reload_conf()`);
    await sql(servers.target, 'postgres', 'create role keeper login createdb; grant pg_create_subscription to keeper');
    const spec = specText(servers.source, servers.target, 'databases: {include: [shop]}\nroles: skip\nmethod: continuous\ncutover: {failback: false, freeze: none}');
    const [source = '', ...rest] = spec.replaceAll('postgres://postgres@', 'postgres://keeper@').split('target:');
    workspace.write('pgm.yaml', `${source.replace('keeper@', 'keeper:${PASSWORD}@')}target:${rest.join('target:')}`);
    workspace.environment.PASSWORD = 'kept';
    await workspace.succeeds('apply', '--auto-approve');
    await sql(servers.source, 'shop', "update item set name = 'changed' where id <= 10; delete from item where id = 3");
    await waitUntil('the changes arrive', async () => (await compareDatabases(servers.source, servers.target, 'shop')).length === 0);
    await workspace.succeeds('cutover', '--auto-approve');
    await workspace.succeeds('close', '--auto-approve');
    expect(await sql(servers.target, 'shop', 'select subname from pg_subscription')).toEqual([]);
    expect(await sql(servers.source, 'shop', 'select slot_name from pg_replication_slots')).toEqual([]);
  });
});
