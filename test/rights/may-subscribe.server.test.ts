import { describe, expect, it } from 'vitest';
import { findingsFor, ofCode, paste } from '../checks/readiness.js';
import { createDatabase, logicalSettings, sql, useServers, type LocalServer } from '../support/servers.js';

/** A plan must not allow what the server will refuse: each grant that is missing is named, and the remedy gives it. */
describe('a member of pg_create_subscription that still may not subscribe', () => {
  const servers = useServers({
    source: { major: 17, settings: logicalSettings },
    target: { major: 18, settings: logicalSettings },
  });

  const subscribe = (server: LocalServer, database: string): Promise<unknown> =>
    sql(
      server,
      database,
      `begin; set local role mover; create subscription s connection 'host=h ` +
        `password=p' publication p with (connect = false); rollback`,
    );

  it('without INHERIT on the target, and without CREATE on the database for the way back', async () => {
    for (const server of [servers.source, servers.target]) {
      await sql(
        server,
        'postgres',
        'create role mover login replication createdb createrole; grant ' +
          'pg_create_subscription to mover with inherit false',
      );
    }
    await createDatabase(servers.source, 'app', 'create table t (id int primary key)');
    const findings = (): ReturnType<typeof findingsFor> =>
      findingsFor({ ...servers, sourceUser: 'mover', targetUser: 'mover' });
    await sql(servers.target, 'postgres', 'grant create on database postgres to mover');
    await expect(subscribe(servers.target, 'postgres')).rejects.toThrow('permission denied to create subscription');

    const found = await findings();
    expect(ofCode(found, 'PGM403')).toMatchObject([
      { severity: 'error', server: 'target', remedy: 'grant pg_create_subscription to "mover" with inherit true;' },
    ]);
    const back = ofCode(found, 'PGM412');
    expect(back).toMatchObject([
      { server: 'source', remedy: expect.stringContaining('grant create on database "app" to "mover";') as string },
    ]);
    paste(servers.target, 'postgres', ofCode(found, 'PGM403')[0]?.remedy);
    await subscribe(servers.target, 'postgres');

    await sql(servers.source, 'postgres', 'grant pg_create_subscription to mover with inherit true');
    await expect(subscribe(servers.source, 'app')).rejects.toThrow('permission denied for database app');
    const after = await findings();
    // What is left on the target: a password, which only a superuser's subscription may go without.
    expect(ofCode(after, 'PGM403')).toMatchObject([{ required: 'a password' }]);
    expect(ofCode(after, 'PGM412').map(({ remedy }) => remedy?.split('\n')[0])).toEqual([
      'grant create on database "app" to "mover";',
    ]);
    paste(servers.source, 'postgres', ofCode(after, 'PGM412')[0]?.remedy);
    await subscribe(servers.source, 'app');
    // The way back has the same condition; no server was asked for its password here.
    expect(ofCode(await findings(), 'PGM412')).toMatchObject([{ server: 'source', required: 'a password' }]);
  });
});
