import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobQueue } from '../support/clients/jobs.mjs';
import type { RealClient } from '../support/clients/ledger.js';
import { knexPool, pgPool, postgresJs, psycopg, type Address } from '../support/clients/stacks.mjs';
import { recovery, useOutcomes } from '../support/outcomes.js';
import { pgbouncerProgram, startPgbouncer, type PgBouncer } from '../support/pgbouncer.js';
import { specText, useWorkspace, type RunningPgm } from '../support/pgm.js';
import {
  createDatabase,
  hostOf,
  logicalSettings,
  restartCommand,
  sql,
  useServers,
  value,
  type LocalServer,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

/** PGM_CLIENTS=all: five stacks and every fault; else node-postgres and knex, and one fault each way. */
const everything = process.env['PGM_CLIENTS'] === 'all';
const python = everything ? withPsycopg() : null;

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();
const told = useOutcomes();
const clients: RealClient[] = [];
const stops: (() => Promise<unknown>)[] = [];
const queue = jobQueue();
let listening: ReturnType<typeof pgPool> | null = null;

const file = (name: string): string => join(workspace.folder, name);
const at = (): Address => {
  const [host = '', port = ''] = readFileSync(file('at'), 'utf8').trim().split(' ');
  return { host, port: Number(port) };
};

/** Sends clients over: the direct ones read a file, as does the proxy; both PgBouncers are rewritten. */
const hook = `#!/bin/sh
echo "$PGM_HOOK $PGM_EVENT undone=$PGM_UNDONE" >> told
fault=$(cat "fault-$PGM_HOOK" 2> /dev/null)
rm -f "fault-$PGM_HOOK"
case "$PGM_HOOK" in
before)
  if [ -e queue ]; then rm -f working; touch drain; while [ ! -e drained ]; do sleep 0.02; done; fi ;;
switch)
  echo "$PGM_HOST $PGM_PORT" > new-at && mv new-at at
  for each in transaction session; do
    if [ -e $each/pgbouncer.ini ]; then
      sed "s/^shop = .*/shop = host=$PGM_HOST port=$PGM_PORT user=app/" $each/pgbouncer.ini > new.ini
      cat new.ini > $each/pgbouncer.ini
    fi
  done
  if [ -e session/pid ]; then kill -HUP "$(cat session/pid)"; fi ;;
after)
  if [ -e queue ]; then rm -f drained; echo "$PGM_HOST $PGM_PORT" > new-resume && mv new-resume resume
  while [ ! -e working ]; do sleep 0.02; done; fi ;;
esac
case "$fault" in
  fails) exit 1 ;;
  hangs) sleep 600 & wait ;;
  waits) touch held; while [ -e held ]; do sleep 0.02; done ;;
  *restart*) eval "$fault" ;;
esac
`;

interface Fault {
  readonly name: string;
  readonly hook: 'before' | 'switch';
  readonly fault: (from: LocalServer, to: LocalServer) => string;
  readonly whileHeld?: (running: RunningPgm) => void | Promise<void>;
}

const restart = (server: LocalServer): string =>
  restartCommand(server)
    .map(word => `'${word}'`)
    .join(' ');

const faults: readonly Fault[] = [
  { name: 'the hook in the stop fails', hook: 'switch', fault: () => 'fails' },
  { name: 'the hook before the stop fails', hook: 'before', fault: () => 'fails' },
  { name: 'the hook hangs', hook: 'switch', fault: () => 'hangs' },
  { name: 'pgm is killed before the stop', hook: 'before', fault: () => 'waits', whileHeld: kill('SIGKILL') },
  { name: 'pgm is killed in the stop', hook: 'switch', fault: () => 'waits', whileHeld: kill('SIGKILL') },
  { name: 'pgm is told to end', hook: 'switch', fault: () => 'waits', whileHeld: kill('SIGTERM') },
  { name: 'the side that takes over is restarted', hook: 'switch', fault: (_, to) => restart(to) },
  { name: 'the side that hands over is restarted', hook: 'switch', fault: from => restart(from) },
];

function kill(signal: NodeJS.Signals): (running: RunningPgm) => void {
  return running => void running.process.kill(signal);
}

/** Python with psycopg, where it is installed. */
function withPsycopg(): string | null {
  for (const program of ['/usr/bin/python3', 'python3']) {
    try {
      execFileSync(program, ['-c', 'import psycopg'], { stdio: 'ignore' });
      return program;
    } catch {
      // Another one may have it.
    }
  }
  return null;
}

/** A TCP proxy: what is open stays where it is, what comes goes where the hook has pointed it. */
async function startTcpProxy(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer(client => {
    const upstream: Socket = dial(at());
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.pipe(other).on('error', () => one.destroy());
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, server };
}

async function startBouncer(mode: 'transaction' | 'session'): Promise<PgBouncer> {
  const folder = file(mode);
  mkdirSync(folder);
  const bouncer = await startPgbouncer(servers.source, { mode, database: 'shop', folder });
  writeFileSync(
    bouncer.file,
    readFileSync(bouncer.file, 'utf8').replace(/(\[databases\][^[]*)user=postgres/, '$1user=app'),
  );
  process.kill(bouncer.pid, 'SIGHUP');
  writeFileSync(join(folder, 'pid'), String(bouncer.pid));
  stops.push(() => bouncer.stop());
  return bouncer;
}

async function startAll(): Promise<string> {
  listening = pgPool(at);
  clients.push(listening);
  let pgbouncer = '';
  if (pgbouncerProgram !== undefined) {
    const { port } = await startBouncer('transaction');
    clients.push(knexPool({ host: '127.0.0.1', port }));
    pgbouncer = `  pgbouncer: {admin: "postgres://postgres@127.0.0.1:${port}/pgbouncer", databases: [shop]}\n`;
  }
  if (!everything) return pgbouncer;
  const proxy = await startTcpProxy();
  stops.push(() => new Promise(done => proxy.server.close(done)));
  clients.push(postgresJs({ host: '127.0.0.1', port: proxy.port }));
  if (pgbouncerProgram !== undefined && python !== null)
    clients.push(psycopg(python, { host: '127.0.0.1', port: (await startBouncer('session')).port }));
  // Before the first apply: it makes its own tables.
  workspace.write('queue', '');
  await queue.start(at());
  workspace.write('working', '');
  const watching = setInterval(() => void follow(), 20);
  stops.push(async () => clearInterval(watching));
  return pgbouncer;
}

let following = false;
/** What the hooks around the switch ask of the workers. */
async function follow(): Promise<void> {
  if (following) return;
  following = true;
  try {
    if (existsSync(file('drain'))) {
      await queue.drain();
      rmSync(file('drain'));
      workspace.write('drained', '');
    }
    if (existsSync(file('resume'))) {
      const [host = '', port = ''] = workspace.read('resume').trim().split(' ');
      rmSync(file('resume'));
      await queue.drain();
      await queue.start({ host, port: Number(port) });
      workspace.write('working', '');
    }
  } finally {
    following = false;
  }
}

beforeAll(async () => {
  await sql(servers.source, 'postgres', 'create role app login');
  await createDatabase(
    servers.source,
    'shop',
    'create type spare as (a int); create type parcel as (weight int, wrapping text); ' +
      'create table orders (id bigserial primary key, client text not null, n int not null, parcel parcel); ' +
      'create table account (id int primary key, orders int not null default 0); insert into account values (1); ' +
      'grant select, insert, update on orders, account to app; grant usage on sequence orders_id_seq to app; ' +
      'grant create on database shop to app',
  );
  writeFileSync(file('at'), `${hostOf(servers.source)} ${servers.source.port}\n`);
  workspace.write('hook.sh', hook);
  chmodSync(file('hook.sh'), 0o755);
  const pgbouncer = await startAll();
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      `method: continuous\nreplica_identity: {missing: full}\ncutover:\n  watch: 10s\n  timeout: 8s\n${pgbouncer}` +
        '  hooks: {before: [./hook.sh], switch: [./hook.sh], after: [./hook.sh], timeout: 30s}\ngoal: synced',
    ),
  );
  await workspace.succeeds('apply', '--auto-approve');
}, 180_000);

afterAll(async () => {
  await Promise.all(clients.map(client => client.stop()));
  if (everything) await queue.drain();
  for (const stop of stops) await stop();
  await workspace.pgm('destroy', '--auto-approve');
});

/** Nobody is locked out: each places orders again. */
async function allGoOn(): Promise<void> {
  const before = clients.map(({ ledger }) => ledger.acknowledged.size);
  const done = queue.done.size;
  await waitUntil(
    'every client places orders',
    () => clients.every(({ ledger }, index) => ledger.acknowledged.size > (before[index] ?? 0) + 5),
    60_000,
  ).catch((error: unknown) => {
    throw new Error(
      `${String(error)}: ${JSON.stringify(clients.map(({ ledger }) => [ledger.name, [...ledger.refused]]))}`,
    );
  });
  if (everything) await waitUntil('jobs are done', () => queue.done.size > done + 5, 60_000);
}

/** What pgm left when it was ended, taken to where it was: the goal is put back, and applied. */
async function settle(goal: string): Promise<void> {
  workspace.write('pgm.yaml', workspace.read('pgm.yaml').replace(/^goal: .*/m, `goal: ${goal}`));
  await workspace.succeeds('apply', '--auto-approve');
}

async function failing(command: string, { hook: phase, fault, whileHeld }: Fault, from: LocalServer, to: LocalServer) {
  rmSync(file('held'), { force: true });
  workspace.write(`fault-${phase}`, fault(from, to));
  const running = workspace.start(command, '--auto-approve');
  if (whileHeld !== undefined) {
    await waitUntil('the hook is held', () => existsSync(file('held')), 60_000);
    await whileHeld(running);
  }
  const result = await running.result;
  rmSync(file('held'), { force: true });
  return result;
}

const stalls = (): string => clients.map(({ ledger }) => `${ledger.name} ${ledger.stall()} ms`).join(', ');

describe.each([
  ['cutover', 'source', 'target', 'synced', faults.slice(0, everything ? undefined : 1)],
  ['rollback', 'target', 'source', 'cutover', everything ? faults : []],
  ...(everything ? ([['cutover', 'source', 'target', 'synced', []]] as const) : []),
] as const)('real clients through a %s', (command, from, to, old, chosen) => {
  for (const fault of chosen)
    it(`that fails: ${fault.name}`, async () => {
      const { code, signal, stdout, stderr } = await failing(command, fault, servers[from], servers[to]);
      const began = performance.now();
      expect(code, stdout + stderr).not.toBe(0);
      if (signal !== null || code === 143) await settle(old);
      await allGoOn();
      told(recovery(`${fault.name}, with real clients`, began));
      expect(at().port).toBe(servers[from].port);
    });

  it('go over', async () => {
    await allGoOn();
    stalls();
    const { stdout } = await workspace.succeeds(command, '--auto-approve', '--json');
    await allGoOn();
    if (everything) process.stdout.write(`longest stall of each client at the ${command}: ${stalls()}\n`);
    expect(at().port).toBe(servers[to].port);
    // All of them came while pgm watched.
    expect(stdout).not.toContain('had sessions on the');
  });
});

describe('real clients', () => {
  it('have each order and each job exactly once, as they were told', async () => {
    await Promise.all(clients.map(client => client.stop()));
    const leader = at().port === servers.target.port ? servers.target : servers.source;
    for (const { ledger } of clients) {
      const rows = await sql<{ n: number; times: number }>(
        leader,
        'shop',
        `select n, count(*)::int as times from orders where client = '${ledger.name}' group by n`,
      );
      const there = new Map(rows.map(({ n, times }) => [n, times]));
      expect(ledger.acknowledged.size, ledger.name).toBeGreaterThan(20);
      expect(
        [...ledger.acknowledged].filter(n => there.get(n) !== 1),
        `${ledger.name}: missing`,
      ).toEqual([]);
      expect(
        [...there].filter(([n, times]) => times !== 1 || !(ledger.acknowledged.has(n) || ledger.open.has(n))),
        `${ledger.name}: too many`,
      ).toEqual([]);
    }
    const knexOrders = await value(leader, 'shop', "select count(*) from orders where client = 'knex'");
    expect(await value(leader, 'shop', 'select orders from account')).toBe(knexOrders);
    expect(listening?.heard()).toBeGreaterThan(20);
    if (!everything) return;
    await queue.rest();
    await waitUntil('all jobs are done', () => [...queue.sent].every(n => queue.done.has(n)), 60_000);
    await queue.drain();
    const jobs = await sql<{ n: number; times: number }>(
      leader,
      'shop',
      "select (data ->> 'n')::int as n, count(*)::int as times from pgboss.job where name = 'mail' and state = 'completed' group by 1",
    );
    const there = new Map(jobs.map(({ n, times }) => [n, times]));
    expect([...queue.sent].filter(n => there.get(n) !== 1)).toEqual([]);
    expect([...there].filter(([n, times]) => times !== 1 || !(queue.sent.has(n) || queue.open.has(n)))).toEqual([]);
  });
});
