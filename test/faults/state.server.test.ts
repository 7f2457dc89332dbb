import { readFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sql, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { eachFault } from './each-fault.js';
import { quickWorkers, tail, useFaults } from './migration.js';

const settings = quickWorkers;
const { servers, workspace, begin, proxy } = useFaults<'target'>({
  source: {
    major: 14,
    settings: { ...settings, max_slot_wal_keep_size: '16MB', max_wal_size: '32MB', min_wal_size: '32MB' },
  },
  target: { major: 18, settings },
});

const lockfile = (): string => join(workspace.folder, 'state.lock.json');

describe('the state is not what it was', () => {
  const lockfiles = ['lost', 'an older one'].flatMap(what =>
    [true, false].map(failback => ({ what, failback, name: `${what} (failback ${failback})` })),
  );

  eachFault(lockfiles, ['lost (failback true)', 'an older one (failback false)'])(
    'after a cutover the lockfile is $name: nothing is copied over the target',
    { timeout: 180_000 },
    async ({ what, failback, name }) => {
      const migration = await begin('state', { spec: `cutover: {failback: ${failback}}` });
      const first = await migration.start().result;
      expect(first.code, tail(first)).toBe(0);
      const older = readFileSync(lockfile(), 'utf8');
      const cut = await migration.start(undefined, '--goal', 'cutover').result;
      expect(cut.code, tail(cut)).toBe(0);
      await migration.writer?.stop();
      await sql(servers.target, 'state', "insert into customer (name) values ('after the cutover')");
      for (const name of ['state.lock.json', 'state.lock.json.backup'])
        rmSync(join(workspace.folder, name), { force: true });
      if (what !== 'lost') workspace.write('state.lock.json', older);
      const refused = await migration.start().result;
      expect(refused.code, tail(refused)).toBe(6);
      expect(refused.stdout).toContain('PGM642');
      const began = performance.now();
      const again = await migration.start(undefined, '--goal', 'cutover').result;
      expect(again.code, tail(again)).toBe(0);
      migration.recovered(`lockfile ${name} after the cutover`, began);
      expect(
        await value(servers.target, 'state', "select count(*)::int from customer where name = 'after the cutover'"),
      ).toBe('1');
      const closed = await migration.start(undefined, '--goal', 'ready').result;
      expect(closed.code, tail(closed)).toBe(0);
      await migration.leavesNothing();
      migration.writer = undefined;
    },
  );

  it('two applies at once: one waits for the other, or says who it is', { timeout: 180_000 }, async () => {
    const migration = await begin('state');
    const first = migration.start();
    await waitUntil('the first holds the lock', () => migration.events.some(({ type }) => type === 'plan'));
    // It stands still, so that it cannot be done before the second has asked.
    first.process.kill('SIGSTOP');
    const began = performance.now();
    const refused = await migration.workspace.pgm('apply', 'state.yaml', '--auto-approve');
    const waiting = migration.workspace.pgm('apply', 'state.yaml', '--auto-approve', '--lock-timeout', '120s');
    first.process.kill('SIGCONT');
    const waited = await waiting;
    expect(refused.code, tail(refused)).toBe(4);
    expect(refused.stderr).toContain(String(first.process.pid));
    expect((await first.result).code).toBe(0);
    expect(waited.code, tail(waited)).toBe(0);
    migration.recovered('two applies at once', began);
    await migration.finish();
  });

  it('the source removes WAL that a slot still needs', { timeout: 180_000 }, async () => {
    const migration = await begin('state');
    const first = await migration.start().result;
    expect(first.code, tail(first)).toBe(0);
    const name = String(await value(servers.target, 'state', 'select subname from pg_subscription'));
    await sql(servers.target, 'state', `alter subscription ${name} disable`);
    await waitUntil('the slot is lost', async () => {
      await sql(
        servers.source,
        'state',
        'insert into blob select coalesce(max(id), 0) + 1, ' +
          "decode(repeat(md5(random()::text), 200000), 'hex') from blob",
      );
      await sql(servers.source, 'state', 'select pg_switch_wal()');
      await sql(servers.source, 'postgres', 'checkpoint');
      return (
        (await value(
          servers.source,
          'state',
          "select wal_status from pg_replication_slots where slot_name like 'pgm%'",
        )) === 'lost'
      );
    });
    const plan = await workspace.pgm('plan', 'state.yaml');
    expect(plan.stdout).toMatch(/PGM601[\s\S]*copied again/);
    await migration.toTheEnd('the slot is lost (max_slot_wal_keep_size)', 1);
    await migration.finish();
  });

  it(
    'a slot holds more WAL than the spec allows: the run ends, and goes on when more is allowed',
    { timeout: 180_000 },
    async () => {
      const source = await proxy('source');
      source.throttle(300_000);
      const migration = await begin('state', {
        ports: { source: source.port },
        spec: 'replication: {max_retained_wal: 4MB}',
      });
      const running = migration.start();
      await waitUntil('the copy begins', () =>
        migration.events.some(event => event.type === 'step_start' && event.kind === 'copy'),
      );
      await sql(
        servers.source,
        'state',
        'insert into product (name) select repeat(md5(n::text), 20) from generate_series(1, 20000) n',
      );
      const stopped = await running.result;
      expect(stopped.code, tail(stopped)).toBe(7);
      expect(stopped.stdout + stopped.stderr).toMatch(/max_retained_wal/);
      source.heal();
      workspace.write(
        'state.yaml',
        workspace.read('state.yaml').replace('max_retained_wal: 4MB', 'max_retained_wal: 4GB'),
      );
      await migration.toTheEnd('max_retained_wal passed', 1);
      await migration.finish();
    },
  );

  it('pgm state moves it to a database and back, and refuses an older one', { timeout: 180_000 }, async () => {
    const migration = await begin('state');
    const first = await migration.start().result;
    expect(first.code, tail(first)).toBe(0);
    const pulled = await workspace.pgm('state', 'pull', 'state.yaml');
    expect(JSON.parse(pulled.stdout)).toMatchObject({ name: 'faults', reached: 'synced' });
    const nowhere = await workspace.pgm('state', 'push', 'state.yaml', '--from', 'nothing.json');
    expect(nowhere.code, tail(nowhere)).toBe(3);
    expect(nowhere.stderr).toMatch(/nothing\.json cannot be read/);
    workspace.write('older.json', pulled.stdout.replace(/"serial": \d+/, '"serial": 1'));
    const refused = await workspace.pgm('state', 'push', 'state.yaml', '--from', 'older.json');
    expect(refused.code, tail(refused)).toBe(1);
    expect(refused.stderr).toMatch(/newer state/);
    const withFile = workspace.read('state.yaml');
    const url = `postgres://postgres@127.0.0.1:${servers.target.port}/postgres`;
    workspace.write('state.yaml', `${withFile}state: {postgres: "${url}"}\n`);
    const moved = await workspace.pgm('state', 'mv', 'state.yaml', '--from', 'file');
    expect(moved.code, tail(moved)).toBe(0);
    expect(existsSync(lockfile())).toBe(false);
    const nothing = await migration.start().result;
    expect(nothing.code, tail(nothing)).toBe(0);
    expect(nothing.stdout).toContain('"nothing-to-do"');
    workspace.write('state.yaml', withFile);
    workspace.environment['STATE_URL'] = url;
    const back = await workspace.pgm('state', 'mv', 'state.yaml', '--from', 'STATE_URL');
    expect(back.code, tail(back)).toBe(0);
    await migration.finish();
  });
});
