import { describe, expect, it } from 'vitest';
import { paste } from '../checks/readiness.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, type LocalServer } from '../support/servers.js';
import { gained, rightsOf } from './rights-of.js';

interface Drift {
  readonly code: string;
  readonly server: string;
  readonly object?: string;
  readonly current: string;
  readonly remedy: string;
}

describe('the side that handed over', { timeout: 180_000 }, () => {
  const servers = useServers({
    source: { major: 16, settings: logicalSettings },
    target: { major: 18, settings: logicalSettings },
  });
  const workspace = useWorkspace();

  const connect = (server: LocalServer): Promise<readonly string[]> =>
    sql<{ grant: string }>(
      server,
      'postgres',
      `select coalesce(r.rolname, 'public') || case when a.is_grantable then '*' else '' end || '/' || g.rolname as grant
       from pg_database d
       cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) with ordinality a (grantor, grantee, privilege_type, is_grantable, at)
       left join pg_roles r on r.oid = a.grantee
       join pg_roles g on g.oid = a.grantor
       where d.datname = 'shop' and a.privilege_type = 'CONNECT'
       order by a.at`,
    ).then(found => found.map(({ grant }) => grant));
  const drift = async (): Promise<readonly Drift[]> => {
    const { stdout } = await workspace.pgm('status', '--json');
    return (JSON.parse(stdout) as { drift: readonly Drift[] }).drift.filter(({ code }) => code === 'PGM619');
  };
  const openAll = `
    alter database shop reset default_transaction_read_only;
    grant connect on database shop to public;
    alter role lent in database shop set default_transaction_read_only = off;`;
  const seenOf = (found: readonly Drift[]): string[] =>
    found.map(({ server, object, current }) => `${server} ${object ?? ''} ${current}`).sort();

  it('gets its rights back as they were, and status sees who opens it before', async () => {
    for (const server of [servers.source, servers.target])
      await sql(
        server,
        'postgres',
        'create role keeper; create role gone; create role lent; create role late; create role boss',
      );
    await createDatabase(
      servers.source,
      'shop',
      'create table item (id int primary key); create table other (id int primary ' +
        'key); insert into item select generate_series(1, 10)',
    );
    await sql(
      servers.source,
      'postgres',
      `alter database shop owner to boss; revoke connect on database shop from public;
       grant connect on database shop to gone; grant connect on database shop to keeper with grant option;
       set role keeper; grant connect on database shop to lent; reset role`,
    );
    const before = await connect(servers.source);
    const rights = await rightsOf([servers.source], 'lent');
    expect(before).toEqual(['boss/boss', 'gone/boss', 'keeper*/boss', 'lent/keeper']);
    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'databases: {include: [shop]}'));
    expect(await workspace.pgm('apply', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await workspace.pgm('cutover', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await connect(servers.source)).toEqual([]);
    expect(await drift()).toEqual([]);

    await sql(servers.source, 'postgres', openAll);
    await sql(servers.source, 'shop', 'alter table item disable trigger pgm_shut; drop trigger pgm_shut on other');
    const found = await drift();
    expect(seenOf(found)).toEqual([
      'source PUBLIC CONNECT',
      'source default_transaction_read_only not set',
      'source lent off',
      'source public.item disabled',
      'source public.other missing',
    ]);
    expect((await workspace.pgm('plan')).stdout).toContain('PGM619');
    for (const { remedy } of found)
      paste(servers.source, remedy.includes('another database') ? 'postgres' : 'shop', remedy);
    expect(await drift()).toEqual([]);

    // What others do meanwhile stays, and does not stand in the way.
    await sql(servers.source, 'postgres', 'grant connect on database shop to late');
    // On both sides: a role that only the other one has would be made again.
    await sql(servers.source, 'shop', 'begin read write; drop owned by gone; drop role gone; commit');
    await sql(servers.target, 'shop', 'drop owned by gone; drop role gone');
    expect(await workspace.pgm('rollback', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await connect(servers.source)).toEqual(['boss/boss', 'late/boss', 'keeper*/boss', 'lent/keeper']);

    await sql(servers.target, 'postgres', openAll);
    expect(seenOf(await drift())).toEqual([
      'target PUBLIC CONNECT',
      'target default_transaction_read_only not set',
      'target lent off',
    ]);
    expect(await workspace.pgm('destroy', '--auto-approve', '--open')).toMatchObject({ code: 0 });
    // What the others did above is all that there is more of.
    expect(gained(rights, await rightsOf([servers.source], 'lent'), fact => fact.startsWith('database shop '))).toEqual(
      [],
    );
    expect(await connect(servers.source)).toEqual(['boss/boss', 'late/boss', 'keeper*/boss', 'lent/keeper']);
  });
});
