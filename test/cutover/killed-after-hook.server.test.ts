import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eachFault, longFault } from '../faults/each-fault.js';
import { compareDatabases } from '../support/compare.js';
import { recovery, useOutcomes } from '../support/outcomes.js';
import { specText, useWorkspace, type PgmResult } from '../support/pgm.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  useServers,
  value,
  type LocalServer,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { lostCommits, startWriter, type Writer, type WriterReport } from '../support/writer.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();
const told = useOutcomes();
let writer: Writer | undefined;

/** Tells where clients are sent, and waits where the test says so. */
const hook = `#!/bin/sh
echo "$PGM_EVENT $PGM_PORT" >> sent
if [ -e slow ]; then
  sh -c 'while [ -e slow ]; do sleep 0.05; done; echo child >> moved' & child=$!
  setsid sh -c 'echo $$ > apart; while [ -e slow ]; do sleep 0.05; done; echo apart >> moved' &
  while [ ! -s apart ]; do sleep 0.02; done
  echo $PPID $$ $child $(cat apart) > running
  wait
  echo hook >> moved
fi
while [ -e hold ]; do sleep 0.05; done
`;

beforeEach(async () => {
  await createDatabase(
    servers.source,
    'shop',
    'create table item (id serial primary key, name text); insert into item ' +
      '(name) select n::text from generate_series(1, 100) n',
  );
  writer = await startWriter(servers.source, 'shop', { clients: 2, pauseMs: 5 });
  workspace.write('switch.sh', hook);
  chmodSync(join(workspace.folder, 'switch.sh'), 0o755);
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      'method: continuous\ncutover: {failback: true, timeout: 60s, hooks: {switch: [[./switch.sh]]}}\ngoal: synced',
    ),
  );
  await workspace.succeeds('apply', '--auto-approve');
});
afterEach(async () => {
  await writer?.stop();
  await workspace.pgm('destroy', '--auto-approve');
  await dropDatabases(servers.source, 'shop');
  await dropDatabases(servers.target, 'shop');
  for (const name of ['sent', 'hold', 'slow', 'moved', 'running', 'apart'])
    rmSync(join(workspace.folder, name), { force: true });
});

const sent = (): readonly string[] =>
  existsSync(join(workspace.folder, 'sent'))
    ? readFileSync(join(workspace.folder, 'sent'), 'utf8').trim().split('\n')
    : [];

/** A cutover that is killed when its hook has run, before the commit that shuts the source. */
async function killedBeforeTheShut(whileHeld: () => Promise<void>): Promise<PgmResult> {
  Object.assign(workspace.environment, {
    NODE_OPTIONS: `--import ${join(import.meta.dirname, 'kill-at.mjs')}`,
    KILL_AT: 'begin; alter database .* on; revoke',
    KILL_WHEN: 'before',
    // The first one shuts the target, before the hook.
    KILL_NTH: '2',
  });
  workspace.write('hold', '');
  const running = workspace.start('cutover', '--auto-approve');
  for (const name of ['NODE_OPTIONS', 'KILL_AT', 'KILL_WHEN', 'KILL_NTH'])
    Reflect.deleteProperty(workspace.environment, name);
  await waitUntil('the hook runs', () => sent().length > 0);
  await whileHeld();
  rmSync(join(workspace.folder, 'hold'));
  const killed = await running.result;
  expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
  return killed;
}

/** The target turns everyone away but those who pass by its triggers as replication does: superusers may. */
async function insistOnTheTarget(): Promise<void> {
  await sql(
    servers.target,
    'shop',
    'begin read write; set local session_replication_role = replica; insert into item ' +
      "(id, name) values (100000, 'on the target alone'); commit",
  );
}

async function moreCommits(what: string): Promise<void> {
  const before = writer?.count ?? 0;
  await waitUntil(what, () => (writer?.count ?? 0) > before + 20);
}

/** What clients wrote on one side and then on the other. */
function together(...reports: readonly (WriterReport | undefined)[]): WriterReport {
  const all = (ids: 'acknowledged' | 'unknown'): Set<number> =>
    new Set(reports.flatMap(report => [...(report?.[ids] ?? [])]));
  return { acknowledged: all('acknowledged'), unknown: all('unknown'), longestGap: 0, errors: new Set() };
}

/**
 * By hand, as the way out says: what the source alone has goes to the target, and rows that it alone inserted go from
 * the source.
 */
async function bringOver(): Promise<void> {
  const rowsOf = (server: LocalServer, table: string): Promise<{ id: string; row: string }[]> =>
    sql(server, 'shop', `select id::text, to_jsonb(t)::text as row from ${table} t`);
  for (const table of ['writer_log', 'writer_account', 'writer_queue']) {
    const there = new Set((await rowsOf(servers.target, table)).map(({ id }) => id));
    const here = await rowsOf(servers.source, table);
    const inserted = here.filter(({ id }) => !there.has(id));
    for (const { row } of inserted)
      await sql(
        servers.target,
        'shop',
        `insert into ${table} select * from jsonb_populate_record(null::${table}, ${pg.escapeLiteral(row)})`,
      );
    const gone = [...there].filter(id => !here.some(each => each.id === id));
    await sql(servers.target, 'shop', `delete from ${table} where id = any('{${gone.join(', ')}}')`);
    await sql(
      servers.source,
      'shop',
      `delete from ${table} where id = any('{${inserted.map(({ id }) => id).join(', ')}}')`,
    );
    if (table === 'writer_account')
      for (const { id, row } of here)
        await sql(
          servers.target,
          'shop',
          'update writer_account set (balance, touched) = (select balance, touched from ' +
            `jsonb_populate_record(null::writer_account, ${pg.escapeLiteral(row)})) where id = ${id}`,
        );
  }
}

async function nothingIsLost(): Promise<void> {
  const report = await writer?.stop();
  writer = undefined;
  if (report !== undefined)
    expect(await lostCommits(servers.target, 'shop', report)).toEqual({ missing: [], foreign: [] });
}

describe('pgm killed after its switch hook, before the source is shut', () => {
  it('finishes the switch when clients have moved and write on the target', { timeout: 180_000 }, async () => {
    // Those who still wait for the locks on the source would go on there.
    const before = await writer?.stop();
    await killedBeforeTheShut(insistOnTheTarget);
    const began = performance.now();
    const { stdout } = await workspace.succeeds('apply', '--auto-approve');
    told(recovery('kill -9 after the switch hook, clients have moved', began));
    expect(stdout).toMatch(/a hook has moved clients to the target already/);
    expect(sent()).toEqual([`cutover ${servers.target.port}`, `cutover ${servers.target.port}`]);
    writer = await startWriter(servers.target, 'shop', { clients: 2, pauseMs: 5 });
    await moreCommits('commits on the target');
    const after = await writer.stop();
    writer = undefined;
    expect(await lostCommits(servers.target, 'shop', together(before, after))).toEqual({ missing: [], foreign: [] });
    // The way back carries what the target alone had.
    await waitUntil(
      'the source follows',
      async () =>
        (await compareDatabases(servers.target, servers.source, 'shop')).filter(line => !line.includes('_seq'))
          .length === 0,
    );
  });

  it(
    'is blocked when both sides were written to, and stays with the source when the user decides so',
    { timeout: 180_000 },
    async () => {
      await killedBeforeTheShut(insistOnTheTarget);
      // Its clients had not all moved: the source is free again.
      await moreCommits('commits on the source');
      const blocked = await workspace.pgm('apply', '--auto-approve', '--goal', 'cutover');
      expect(blocked.code, blocked.stdout + blocked.stderr).toBe(6);
      expect(blocked.stdout + blocked.stderr).toMatch(
        /PGM627[\s\S]*both sides of "shop" were written to since: \d+ row changes on the source alone, 1 on the target alone/,
      );
      const [, drop = ''] =
        /stay on the source: .* then on the target: (select pg_drop_replication_slot\('\w+'\);)/.exec(
          (await workspace.pgm('plan')).stdout,
        ) ?? [];
      await sql(servers.source, 'shop', "insert into item (id, name) values (100000, 'on the target alone')");
      await sql(
        servers.target,
        'shop',
        'begin read write; set local session_replication_role = replica; delete ' +
          `from item where id = 100000; commit; ${drop}`,
      );
      const began = performance.now();
      const { stdout } = await workspace.succeeds('apply', '--auto-approve', '--goal', 'cutover');
      told(recovery('kill -9 after the switch hook, both sides written to, the source stays', began));
      expect(stdout).toMatch(/undo what an interrupted cutover left/);
      writer?.moveTo(servers.target);
      await moreCommits('commits on the target');
      await nothingIsLost();
      expect(await value(servers.target, 'shop', 'select name from item where id = 100000')).toBe(
        'on the target alone',
      );
    },
  );

  longFault(
    'is blocked when both sides were written to, and goes on with the target when the user decides so',
    { timeout: 180_000 },
    async () => {
      await killedBeforeTheShut(insistOnTheTarget);
      await moreCommits('commits on the source');
      const blocked = await workspace.pgm('apply', '--auto-approve', '--goal', 'cutover');
      expect(blocked.code, blocked.stdout + blocked.stderr).toBe(6);
      const [, drop = ''] =
        /go on with the target: .* then there: ((?:select pg_drop_replication_slot\('\w+'\); ?)+)The next apply finishes/.exec(
          (await workspace.pgm('plan')).stdout,
        ) ?? [];
      // As the way out says: nobody writes on the source any more, and what it alone has is brought over.
      const before = await writer?.stop();
      await bringOver();
      await sql(servers.source, 'shop', drop);
      writer = await startWriter(servers.target, 'shop', { clients: 2, pauseMs: 5 });
      const began = performance.now();
      const { stdout } = await workspace.succeeds('apply', '--auto-approve', '--goal', 'cutover');
      told(recovery('kill -9 after the switch hook, both sides written to, on with the target', began));
      expect(stdout).toMatch(/finish the cutover that was interrupted/);
      await moreCommits('commits on the target go on');
      const after = await writer.stop();
      writer = undefined;
      expect(await lostCommits(servers.target, 'shop', together(before, after))).toEqual({ missing: [], foreign: [] });
      expect(await value(servers.target, 'shop', 'select name from item where id = 100000')).toBe(
        'on the target alone',
      );
      await waitUntil(
        'the source follows',
        async () =>
          (await compareDatabases(servers.target, servers.source, 'shop')).filter(line => !line.includes('_seq'))
            .length === 0,
      );
    },
  );

  it('undoes it and sends clients back when none of them wrote there', { timeout: 180_000 }, async () => {
    await killedBeforeTheShut(() => Promise.resolve());
    await moreCommits('commits on the source, which is free');
    const began = performance.now();
    const { stdout } = await workspace.succeeds('apply', '--auto-approve', '--goal', 'cutover');
    expect(stdout).toMatch(/undo what an interrupted cutover left/);
    told(recovery('kill -9 after the switch hook, nobody has moved', began));
    expect(sent()).toEqual([
      `cutover ${servers.target.port}`,
      `failback ${servers.source.port}`,
      `cutover ${servers.target.port}`,
    ]);
    writer?.moveTo(servers.target);
    await moreCommits('commits on the target');
    await nothingIsLost();
  });
});

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('pgm killed while its switch hook runs', () => {
  eachFault(
    [
      { name: 'with its whole process group', group: true, keeper: false },
      { name: 'alone', group: false, keeper: false },
      { name: 'with what watches its programs', group: true, keeper: true },
    ],
    ['with what'],
  )(
    '$name: the hook ends too, and what it started, before it can send clients to a side that does not take the writes',
    { timeout: 180_000 },
    async ({ name, group, keeper: watcher }) => {
      const file = (each: string): string => join(workspace.folder, each);
      workspace.write('slow', '');
      const running = workspace.startInGroup('cutover', '--auto-approve');
      await waitUntil('the hook runs', () => existsSync(file('running')));
      const pid = running.process.pid ?? 0;
      const [keeper = 0, ...pids] = workspace.read('running').trim().split(' ').map(Number);
      if (watcher) process.kill(keeper, 'SIGKILL');
      process.kill(group ? -pid : pid, 'SIGKILL');
      expect((await running.result).signal).toBe('SIGKILL');
      if (!watcher) {
        await waitUntil('hook and children are gone', () => pids.every(isGone));
        rmSync(file('slow'));
      }
      await moreCommits('commits on the source');
      const began = performance.now();
      // The hook that runs again ends at once; the one that was left would too, and say where it sent clients.
      workspace.write('switch.sh', hook.replace('-e slow', '-e never'));
      chmodSync(file('switch.sh'), 0o755);
      const { stdout } = await workspace.succeeds('apply', '--auto-approve', '--goal', 'cutover');
      told(recovery(`kill -9 in the switch hook, ${name}`, began));
      expect(stdout).toMatch(/undo what an interrupted cutover left/);
      // What was left alone would stay as long as there is the file; a process that ended is still there until it is reaped.
      await waitUntil('hook and children are gone', () => pids.every(isGone));
      rmSync(file('slow'), { force: true });
      expect(existsSync(file('moved'))).toBe(false);
      expect(sent().at(-1)).toBe(`cutover ${servers.target.port}`);
      writer?.moveTo(servers.target);
      await moreCommits('commits on the target');
      await nothingIsLost();
    },
  );
});
