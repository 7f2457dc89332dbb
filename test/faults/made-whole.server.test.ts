import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, dropDatabases, sql, useServers, value, withClient } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({ source: { major: 14 }, target: { major: 18 } });
const workspace = useWorkspace();

const roles = `select rolname, rolconnlimit, rolconfig, shobj_description(oid, 'pg_authid') as comment,
    array(select g.roleid::regrole::text from pg_auth_members g where g.member = r.oid order by 1) as groups
  from pg_roles r where rolname ~ '^whole_' order by 1`;
const database = `select datconnlimit, datallowconn, d.datdba::regrole::text as owner, shobj_description(d.oid, 'pg_database') as comment,
    array(select x::text from aclexplode(datacl) a, lateral (select concat_ws(' ', case a.grantee when 0 then 'public' else a.grantee::regrole::text end, privilege_type)) v (x) where privilege_type <> 'MAINTAIN' order by 1) as grants,
    (select setconfig from pg_db_role_setting where setdatabase = d.oid and setrole = 0) as settings
  from pg_database d where datname = 'whole'`;

/** Kills pgm while one of its statements waits for a lock on a catalog of the target. */
async function killedAt(spec: string, catalog: string, waits: RegExp): Promise<void> {
  await withClient(servers.target, 'postgres', async client => {
    await client.query(`begin; lock table ${catalog} in share mode`);
    const running = workspace.start('apply', spec, '--auto-approve');
    await waitUntil(`pgm waits for ${catalog}`, async () => {
      const waiting = await sql<{ query: string }>(
        servers.target,
        'postgres',
        `select query from pg_stat_activity where application_name like 'pgm%' and wait_event_type = 'Lock'`,
      );
      return waiting.some(({ query }) => waits.test(query));
    });
    running.process.kill('SIGKILL');
    await running.result;
    await sql(
      servers.target,
      'postgres',
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pgm%'`,
    );
    await client.query('rollback');
  });
}

describe('killed with -9 while it makes', () => {
  afterEach(async () => {
    for (const server of [servers.source, servers.target]) {
      await dropDatabases(server, 'whole');
      await sql(
        server,
        'postgres',
        'drop role if exists whole_owner; drop role if exists whole_member; drop role if exists whole_group',
      );
    }
  });

  it.each<[string, string, RegExp]>([
    ['roles', 'pg_shdescription', /^comment on role/],
    ['the database', 'pg_shdescription', /^comment on database/],
  ])('%s, it makes them whole the next time', async (what, catalog, waits) => {
    const ofRoles = `comment on role whole_member is 'one of them'; alter role whole_member set statement_timeout = '7s'`;
    await sql(
      servers.source,
      'postgres',
      `create role whole_group; create role whole_owner login connection limit 7; create role whole_member in role whole_group;
       ${what === 'roles' ? ofRoles : ''}`,
    );
    await createDatabase(servers.source, 'whole', 'create table t (id int primary key)');
    await sql(
      servers.source,
      'postgres',
      `alter database whole owner to whole_owner; revoke all on database whole from public; grant connect on database whole to whole_group;
       alter database whole connection limit 9; alter database whole set work_mem = '7MB'; comment on database whole is 'all of it'`,
    );
    const rest = 'method: dump\ndatabases: {include: [whole]}';
    const spec = `${what.replaceAll(' ', '-')}.yaml`;
    workspace.write(spec, specText(servers.source, servers.target, rest));
    await killedAt(spec, catalog, waits);
    await workspace.succeeds('apply', spec, '--auto-approve');
    for (const question of [roles, database])
      expect(await sql(servers.target, 'postgres', question)).toEqual(await sql(servers.source, 'postgres', question));
    expect(await value(servers.target, 'postgres', `select count(*) from pg_database where datname like 'pgm%'`)).toBe(
      '0',
    );
  });

  it('the database, and came as far as its name: it has its properties the next time', async () => {
    await createDatabase(servers.source, 'whole', 'create table t (id int primary key)');
    await sql(servers.source, 'postgres', 'revoke all on database whole from public');
    await createDatabase(servers.target, 'whole');
    await sql(servers.target, 'postgres', `comment on database whole is 'pgm:1:marked:${randomUUID()}:database'`);
    const rest = 'method: dump\ndatabases: {include: [whole]}';
    workspace.write(
      'marked.yaml',
      specText(servers.source, servers.target, rest).replace('name: test', 'name: marked'),
    );
    await workspace.succeeds('apply', 'marked.yaml', '--auto-approve');
    expect(await sql(servers.target, 'postgres', database)).toEqual(await sql(servers.source, 'postgres', database));
  });
});
