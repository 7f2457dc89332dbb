import { appendFileSync, chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, hostOf, logicalSettings, sql, useServers, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();

/** Says what it was told, and fails or waits where a file of its name says so. */
const hook = `#!/bin/sh
echo "$PGM_HOOK $PGM_EVENT $PGM_SIDE $PGM_PORT $PGM_FROM_PORT $PGM_DATABASES undone=$PGM_UNDONE rehearse=$PGM_REHEARSE" >> told
if [ -e "$PGM_HOOK-fails" ]; then echo "the workers are busy"; exit 3; fi
while [ -e "$PGM_HOOK-waits" ]; do sleep 0.05; done
`;

const file = (name: string): string => join(workspace.folder, name);
const told = (): readonly string[] => (existsSync(file('told')) ? workspace.read('told').trim().split('\n') : []);

/** A line of the hook's when the writes are, or stay, on `at`. */
const line = (phase: string, event: string, at: 'source' | 'target', undone = false, rehearse = false): string => {
  const other = at === 'source' ? 'target' : 'source';
  return (
    `${phase} ${event} ${at} ${servers[at].port} ${servers[other].port} shop ` +
    `undone=${String(undone)} rehearse=${String(rehearse)}`
  );
};

const writes = async (server: LocalServer): Promise<void> => {
  await sql(server, 'shop', 'insert into item values (default)');
};

beforeAll(async () => {
  await createDatabase(servers.source, 'shop', 'create table item (id serial primary key)');
  await sql(servers.source, 'shop', 'create role app login; create role report login');
  workspace.write('hook.sh', hook);
  chmodSync(file('hook.sh'), 0o755);
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      'method: continuous\nverify: off\ncutover:\n  watch: 0s\n  hooks: {before: [./hook.sh], switch: [./hook.sh], ' +
        'after: [[./hook.sh], [./hook.sh, again]]}\ngoal: synced',
    ),
  );
  await workspace.succeeds('apply', '--auto-approve');
});
beforeEach(() => {
  for (const name of ['told', 'before-fails', 'switch-fails', 'after-fails', 'before-waits', 'after-waits'])
    rmSync(file(name), { force: true });
});
afterAll(() => workspace.pgm('destroy', '--auto-approve'));

describe('hooks before the stop and after the switch', () => {
  it('take part in a rehearsal where the spec says so, and know that it is one', async () => {
    const silent = await workspace.succeeds('cutover', '--rehearse', '--json');
    expect(told()).toEqual([]);
    expect(Object.keys((JSON.parse(silent.stdout) as { parts: object }).parts)).toEqual(
      expect.arrayContaining(['lock', 'drain', 'lanes', 'block', 'reconnect']),
    );
    const before = workspace.read('pgm.yaml');
    workspace.write('pgm.yaml', before.replace('hooks: {', 'hooks: {rehearse: true, '));
    const { stdout } = await workspace.succeeds('cutover', '--rehearse', '--json');
    expect((JSON.parse(stdout) as { parts: object }).parts).toHaveProperty('hooks');
    const all = [
      line('before', 'cutover', 'target', false, true),
      line('switch', 'cutover', 'target', false, true),
      line('after', 'failback', 'source', true, true),
      line('after', 'failback', 'source', true, true),
    ];
    expect(told()).toEqual(all);
    // One that fails fails it, here and not in the night of the switch.
    workspace.write('switch-fails', '');
    const { code, stderr } = await workspace.pgm('cutover', '--rehearse');
    expect(code).toBe(7);
    expect(stderr).toMatch(/PGM630.*switch hook .\/hook.sh ended with exit code 3: the workers are busy/);
    expect(told()).toEqual([...all, ...all]);
    await writes(servers.source);
    workspace.write('pgm.yaml', before);
  });

  it('stop nothing when the first fails, and wake again what it had put to rest', async () => {
    workspace.write('before-fails', '');
    const { code, stderr } = await workspace.pgm('cutover', '--auto-approve');
    expect(code).toBe(7);
    expect(stderr).toMatch(/PGM630.*hook before the stop .\/hook.sh ended with exit code 3: the workers are busy/);
    expect(stderr).toMatch(/writes were not stopped/);
    expect(told()).toEqual([
      line('before', 'cutover', 'target'),
      line('after', 'failback', 'source', true),
      line('after', 'failback', 'source', true),
    ]);
    await writes(servers.source);
  });

  it('wake it when a hook in the stop fails, each with the side that keeps the writes', async () => {
    workspace.write('switch-fails', '');
    expect((await workspace.pgm('cutover', '--auto-approve')).code).toBe(7);
    expect(told()).toEqual([
      line('before', 'cutover', 'target'),
      line('switch', 'cutover', 'target'),
      line('switch', 'failback', 'source', true),
      line('after', 'failback', 'source', true),
      line('after', 'failback', 'source', true),
    ]);
    await writes(servers.source);
  });

  it('let clients write while the first runs, and wake it with the next run when pgm is killed there', async () => {
    workspace.write('before-waits', '');
    const running = workspace.start('cutover', '--auto-approve');
    await waitUntil('the hook runs', () => told().length > 0);
    await writes(servers.source);
    running.process.kill('SIGKILL');
    await running.result;
    await writes(servers.source);
    rmSync(file('before-waits'));
    const { stdout } = await workspace.succeeds('plan', '--goal', 'synced');
    expect(stdout).toContain('$ ./hook.sh  # what the hooks stopped starts again');
    await workspace.succeeds('apply', '--auto-approve', '--goal', 'synced');
    expect(told()).toEqual([
      line('before', 'cutover', 'target'),
      line('after', 'failback', 'source', true),
      line('after', 'failback', 'source', true),
    ]);
  });

  it('leave the switch as it stands when the last fails, say so, and try the others', async () => {
    workspace.write('after-fails', '');
    const { stdout, stderr } = await workspace.succeeds('cutover', '--auto-approve');
    expect(stdout + stderr).toMatch(/hook after the switch .\/hook.sh ended with exit code 3: the workers are busy/);
    expect(stdout + stderr).toMatch(/The target has the writes.*PGM_EVENT=cutover PGM_SIDE=target/);
    expect(told()).toEqual([
      line('before', 'cutover', 'target'),
      line('switch', 'cutover', 'target'),
      line('after', 'cutover', 'target'),
      line('after', 'cutover', 'target'),
    ]);
    await writes(servers.target);
  });

  it('run on the way back too; one that was cut off with pgm runs again', async () => {
    workspace.write('after-waits', '');
    const running = workspace.start('rollback', '--auto-approve');
    await waitUntil('the last runs', () => told().length === 3);
    await writes(servers.source);
    running.process.kill('SIGKILL');
    await running.result;
    rmSync(file('after-waits'));
    appendFileSync(file('told'), '--\n');
    await workspace.succeeds('apply', '--auto-approve');
    expect(told()).toEqual([
      line('before', 'failback', 'source'),
      line('switch', 'failback', 'source'),
      line('after', 'failback', 'source'),
      '--',
      line('after', 'failback', 'source'),
      line('after', 'failback', 'source'),
    ]);
    await writes(servers.source);
  });
});

/** A client that connects again, to where it is told then, whenever it is cut off. */
function startClient(user: string, at: () => LocalServer): { stop(): Promise<void> } {
  let stopped = false;
  const work = async (): Promise<void> => {
    while (!stopped) {
      const client = new pg.Client({ host: hostOf(at()), port: at().port, user, database: 'shop' });
      const ended = new Promise<void>(resolve => client.on('end', resolve).on('error', () => resolve()));
      await client.connect().catch(() => undefined);
      await Promise.race([ended, waitUntil('it is stopped', () => stopped, 120_000)]);
      await client.end().catch(() => undefined);
    }
  };
  const working = work();
  return {
    stop: async () => {
      stopped = true;
      await working;
    },
  };
}

describe('roles that had sessions before the switch', () => {
  it('are watched until they come; who does not is named', async () => {
    const atWork = async (): Promise<readonly unknown[]> =>
      sql(servers.source, 'shop', "select from pg_stat_activity where usename in ('app', 'report')");
    let here = servers.source;
    const clients = [startClient('app', () => here), startClient('report', () => servers.source)];
    await waitUntil('both work', async () => (await atWork()).length === 2);
    const text = workspace.read('pgm.yaml').replace('watch: 0s', 'watch: 3s');
    workspace.write('pgm.yaml', text);
    const running = workspace.start('cutover', '--auto-approve', '--json');
    await waitUntil('clients are sent over', () => told().some(each => each.startsWith('switch')));
    here = servers.target;
    const { code, stdout, stderr } = await running.result;
    expect(code, stdout + stderr).toBe(0);
    const said = stdout.split('\n').filter(each => each.includes('had sessions on the source'));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/\\"report\\" in \\"shop\\" had sessions on the source before the switch and has none/);
    expect(said[0]).not.toContain('app\\"');
    await Promise.all(clients.map(client => client.stop()));
    // Nobody is waited for who was not there.
    const back = await workspace.succeeds('rollback', '--auto-approve', '--json');
    expect(back.stdout).not.toContain('had sessions');
  });
});
