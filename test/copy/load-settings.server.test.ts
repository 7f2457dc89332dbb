import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.js';
import { specText, useWorkspace, type RunningPgm } from '../support/pgm.js';
import { createDatabase, dropDatabases, sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

/** Few rows on many pages: a load of half a gigabyte by its size, which is what the plan knows. */
const large = `
  create table wide (id int primary key, filler text) with (fillfactor = 10);
  insert into wide select i, repeat('x', 700) from generate_series(1, 66000) i;
  alter table wide reset (fillfactor);`;

describe('settings for the time of the load', () => {
  const servers = useServers({ source: { major: 14 }, target: { major: 16 } });
  const workspace = useWorkspace();
  const setting = (name: string): Promise<string | undefined> =>
    value(servers.target, 'postgres', `select current_setting('${name}')`);
  const altered = async (): Promise<unknown[]> =>
    sql(
      servers.target,
      'postgres',
      "select name, setting from pg_file_settings where sourcefile like '%auto.conf' order by name",
    );
  const remembered = (): Promise<string | undefined> =>
    value(servers.target, 'postgres', "select to_regnamespace('pgm') is not null");
  const usual = async (): Promise<void> => {
    expect(await altered()).toEqual([{ name: 'max_wal_size', setting: '1100MB' }]);
    // A reload is the postmaster's to do, in a moment.
    await waitUntil(
      'the settings of everyday use',
      async () =>
        (await setting('max_wal_size')) === '1100MB' &&
        (await setting('checkpoint_timeout')) === '5min' &&
        (await setting('wal_writer_delay')) === '200ms' &&
        (await setting('autovacuum')) === 'on',
    );
  };
  const inTheLoad = async (spec = 'pgm.yaml'): Promise<RunningPgm> => {
    const run = workspace.start('apply', spec, '--auto-approve', '--json');
    await run.printed(/"step_start","step":"large\/copy"/);
    await waitUntil(
      'the settings of the load',
      async () =>
        /^[24]GB$/.test((await setting('max_wal_size')) ?? '') &&
        (await setting('checkpoint_timeout')) === '30min' &&
        (await setting('wal_writer_delay')) === '2ms' &&
        (await setting('autovacuum')) === 'off',
    );
    return run;
  };
  const killed = async (signal: NodeJS.Signals): Promise<void> => {
    const run = await inTheLoad();
    run.process.kill(signal);
    await run.result;
  };

  beforeAll(async () => {
    await createDatabase(servers.source, 'large', large);
    await sql(servers.target, 'postgres', "alter system set max_wal_size = '1100MB'");
    await sql(servers.target, 'postgres', 'select pg_reload_conf()');
    workspace.write(
      'pgm.yaml',
      specText(servers.source, servers.target, 'databases: {include: [large]}\nmethod: dump'),
    );
  });

  it('stand in the plan, with how they come back', async () => {
    const { steps, findings } = JSON.parse((await workspace.succeeds('plan', '--json')).stdout) as Plan;
    expect(
      findings.filter(({ code, status }) => code === 'PGM316' && status === 'change').map(({ object }) => object),
    ).toEqual(expect.arrayContaining(['autovacuum', 'checkpoint_timeout', 'max_wal_size', 'wal_writer_delay']));
    const step = steps.find(({ kind }) => kind === 'restore-settings');
    expect(step?.statements).toEqual([
      'alter system reset "autovacuum";',
      'alter system reset "checkpoint_timeout";',
      `alter system set "max_wal_size" = '1100MB';`,
      'alter system reset "wal_writer_delay";',
      'select pg_reload_conf();',
    ]);
    expect(step?.depends_on).toEqual(expect.arrayContaining(['large/copy', 'large/indexes', 'large/analyze']));
    expect(steps.filter(({ kind }) => kind === 'server-setting').map(({ id }) => id)).toEqual([
      'target/server-setting/max_wal_size',
      'target/server-setting/checkpoint_timeout',
      'target/server-setting/wal_writer_delay',
      'target/server-setting/autovacuum',
    ]);
  });

  it('are put back by stop after kill -9, also when the lockfile is lost', async () => {
    await killed('SIGKILL');
    expect(await setting('autovacuum')).toBe('off');
    for (const name of ['pgm.lock.json', 'pgm.lock.json.backup']) rmSync(join(workspace.folder, name), { force: true });
    const { stdout, stderr } = await workspace.succeeds('stop');
    expect(stdout + stderr).toMatch(/the lockfile is lost; it is rebuilt/);
    expect(stdout + stderr).toMatch(/restore-settings: 4 settings/);
    await usual();
    expect(await remembered()).toBe('false');
  });

  it('are put back by a run that is interrupted', async () => {
    await killed('SIGINT');
    await usual();
  });

  it('are put back by the next apply after kill -9, also when the lockfile is an older one', async () => {
    const older = workspace.read('pgm.lock.json');
    await killed('SIGKILL');
    workspace.write('pgm.lock.json', older);
    await workspace.succeeds('apply', '--auto-approve');
    await usual();
    expect((JSON.parse(workspace.read('pgm.lock.json')) as { settings: object }).settings).toEqual({});
    await dropDatabases(servers.target, 'large');
  });

  it('leave alone what somebody else sets meanwhile', async () => {
    workspace.write(
      'other.yaml',
      specText(servers.source, servers.target, 'databases: {include: [large]}\nmethod: dump').replace(
        'name: test',
        'name: other',
      ),
    );
    const run = await inTheLoad('other.yaml');
    await sql(servers.target, 'postgres', "alter system set checkpoint_timeout = '7min'");
    const { code, stdout } = await run.result;
    expect(code).toBe(0);
    expect(stdout).toContain('checkpoint_timeout on the target was changed during the load, to 7min; it stays so');
    expect(await altered()).toEqual([
      { name: 'checkpoint_timeout', setting: '7min' },
      { name: 'max_wal_size', setting: '1100MB' },
    ]);
  });
});
