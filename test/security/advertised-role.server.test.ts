import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, url, useServers, value, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

describe('a role for replication alone', { timeout: 240_000 }, () => {
  const servers = useServers({
    source: { major: 16, settings: logicalSettings, password: 'sourceOwn' },
    target: { major: 18, settings: logicalSettings, password: 'targetOwn' },
  });
  const workspace = useWorkspace();

  const spec = (goal: string): void =>
    workspace.write(
      'pgm.yaml',
      `version: 1
name: test
source:
  connection: ${url(servers.source)}
  advertise: {user: follower, password: "\${FOLLOWER}"}
target:
  connection: ${url(servers.target)}
  advertise: {user: backwards, password: "\${BACKWARDS}"}
roles: skip
method: continuous
goal: ${goal}
`,
    );
  const stored = async (server: LocalServer): Promise<string> =>
    (await value(server, 'postgres', "select string_agg(subconninfo, ' ') from pg_subscription")) ?? '';
  const found = async (): Promise<readonly { object: string; message: string; remedy: string | null }[]> => {
    const { stdout } = await workspace.pgm('plan', '--json');
    const { findings } = JSON.parse(stdout) as {
      findings: { code: string; severity: string; object: string; message: string; remedy: string | null }[];
    };
    return findings.filter(({ code, severity }) => code === 'PGM421' && severity !== 'ok');
  };
  const apply = async (): Promise<void> => {
    const { stdout, stderr } = await workspace.succeeds('apply', '--auto-approve');
    for (const secret of [
      'sourceOwn',
      'targetOwn',
      workspace.environment['FOLLOWER'],
      workspace.environment['BACKWARDS'],
    ])
      expect(stdout + stderr + workspace.read('pgm.lock.json')).not.toContain(secret);
  };

  it('PGM421: is all that the other server knows of, there and back, and its password can change', async () => {
    const { source, target } = servers;
    await createDatabase(
      source,
      'shop',
      'create table item (id int primary key, n text); insert into item select g, g from generate_series(1, 100) g',
    );
    await sql(source, 'postgres', 'revoke connect on database shop from public');
    Object.assign(workspace.environment, { FOLLOWER: 'first', BACKWARDS: 'second' });
    spec('synced');

    expect((await found()).map(({ object }) => object)).toEqual(['follower', 'backwards']);
    await sql(source, 'postgres', "create role follower password 'other'");
    await sql(target, 'postgres', "create role backwards login replication password 'second'");
    const lacks = await found();
    expect(lacks.map(({ message }) => message)).toEqual([
      'role follower may not replicate: it lacks LOGIN and REPLICATION',
      'role follower has no right of its own to connect to database shop of the source',
      'the source does not take the password of role follower: password authentication failed for user "follower"',
    ]);
    for (const { remedy } of lacks.slice(0, 2)) await sql(source, 'postgres', remedy ?? '');
    await sql(source, 'postgres', "alter role follower password 'first'");
    expect(await found()).toEqual([]);
    expect((await workspace.pgm('plan')).stdout).toContain('as role follower');

    await apply();
    expect(await stored(target)).toMatch(/user='follower' password='first'/);
    expect(await stored(target)).not.toContain('sourceOwn');

    // Rotated: the next apply tells the subscription.
    await sql(source, 'postgres', "alter role follower password 'third'");
    workspace.environment['FOLLOWER'] = 'third';
    await apply();
    expect(await stored(target)).toMatch(/password='third'/);

    expect((await found()).map(({ message }) => message)).toEqual([
      'role backwards has no right of its own to connect to database shop of the target',
    ]);
    await sql(target, 'postgres', 'grant connect on database shop to backwards');
    spec('cutover');
    await apply();
    expect(await stored(source)).toMatch(/user='backwards' password='second'/);
    expect(await stored(source)).not.toContain('targetOwn');
    await sql(target, 'postgres', "alter role backwards password 'fourth'");
    workspace.environment['BACKWARDS'] = 'fourth';
    await apply();
    expect(await stored(source)).toMatch(/password='fourth'/);
    await sql(target, 'shop', "insert into item values (101, 'on the target')");
    await waitUntil(
      'the row comes back',
      async () => (await value(source, 'shop', 'select max(id)::text from item')) === '101',
    );

    spec('synced');
    await apply();
    expect(await compareDatabases(source, target, 'shop')).toEqual([]);
    expect(await stored(target)).toMatch(/user='follower' password='third'/);
    await workspace.succeeds('destroy', '--auto-approve');
  });
});
