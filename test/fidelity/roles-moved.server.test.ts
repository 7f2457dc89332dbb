import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { paste } from '../checks/readiness.js';
import { specText, useWorkspace } from '../support/pgm.js';
import {
  clientConfig,
  createDatabase,
  logicalSettings,
  sql,
  useServers,
  type LocalServer,
} from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings, password: 'secret' },
  target: { major: 16, settings: logicalSettings, password: 'secret' },
});
const workspace = useWorkspace();

const logsIn = async (server: LocalServer, user: string, password: string): Promise<boolean> => {
  const client = new pg.Client({ ...clientConfig(server, 'shop', user), password });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
};
const found = async (...more: readonly string[]): Promise<readonly Finding[]> => {
  const { stdout } = await workspace.pgm('plan', '--json', ...more);
  return (JSON.parse(stdout) as { findings: readonly Finding[] }).findings.filter(({ code }) => code === 'PGM625');
};
/** What is compared, of roles that are named so, without passwords. */
const rolesOf = (server: LocalServer): Promise<unknown> =>
  sql(
    server,
    'postgres',
    `select rolname, rolcanlogin, rolcreatedb, rolbypassrls, rolconnlimit, rolvaliduntil, rolconfig, shobj_description(r.oid, 'pg_authid') as comment,
       (select array_agg(g.rolname || m.admin_option order by g.rolname) from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid) as roles
     from pg_roles r where rolname like 'shop%' order by 1`,
  );
const databaseOf = (server: LocalServer): Promise<unknown> =>
  sql(
    server,
    'postgres',
    `select datconnlimit, has_database_privilege('shop_reader', oid, 'create') as creates, has_database_privilege('shop_new', oid, 'temporary') as temporary,
       (select array_agg(s::text order by s) from pg_db_role_setting r cross join unnest(setconfig) s where setdatabase = d.oid and s not like 'default_transaction_read_only%') as settings
     from pg_database d where datname = 'shop'`,
  );

beforeAll(async () => {
  // prettier-ignore
  await sql(servers.source, 'postgres', "create role shop_app login password 'first'; create role shop_reader login; create role shop_group; " + "grant shop_group to shop_reader; create role shop_gone login password 'gone'; alter role shop_app " + "set work_mem = '8MB'; create role shop_both login password 'both'");
  await createDatabase(servers.source, 'shop', 'create table item (id int primary key); insert into item values (1)');
  // prettier-ignore
  await sql(servers.source, 'postgres', 'alter database shop owner to shop_app; grant create on database shop to shop_reader');
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      'databases: {include: [shop]}\nmethod: continuous\ncutover: {failback: true}\ngoal: synced',
    ),
  );
  await workspace.succeeds('apply', '--auto-approve');
});

/** Every kind of change, on the side in use. */
const change = (password: string, limit: number): string =>
  `alter role shop_app password '${password}' connection limit ${limit} valid until '2040-01-0${limit}'; alter role shop_app reset work_mem; alter role shop_app set lock_timeout = '${limit}s';
   alter role shop_reader nologin bypassrls; revoke shop_group from shop_reader; grant shop_group to shop_app with admin option; comment on role shop_group is 'group ${limit}';
   alter database shop connection limit ${limit}; alter database shop set lock_timeout = '${limit}s'; revoke create on database shop from shop_reader; revoke temporary on database shop from public`;

describe('roles and databases that change on the side in use', () => {
  it('PGM625: are named, never with a secret, and come with the next apply', async () => {
    expect(await found()).toEqual([]);
    await sql(servers.source, 'postgres', change('second', 3));
    // prettier-ignore
    await sql(servers.source, 'postgres', "create role shop_new login password 'new' in role shop_group; " + "grant temporary on database shop to shop_new");
    const moved = await found();
    expect(moved.map(({ object, current, status }) => [object, current, status])).toEqual([
      ['database shop', 'settings, privileges, connection limit', 'change'],
      ['role shop_app', 'attributes, password, settings, memberships', 'change'],
      ['role shop_group', 'comment', 'change'],
      ['role shop_reader', 'attributes, memberships', 'change'],
    ]);
    const { stdout } = await workspace.pgm('plan');
    expect(stdout).toMatch(/copy what changed of 4 roles and databases on the source/);
    expect(stdout).toMatch(/alter role "shop_app" password '\(sensitive\)'/);
    expect(stdout + workspace.read('pgm.lock.json')).not.toMatch(/SCRAM|md5[0-9a-f]{10}/);
    await workspace.succeeds('apply', '--auto-approve');
    expect(await found()).toEqual([]);
    expect(await rolesOf(servers.target)).toEqual(await rolesOf(servers.source));
    expect(await databaseOf(servers.target)).toEqual(await databaseOf(servers.source));
    // prettier-ignore
    expect([await logsIn(servers.target, 'shop_app', 'first'), await logsIn(servers.target, 'shop_app', 'second')]).toEqual([false, true]);
  });

  it('PGM625: stay as they are where somebody changed them on the other side too, and who was dropped is named', async () => {
    // prettier-ignore
    await sql(servers.source, 'postgres', "alter role shop_both password 'here'; alter role shop_both connection limit 5; drop role shop_gone");
    await sql(servers.target, 'postgres', "alter role shop_both password 'there'");
    const warnings = (await found()).filter(({ severity }) => severity === 'warning');
    expect(warnings.map(({ object, message }) => [object, /both sides|dropped/.exec(message)?.[0]])).toEqual([
      ['role shop_both', 'both sides'],
      ['role shop_gone', 'dropped'],
    ]);
    await workspace.succeeds('apply', '--auto-approve');
    expect(await logsIn(servers.target, 'shop_both', 'there')).toBe(true);
    // prettier-ignore
    expect(await rolesOf(servers.target)).toContainEqual(expect.objectContaining({ rolname: 'shop_both', rolconnlimit: 5 }));
    paste(servers.target, 'postgres', warnings[1]?.remedy);
    expect(await logsIn(servers.target, 'shop_gone', 'gone')).toBe(false);
    await sql(servers.target, 'postgres', 'drop role shop_gone; drop role shop_both');
    await sql(servers.source, 'postgres', 'drop role shop_both');
    expect(await found()).toEqual([]);
  });

  it('come with the cutover, and back with the rollback', async () => {
    await sql(servers.source, 'postgres', "alter role shop_app password 'third'");
    await workspace.succeeds('cutover', '--auto-approve');
    // prettier-ignore
    expect([await logsIn(servers.target, 'shop_app', 'second'), await logsIn(servers.target, 'shop_app', 'third')]).toEqual([false, true]);
    await sql(servers.target, 'postgres', change('fourth', 4));
    await sql(servers.target, 'postgres', "create role shop_late login password 'late'");
    expect((await found()).map(({ server, object }) => `${server} ${object ?? ''}`)).toContain('target role shop_app');
    await workspace.succeeds('rollback', '--auto-approve');
    expect(await rolesOf(servers.source)).toEqual(await rolesOf(servers.target));
    expect(await databaseOf(servers.source)).toEqual(await databaseOf(servers.target));
    // prettier-ignore
    expect([await logsIn(servers.source, 'shop_app', 'third'), await logsIn(servers.source, 'shop_app', 'fourth')]).toEqual([false, true]);
    expect(await logsIn(servers.source, 'shop_late', 'late')).toBe(true);
    await workspace.succeeds('destroy', '--auto-approve');
  });
});
