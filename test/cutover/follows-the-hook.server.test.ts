import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recovery, useOutcomes } from '../support/outcomes.js';
import { specText, useWorkspace, type PgmResult, type RunningPgm } from '../support/pgm.js';
import {
  createDatabase,
  logicalSettings,
  restartCommand,
  sql,
  useServers,
  value,
  type LocalServer,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { lostCommits, startWriter, type Writer } from '../support/writer.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();
const told = useOutcomes();
const databases = ['shop', 'crm'];
const writers: Writer[] = [];
let following: NodeJS.Timeout;

/** Sends clients to the side that takes over: all of them read the file. Then it fails as the test says, once. */
const hook = `#!/bin/sh
echo "$PGM_PORT" > at
echo "$PGM_EVENT" >> events
fault=$(cat fault 2> /dev/null)
rm -f fault
case "$fault" in
  fails) sleep 0.3; exit 1 ;;
  hangs) sleep 600 & wait ;;
  *restart*) eval "$fault" ;;
  waits) while [ -e hold ]; do sleep 0.05; done; echo "$PGM_EVENT" >> outlived ;;
esac
`;

/** Each is done to a switch whose hook has sent the clients over already, and leaves it undone. */
interface Fault {
  readonly name: string;
  /** What the hook does. */
  readonly hook: (to: LocalServer, from: LocalServer) => string;
  readonly whileHeld?: (running: RunningPgm) => Promise<void>;
  /** Of pgm; null: a signal ends it, and the next apply undoes what it left. */
  readonly code: number | null;
}

const restart = (server: LocalServer): string =>
  restartCommand(server)
    .map(word => `'${word}'`)
    .join(' ');
const faults: readonly Fault[] = [
  { name: 'the hook fails', hook: () => 'fails', code: 7 },
  { name: 'the hook hangs', hook: () => 'hangs', code: 7 },
  {
    name: 'kill -9',
    hook: () => 'waits',
    code: null,
    whileHeld: async running => void running.process.kill('SIGKILL'),
  },
  { name: 'SIGTERM', hook: () => 'waits', code: 143, whileHeld: async running => void running.process.kill('SIGTERM') },
  { name: 'the side that takes over is restarted', hook: to => restart(to), code: 7 },
  { name: 'the side that hands over is restarted', hook: (_, from) => restart(from), code: 7 },
  {
    name: 'the sessions with the locks are ended',
    hook: () => 'waits',
    code: 7,
    whileHeld: async () => {
      for (const server of [servers.source, servers.target])
        await sql(
          server,
          'postgres',
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pgm: %/cutover lock'",
        );
      rmSync(join(workspace.folder, 'hold'));
    },
  },
];

const everything = process.env['PGM_FAULTS'] === 'all';

const spec = (freeze: string): void =>
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      `method: continuous\ndatabases: {include: [${databases.join(', ')}]}\ncutover: {failback: true, ` +
        `freeze: ${freeze}, timeout: 15s, hooks: {switch: [[./switch.sh]]}}\ngoal: synced`,
    ),
  );

beforeAll(async () => {
  for (const database of databases) {
    await createDatabase(
      servers.source,
      database,
      'create table parent (id int, at date, primary key (id, at)) partition by range (at); create ' +
        'table child partition of parent for values from (minvalue) to (maxvalue)',
    );
    writers.push(await startWriter(servers.source, database, { clients: 2, pauseMs: 5 }));
  }
  workspace.write('switch.sh', hook);
  chmodSync(join(workspace.folder, 'switch.sh'), 0o755);
  spec('locks');
  await workspace.succeeds('apply', '--auto-approve');
  following = setInterval(() => {
    if (!existsSync(join(workspace.folder, 'at'))) return;
    const port = readFileSync(join(workspace.folder, 'at'), 'utf8').trim();
    const at = [servers.source, servers.target].find(server => String(server.port) === port);
    if (at !== undefined) for (const writer of writers) writer.moveTo(at);
  }, 10);
});
afterAll(async () => {
  clearInterval(following);
  await Promise.all(writers.map(writer => writer.stop()));
  await workspace.pgm('destroy', '--auto-approve');
});

const moreCommits = async (what: string): Promise<void> => {
  const before = writers.map(({ count }) => count);
  await waitUntil(what, () => writers.every(({ count }, index) => count > (before[index] ?? 0) + 10));
};

/** Those who have come already are told so, superusers and those who insist on writing, too. */
const isShut = async (server: LocalServer): Promise<void> => {
  for (const database of databases)
    for (const write of [
      "insert into writer_log values (-1, 1, '')",
      'truncate child',
      'insert into parent values (1)',
    ])
      await expect(sql(server, database, `begin read write; ${write}; commit`)).rejects.toThrow(
        /writes to "\w+" are on the (source|target) server/,
      );
};

const mayConnect =
  "select datacl is null or exists (select from aclexplode(datacl) where grantee = 0 and privilege_type = 'CONNECT') " +
  'from pg_database where datname = current_database()';

/** What `pgm status` says of a side that is kept shut. */
const keptShut = async (): Promise<readonly string[]> => {
  const { stdout } = await workspace.succeeds('status', '--json');
  const { drift } = JSON.parse(stdout) as { drift: readonly { code: string; server: string }[] };
  return drift.filter(({ code }) => code === 'PGM626').map(({ server }) => server);
};

const failedSwitch = async (command: string, fault: Fault, to: LocalServer, from: LocalServer): Promise<PgmResult> => {
  workspace.write('hold', '');
  rmSync(join(workspace.folder, 'outlived'), { force: true });
  workspace.write('fault', fault.hook(to, from));
  const running = workspace.start(command, '--auto-approve');
  await waitUntil('the hook runs', () => !existsSync(join(workspace.folder, 'fault')), 60_000).catch(() => {
    throw new Error(running.output());
  });
  if (fault.whileHeld !== undefined) {
    await isShut(to);
    await fault.whileHeld(running);
  }
  const result = await running.result;
  rmSync(join(workspace.folder, 'hold'), { force: true });
  return result;
};

describe.each([
  ['first cutover', 'cutover', 'locks', ['the hook fails', 'kill -9', 'the side that takes over is restarted']],
  ['rollback', 'rollback', 'locks', ['the sessions with the locks are ended']],
  ['second cutover, read-only', 'cutover', 'read_only', ['SIGTERM']],
] as const)('clients that follow the switch hook at once (%s)', (which, command, freeze, short) => {
  const [old, next] = command === 'cutover' ? (['synced', 'cutover'] as const) : (['cutover', 'synced'] as const);
  const [from, to] = command === 'cutover' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  const chosen = faults.filter(({ name }) => everything || (short as readonly string[]).includes(name));

  it.each(chosen)('lose nothing when $name, and find themselves where the writes are', async fault => {
    workspace.write('pgm.yaml', workspace.read('pgm.yaml').replace(/freeze: \w+/, `freeze: ${freeze}`));
    const result = await failedSwitch(command, fault, servers[to], servers[from]);
    const began = performance.now();
    if (fault.code === null) {
      expect(result.signal).toBe('SIGKILL');
      // By itself, whoever gets there.
      if (freeze === 'locks')
        await sql(servers[from], 'shop', "insert into parent values ((random() * 1e9)::int, '2020-01-01')");
      await workspace.succeeds('apply', '--auto-approve', '--goal', old);
      // Its hook is not left to go on alone.
      expect(existsSync(join(workspace.folder, 'outlived'))).toBe(false);
    } else expect(result.code, result.stdout + result.stderr).toBe(fault.code);
    await moreCommits('they commit again');
    told(recovery(`${fault.name} after the hook of a ${command}`, began));
    expect(workspace.read('at').trim()).toBe(String(servers[from].port));
    // A client that has not heard of it must not write there.
    await isShut(servers[to]);
    // PGM626 is of a side that no switch which came to its end has shut.
    expect(await keptShut()).toEqual(which === 'first cutover' ? [to] : []);
  });

  it('go over in the end', async () => {
    if (which === 'first cutover') {
      // The target remembers who is shut, and whom to let in again.
      rmSync(join(workspace.folder, 'pgm.lock.json'));
      expect(await keptShut()).toEqual([to]);
    }
    await workspace.succeeds(command, '--auto-approve');
    await moreCommits('they commit');
    expect(workspace.read('at').trim()).toBe(String(servers[to].port));
    await isShut(servers[from]);
    expect(await keptShut()).toEqual([]);
    // Nobody is left behind read-only, or outside.
    for (const database of databases) {
      expect(await value(servers[to], database, mayConnect), database).toBe('true');
      await sql(servers[to], database, "insert into parent values ((random() * 1e9)::int, '2020-01-01')");
      expect(
        await value(
          servers[to],
          database,
          'select count(*) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where ' +
            "d.datname = current_database() and s.setrole = 0 and s.setconfig::text ~ 'read_only'",
        ),
      ).toBe('0');
    }
    expect((JSON.parse(workspace.read('pgm.lock.json')) as { reached: string; shut?: unknown }).reached).toBe(next);
    expect(workspace.read('pgm.lock.json')).not.toContain('"shut"');
  });
});

describe('clients that follow the switch hook at once', () => {
  it('have lost nothing, on either side, after all that', async () => {
    for (const [index, database] of databases.entries()) {
      const report = await writers[index]?.stop();
      if (report !== undefined)
        expect(await lostCommits(servers.target, database, report)).toEqual({ missing: [], foreign: [] });
    }
  });
});
