import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { onContainers } from '../support/containers.js';
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
  const servers = useServers({
    source: { major: 14, settings: logicalSettings },
    target: { major: 18, settings: logicalSettings },
  });
  const workspace = useWorkspace();

  it('replicates, follows later changes and closes', async () => {
    await sql(servers.source, 'postgres', 'create role mover login replication');
    await sql(servers.target, 'postgres', 'create role mover login createdb');
    await createDatabase(servers.source, 'shop', shop);
    await sql(
      servers.source,
      'shop',
      'create extension aiven_extras cascade; grant select on all tables in schema public to ' +
        'mover; grant select on all sequences in schema public to mover',
    );
    await sql(servers.target, 'postgres', 'create database shop owner mover');
    await sql(servers.target, 'shop', 'create extension aiven_extras cascade; grant all on schema public to mover');
    const spec = specText(
      servers.source,
      servers.target,
      'databases: {include: [shop]}\nroles: skip\nmethod: continuous\ncutover: {failback: false, freeze: none}',
    );
    workspace.write('pgm.yaml', spec.replaceAll('postgres://postgres@', 'postgres://mover@'));
    // What is shown is what is sent.
    const { stdout } = await workspace.pgm('plan', '--json');
    const { steps } = JSON.parse(stdout) as { steps: { kind: string; statements: string[] }[] };
    const statements = (kind: string): string =>
      steps
        .filter(step => step.kind === kind)
        .flatMap(step => step.statements)
        .join('\n');
    expect(statements('publication')).toMatch(
      /^select aiven_extras\.pg_create_publication\('pgm_test_\d+_1', 'insert,update,delete,truncate', variadic array\['"public"\."(item|sale)"', '"public"\."(item|sale)"'\]::text\[\]\)/,
    );
    expect(statements('subscription')).toMatch(
      /^select aiven_extras\.pg_create_subscription\('pgm_test_\d+_1', '\(sensitive\)', .*\);\nselect aiven_extras\.pg_alter_subscription_disable\(.*\);\nselect aiven_extras\.pg_alter_subscription_enable\(.*\);$/,
    );
    await workspace.succeeds('apply', '--auto-approve');
    expect(
      await sql(
        servers.target,
        'shop',
        'select subowner::regrole::text as owner from pg_subscription where subdbid = ' +
          "(select oid from pg_database where datname = 'shop')",
      ),
    ).toEqual([{ owner: 'postgres' }]);

    await sql(
      servers.source,
      'shop',
      'update item set price = 0 where id <= 10; insert into sale (id, item_id) ' +
        'values (5000, 7); delete from sale where id = 3',
    );
    await waitUntil(
      'the changes arrive',
      async () => (await compareDatabases(servers.source, servers.target, 'shop')).length === 0,
    );
    expect(JSON.parse((await workspace.pgm('status', '--json')).stdout)).toMatchObject({ state: 'syncing' });

    await workspace.succeeds('stop');
    await workspace.succeeds('apply', '--auto-approve');
    await workspace.succeeds('cutover', '--auto-approve');
    await workspace.succeeds('close', '--auto-approve');
    expect(await sql(servers.target, 'shop', 'select subname from pg_subscription')).toEqual([]);
    expect(await sql(servers.source, 'shop', 'select pubname from pg_publication')).toEqual([]);
    expect(await sql(servers.source, 'shop', 'select slot_name from pg_replication_slots')).toEqual([]);
  });

  // The containers' image is of 15.
  it.skipIf(onContainers)(
    '1.1.20 gives nobody a subscription on 16 and later: the role needs pg_create_subscription',
    async () => {
      await createDatabase(
        servers.source,
        'newer',
        'create table only_rows (id int primary key); create extension aiven_extras ' +
          "version '1.1.20'; grant all on all functions in schema aiven_extras to mover; " +
          'grant select on all tables in schema public to mover',
      );
      await createDatabase(
        servers.target,
        'newer',
        "create extension aiven_extras version '1.1.20'; grant all on all functions in schema aiven_extras " +
          'to mover; grant all on schema public to mover; grant create on database newer to mover',
      );
      workspace.write(
        'newer.yaml',
        specText(
          servers.source,
          servers.target,
          'databases: {include: [newer]}\nroles: skip\nmethod: continuous\ncutover: {failback: false, freeze: none}',
        )
          .replace('name: test', 'name: newer')
          .replaceAll('postgres://postgres@', 'postgres://mover@'),
      );
      const rights = async (): Promise<unknown> => {
        const { findings } = JSON.parse((await workspace.pgm('plan', 'newer.yaml', '--json')).stdout) as {
          findings: { code: string; severity: string; required: string }[];
        };
        return findings
          .filter(({ code, severity }) => severity === 'error' && (code === 'PGM402' || code === 'PGM403'))
          .map(({ code, required }) => [code, required]);
      };
      expect(await rights()).toEqual([['PGM403', 'superuser, pg_create_subscription or aiven_extras']]);
      await sql(servers.target, 'newer', 'grant pg_create_subscription to mover');
      expect(await rights()).toEqual([['PGM403', 'a password']]);
      await sql(servers.target, 'newer', 'revoke pg_create_subscription from mover');
    },
  );

  it('names the functions that the role may not execute, and the remedy pasted as it stands helps', async () => {
    for (const server of [servers.source, servers.target]) {
      await createDatabase(
        server,
        'guarded',
        'create table only_rows (id int primary key); create extension aiven_extras cascade; ' +
          'revoke execute on all functions in schema aiven_extras from public',
      );
      await sql(
        server,
        'guarded',
        'grant all on schema public to mover; grant select on all tables in schema public to mover',
      );
    }
    await sql(servers.target, 'guarded', 'drop table only_rows');
    const spec = specText(
      servers.source,
      servers.target,
      'databases: {include: [guarded]}\nroles: skip\nmethod: continuous\ncutover: {failback: false, freeze: none}',
    );
    workspace.write(
      'guarded.yaml',
      spec.replace('name: test', 'name: guarded').replaceAll('postgres://postgres@', 'postgres://mover@'),
    );
    const rights = async (): Promise<
      { code: string; server: 'source' | 'target'; current: string; remedy: string }[]
    > => {
      const { stdout } = await workspace.pgm('plan', 'guarded.yaml', '--json');
      const { findings } = JSON.parse(stdout) as {
        findings: { code: string; severity: string; server: 'source' | 'target'; current: string; remedy: string }[];
      };
      return findings.filter(({ code, severity }) => severity === 'error' && (code === 'PGM402' || code === 'PGM403'));
    };
    const found = await rights();
    expect(found.map(({ code, server, current }) => [code, server, current])).toEqual([
      ['PGM402', 'source', 'no EXECUTE on aiven_extras.pg_create_publication'],
      ['PGM403', 'target', 'no EXECUTE on aiven_extras.pg_create_subscription'],
    ]);
    for (const { server, remedy } of found) await sql(servers[server], 'guarded', remedy);
    expect(await rights()).toEqual([]);
  });
});
