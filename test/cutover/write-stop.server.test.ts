import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import {
  createDatabase,
  logicalSettings,
  restartCommand,
  sql,
  useServers,
  value,
  withClient,
} from '../support/servers.js';
import { lockTry } from '../../src/cutover/freeze.js';
import { waitUntil } from '../support/wait.js';
import { lostCommits, startWriter, type Writer } from '../support/writer.js';

const settings = {
  ...logicalSettings,
  wal_retrieve_retry_interval: '200ms',
  max_prepared_transactions: 5,
  autovacuum_naptime: '1s',
};
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();
let writer: Writer;

const spec = (cutover: string, more = ''): void => {
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      `method: continuous\ncutover: {failback: true${cutover}}\n${more}\ngoal: synced`,
    ),
  );
};

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'shop',
    `create table item (id serial primary key, name text);
     insert into item (name) select n::text from generate_series(1, 100) n;
     create sequence down increment -2 start -100; select nextval('down');
     create sequence cached cache 20; select nextval('cached');
     create sequence never start 77;
     create sequence exhausted maxvalue 2; select nextval('exhausted'), nextval('exhausted');`,
  );
  writer = await startWriter(servers.source, 'shop', { clients: 2, pauseMs: 5 });
  spec('');
  const { code, stderr } = await workspace.pgm('apply', '--auto-approve');
  expect(code, stderr).toBe(0);
});

const moreCommits = async (what: string): Promise<void> => {
  const before = writer.count;
  await waitUntil(what, () => writer.count > before + 20);
};

/** Runs a cutover that has to fail. What it said. */
const failedCutover = async (expectedCode: number): Promise<string> => {
  const { code, stdout, stderr } = await workspace.pgm('cutover', '--auto-approve');
  expect(code, stdout + stderr).toBe(expectedCode);
  await moreCommits('the source takes writes again by itself');
  return stdout + stderr;
};

/** A prepared transaction on the target that holds a row: what comes for it waits until the test is over. */
const whileStuck = async (use: () => Promise<void>): Promise<void> => {
  await sql(
    servers.target,
    'shop',
    'begin read write; select from item where id = 3 for update; prepare transaction $$stuck$$',
  );
  await sql(servers.source, 'shop', "update item set name = repeat('x', 2000) where id = 3");
  await use().finally(() => sql(servers.target, 'shop', 'rollback prepared $$stuck$$'));
  await moreCommits('the source takes writes');
};

const hook = (name: string, script: string): string => {
  const path = join(workspace.folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `, timeout: 3s, hooks: {switch: [["${path}"]]}`;
};

describe('a write stop that does not come to its end', () => {
  it('is not begun behind a transaction that stays open: it is named, and writers go on meanwhile', async () => {
    spec(', timeout: 2s');
    await withClient(servers.source, 'shop', async client => {
      await client.query("begin; update item set name = 'held' where id = 1");
      const before = writer.count;
      const said = await failedCutover(7);
      expect(said).toMatch(/PGM620.*"shop".*pid \d+ \(postgres@.*update item set name/);
      expect(writer.count).toBeGreaterThan(before);
      await client.query('rollback');
    });
  });

  it('does not let writers queue behind autovacuum', async () => {
    spec(', timeout: 2s');
    // A page takes it 0.4 s: it would be at work for a minute.
    await sql(
      servers.source,
      'shop',
      'alter table item set (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, ' +
        'autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0); insert into item (name) ' +
        'select n::text from generate_series(1, 4000) n; update item set name = name',
    );
    await waitUntil(
      'autovacuum is at work',
      async () =>
        (await value(
          servers.source,
          'shop',
          "select count(*) from pg_stat_progress_vacuum where relid = 'item'::regclass",
        )) === '1',
    );
    const rehearsal = await workspace.pgm('cutover', '--rehearse', '--json');
    await sql(
      servers.source,
      'shop',
      'alter table item reset (autovacuum_vacuum_cost_delay, autovacuum_vacuum_cost_limit, ' +
        'autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor)',
    );
    expect(rehearsal.code, rehearsal.stderr).toBe(0);
    expect((JSON.parse(rehearsal.stdout) as { parts: { lock: number } }).parts.lock).toBeLessThan(lockTry);
    await moreCommits('the source takes writes');
  });

  it('names a prepared transaction, too', async () => {
    spec(', timeout: 1s');
    await sql(
      servers.source,
      'shop',
      "begin; update item set name = 'held' where id = 1; prepare transaction 'forgotten'",
    );
    const said = await failedCutover(7);
    await sql(servers.source, 'shop', "rollback prepared 'forgotten'");
    expect(said).toMatch(/prepared transaction "forgotten"/);
  });

  it('gives the writes back when a hook fails, with its words', async () => {
    spec(hook('fails.sh', 'echo the balancer is away; exit 3'));
    expect(await failedCutover(7)).toMatch(/PGM630.*fails\.sh ended with exit code 3: the balancer is away/);
  });

  it('ends a hook that hangs when its time is up', async () => {
    spec(hook('hangs.sh', 'sleep 1000 & wait'));
    expect(await failedCutover(7)).toMatch(/PGM621|did not end within 3 s/);
  });

  it('gives the writes back when a hook is killed', async () => {
    spec(hook('killed.sh', 'kill -9 $$'));
    expect(await failedCutover(7)).toMatch(/killed\.sh ended with SIGKILL/);
  });

  it('gives the writes back when the target is restarted while a hook runs', async () => {
    spec(
      hook(
        'restart.sh',
        restartCommand(servers.target)
          .map(word => `'${word}'`)
          .join(' '),
      ),
    );
    expect(await failedCutover(7)).toMatch(/PGM631/);
  });

  it('gives the writes back when the target is restarted in the drain', async () => {
    spec('');
    const preload = {
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'kill-at.mjs')}`,
      KILL_AT: "'pgm', 'drain'",
      KILL_WHEN: 'before',
      KILL_WITH: JSON.stringify(restartCommand(servers.target)),
    };
    Object.assign(workspace.environment, preload);
    try {
      await failedCutover(7);
    } finally {
      for (const name of Object.keys(preload)) Reflect.deleteProperty(workspace.environment, name);
    }
  });

  it('names whom the way back waits for on the target', async () => {
    spec('', 'verify: off');
    await whileStuck(async () => {
      const cutover = workspace.start('cutover', '--auto-approve', '--json');
      await cutover.printed(/waiting_for":"prepared transaction \\"stuck/);
      cutover.process.kill('SIGINT');
      const { code, stdout } = await cutover.result;
      expect(code, stdout).toBe(130);
    });
  });

  it('does not begin while the lag does not go away, and ends when told to', async () => {
    spec(', timeout: 2s', 'replication: {max_lag: 1kB}');
    await whileStuck(async () => {
      const cutover = workspace.start('cutover', '--auto-approve', '--json');
      await cutover.printed(/bytes behind/);
      cutover.process.kill('SIGINT');
      const { code, stdout } = await cutover.result;
      expect(code, stdout).toBe(130);
    });
  });

  it('fails with 9 and names the rows when the sides differ', async () => {
    // The target turns everyone away since a hook has failed, but those who pass as replication does.
    await sql(
      servers.target,
      'shop',
      'begin read write; set local session_replication_role = replica; update ' +
        "item set name = 'other' where id = 7; commit",
    );
    expect(await failedCutover(9)).toMatch(/PGM650.*public\.item \(id 7 differs in name\)/);
    await sql(servers.source, 'shop', "update item set name = 'both' where id = 7");
  });

  // With a compare of every changed row it is they who make the sides differ, and they who are named.
  it.each(['20ms', 'all'])(
    'notices writers that were not stopped where the locks are not asked for (%s)',
    async compare => {
      // The hook lasts until the writer has written: with a short write stop and a slow writer nothing may come before
      // it.
      const [begun, over] = [join(workspace.folder, `begun-${compare}`), join(workspace.folder, `over-${compare}`)];
      spec(
        `${hook('waits.sh', `touch '${begun}'; until [ -e '${over}' ]; do :; done`).replace('timeout: 3s', 'timeout: 30s')}, ` +
          `freeze: none, compare: ${compare}`,
      );
      const cutover = workspace.start('cutover', '--auto-approve');
      let ended = false;
      void cutover.result.finally(() => (ended = true));
      await waitUntil('the hook runs, or the writer was noticed before it', () => existsSync(begun) || ended);
      await moreCommits('the source is written to');
      writeFileSync(over, '');
      const { code, stdout, stderr } = await cutover.result;
      expect(code, stdout + stderr).toBe(7);
      expect(stderr).toMatch(/PGM622/);
      await moreCommits('the source takes writes');
    },
  );

  it.each([
    ['a transaction', 'rollback', /PGM622.*still open: "shop": pid \d+ \(postgres@.*insert into item/],
    ['a prepared transaction', "prepare transaction 'late'", /PGM622.*still open: .*prepared transaction "late"/],
  ])('notices %s that was open before the drain and would commit after it', async (_, end, expected) => {
    spec(', freeze: none');
    await withClient(servers.source, 'shop', async client => {
      await client.query("begin; insert into item (name) values ('late')");
      if (end !== 'rollback') await client.query(end);
      const { code, stdout, stderr } = await workspace.pgm('cutover', '--auto-approve');
      await client.query(end === 'rollback' ? end : "rollback prepared 'late'");
      expect(code, stdout + stderr).toBe(7);
      expect(stderr).toMatch(expected);
    });
    await moreCommits('the source takes writes');
  });
});

/** A client that has written and does not commit; `ended` when it was cut off. */
const openTransaction = async (): Promise<{ readonly ended: Promise<void> }> => {
  let begun = (): void => undefined;
  const isBegun = new Promise<void>(resolve => (begun = resolve));
  const ended = withClient(servers.source, 'shop', async client => {
    await client.query("begin; insert into item (name) values ('open')");
    begun();
    for (;;) await client.query('select pg_sleep(0.05)');
  }).then(
    () => undefined,
    () => undefined,
  );
  await isBegun;
  return { ended };
};

describe('a write stop that comes to its end', () => {
  it.each(['locks', 'read_only'])(
    'stops writers of every role (%s), sets every sequence, and loses nothing',
    async freeze => {
      spec(`, freeze: ${freeze}`);
      await sql(
        servers.source,
        'shop',
        "do $$ begin if not exists (select from pg_roles where rolname = 'app') then create role " +
          'app login; end if; end $$; grant insert, select on writer_log to app',
      );
      const ended = new AbortController();
      const acknowledged: number[] = [];
      const insistent = (async () => {
        let id = 1_000_000 * (freeze === 'locks' ? 1 : 2);
        while (!ended.signal.aborted) {
          await withClient(
            servers.source,
            'shop',
            async client => {
              for (;;) {
                await client.query('begin read write');
                await client.query("insert into writer_log (id, client, note) values ($1, 9, 'insistent')", [++id]);
                await client.query('commit');
                acknowledged.push(id);
              }
            },
            'app',
          ).catch(() => undefined);
        }
      })();
      await waitUntil('the insistent writer writes', () => acknowledged.length > 20);
      await sql(servers.source, 'shop', "select nextval('down'), nextval('cached')");
      // The locks would wait for it. Read-only stops nobody who has begun, so such a transaction is ended.
      const open = freeze === 'locks' ? null : await openTransaction();
      const { code, stdout, stderr } = await workspace.pgm('cutover', '--auto-approve');
      expect(code, stdout + stderr).toBe(0);
      ended.abort();
      await insistent;
      await open?.ended;
      for (const server of [servers.source, servers.target])
        expect(await value(server, 'shop', "select count(*) from item where name = 'open'")).toBe('0');
      expect(
        await value(
          servers.source,
          'shop',
          `select count(*)::int from writer_log where id = any('{${acknowledged.join(',')}}')`,
        ),
      ).toBe(String(acknowledged.length));
      expect(
        await value(
          servers.target,
          'shop',
          `select count(*)::int from writer_log where id = any('{${acknowledged.join(',')}}')`,
        ),
      ).toBe(String(acknowledged.length));
      const sequences =
        "select string_agg(x, ' ') from (select 'down ' || last_value || is_called from down union all " +
        "select 'cached ' || last_value || is_called from cached union all select 'never ' || last_value || " +
        "is_called from never union all select 'exhausted ' || last_value || is_called from exhausted) s(x)";
      expect(await value(servers.target, 'shop', sequences)).toBe(await value(servers.source, 'shop', sequences));
      writer.moveTo(servers.target);
      await moreCommits('commits on the target');

      await sql(servers.target, 'shop', "select nextval('down')");
      const back = await workspace.pgm('rollback', '--auto-approve');
      expect(back.code, back.stdout + back.stderr).toBe(0);
      writer.moveTo(servers.source);
      await moreCommits('commits on the source');
      expect(await value(servers.source, 'shop', 'select last_value from down')).toBe(
        await value(servers.target, 'shop', 'select last_value from down'),
      );
      await sql(servers.source, 'shop', 'delete from writer_log where client = 9');
    },
  );

  it('comes back by a revert of the spec and an apply, as well', async () => {
    const synced = workspace.read('pgm.yaml');
    workspace.write('pgm.yaml', synced.replace('goal: synced', 'goal: cutover'));
    expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(0);
    writer.moveTo(servers.target);
    await moreCommits('commits on the target');
    workspace.write('pgm.yaml', synced);
    expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(0);
    writer.moveTo(servers.source);
    await moreCommits('commits on the source');
    expect((await workspace.pgm('plan', '--detailed-exitcode')).code).toBe(0);
  });

  it('is not begun on a lane that stands on an error, nor rehearsed: the row is named, and nobody waits', async () => {
    spec('', 'verify: off');
    await sql(
      servers.target,
      'shop',
      'begin read write; set local session_replication_role = replica; insert into ' +
        "item (id, name) values (700000, 'in the way'); commit",
    );
    await sql(servers.source, 'shop', "insert into item (id, name) values (700000, 'refused')");
    const before = writer.count;
    const rehearsal = await workspace.pgm('cutover', '--rehearse');
    // Here the wait for the lane, a step of its own, finds it out.
    const cutover = await workspace.pgm('cutover', '--auto-approve');
    await sql(
      servers.target,
      'shop',
      'begin read write; set local session_replication_role = replica; delete from item where id = 700000; commit',
    );
    for (const [{ code, stdout, stderr }, expected] of [
      [rehearsal, 6],
      [cutover, 7],
    ] as const) {
      expect(code, stdout + stderr).toBe(expected);
      expect(stdout + stderr).toMatch(/PGM604[\s\S]*700000/);
    }
    expect(writer.count).toBeGreaterThan(before);
    await moreCommits('the source takes writes');
    const lsn = await value(servers.source, 'shop', 'select pg_current_wal_insert_lsn()::text');
    await waitUntil(
      'the lane goes on by itself',
      async () =>
        (await value(
          servers.source,
          'shop',
          `select count(*)::int from pg_stat_replication where replay_lsn >= '${lsn ?? ''}'`,
        )) === '1',
    );
  });

  it('has lost and doubled nothing, and leaves nothing behind', async () => {
    const report = await writer.stop();
    expect(await lostCommits(servers.source, 'shop', report)).toEqual({ missing: [], foreign: [] });
    const { code, stdout, stderr } = await workspace.pgm('destroy', '--open', '--auto-approve');
    expect(code, stdout + stderr).toBe(0);
    // The servers' user is a superuser; whoever is not may connect again, too.
    expect(await value(servers.target, 'shop', "select has_database_privilege('public', 'shop', 'connect')")).toBe(
      'true',
    );
  });
});
