import { afterEach, describe, expect, it } from 'vitest';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers } from '../support/servers.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { findingsFor, ofCode, paste } from './readiness.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});

const workspace = useWorkspace();

describe('what roles and databases bring or lose', () => {
  afterEach(async () => {
    await Promise.all([dropDatabases(servers.source, 'app'), dropDatabases(servers.target, 'app')]);
    await sql(servers.source, 'postgres', 'drop role if exists boss');
  });

  it('PGM418: attributes that the target role may not give', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    await sql(servers.source, 'postgres', 'create role boss replication bypassrls createdb');
    await sql(servers.target, 'postgres', 'create role reader login createrole createdb bypassrls');
    const wish = { source: servers.source, target: servers.target, lines: ['method: dump'] };
    const found = ofCode(await findingsFor({ ...wish, targetUser: 'reader' }), 'PGM418');
    expect(found).toMatchObject([{ severity: 'warning', object: 'boss', required: 'REPLICATION' }]);
    await sql(servers.target, 'postgres', 'create role boss');
    paste(servers.target, 'postgres', found[0]?.remedy);
    expect(ofCode(await findingsFor({ ...wish, targetUser: 'reader' }), 'PGM418')).toEqual([]);
    await sql(servers.target, 'postgres', 'drop role boss; drop role reader');
  });

  it('PGM419: settings that shut a database or a role', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    await sql(
      servers.source,
      'postgres',
      `create role boss; alter role boss set session_preload_libraries = 'nowhere'; alter database app set default_transaction_read_only = on;
       alter role boss in database app set local_preload_libraries = 'neither'; alter database app set work_mem = '5MB'`,
    );
    const wish = { source: servers.source, target: servers.target };
    const found = ofCode(await findingsFor(wish), 'PGM419');
    expect(found.map(({ object }) => object).toSorted()).toEqual([
      'database app',
      'role boss',
      'role boss in database app',
    ]);
    for (const { remedy } of found) paste(servers.source, 'postgres', remedy);
    expect(ofCode(await findingsFor(wish), 'PGM419')).toEqual([]);
  });

  it('PGM639: a target that is ready and cannot be written is told of, until it can', async () => {
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    await sql(servers.source, 'postgres', 'alter database app set default_transaction_read_only = yes');
    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: dump'));
    const { code, stdout, stderr } = await workspace.pgm('apply', '--auto-approve');
    expect(code).toBe(0);
    expect(stdout + stderr).toContain('applications cannot write from now on');
    const drift = async (): Promise<readonly { code: string; remedy: string }[]> =>
      (JSON.parse((await workspace.pgm('status', '--json')).stdout) as { drift: { code: string; remedy: string }[] })
        .drift;
    const [found] = await drift();
    expect(found?.code).toBe('PGM639');
    expect((await workspace.pgm('plan')).stdout).toContain('PGM639');
    paste(servers.target, 'postgres', found?.remedy);
    await sql(servers.target, 'app', 'insert into t values (1)');
    expect(await drift()).toEqual([]);
  });
});
