import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Lockfile } from '../../src/state/lockfile.js';
import { useWorkspace, type PgmResult } from '../support/pgm.js';
import {
  createDatabase,
  isRunning,
  logicalSettings,
  sql,
  startServer,
  stopServer,
  url,
  useServers,
  value,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { eachFault } from './each-fault.js';

const root = resolve(import.meta.dirname, '../..');
const servers = useServers({
  source: { major: 14, settings: { wal_level: 'replica' } },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();
const inFolder = (name: string): string => join(workspace.folder, name);

/** Stops the server, waits for the file `go`, starts it; says a line at each; `runs` has a line for each run. */
const restartScript = (): string => `
import { appendFileSync, existsSync } from 'node:fs';
import { openServer, startServer, stopServer } from ${JSON.stringify(join(root, 'dist/cli/demo/server.js'))};
const folder = ${JSON.stringify(workspace.folder)};
appendFileSync(folder + '/runs', process.pid + '\\n');
const server = await openServer(${JSON.stringify(servers.source.folder)});
console.log('stopping');
await stopServer(server);
console.log('stopped');
while (!existsSync(folder + '/go')) await new Promise(resolve => setTimeout(resolve, 50));
await startServer(server);
console.log('started');
// As a server does that was started without a log file: it keeps the command's outputs open.
if (existsSync(folder + '/hold'))
  spawn(process.execPath, ['-e', 'setInterval(() => process.ppid === 1 && !require("fs").existsSync(' + JSON.stringify(folder + '/hold') + ') && process.exit(), 50)'], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] }).unref();
process.exit();
`;

beforeAll(() => createDatabase(servers.source, 'shop', 'create table item (id int primary key)'));

beforeEach(async () => {
  for (const file of ['go', 'runs', 'hold', 'pgm.lock.json', 'pgm.lock.json.backup'])
    rmSync(inFolder(file), { force: true });
  if (!isRunning(servers.source)) await startServer(servers.source);
  await sql(servers.source, 'postgres', 'alter system reset all');
  await stopServer(servers.source);
  await startServer(servers.source);
  workspace.write('restart.mjs', restartScript());
  workspace.write(
    'pgm.yaml',
    `version: 1
name: again
source:
  connection: ${url(servers.source)}
  restart: {command: ${JSON.stringify([process.execPath, inFolder('restart.mjs')])}}
target: {connection: ${url(servers.target)}}
method: continuous
goal: prepared
`,
  );
});

function startInGroup(): { readonly pid: number; readonly result: Promise<PgmResult> } {
  const { process: child, result } = workspace.startInGroup('apply', '--auto-approve');
  return { pid: child.pid ?? 0, result };
}

const commands = (): readonly number[] =>
  existsSync(inFolder('runs')) ? workspace.read('runs').trim().split('\n').map(Number) : [];

async function untilStopped(run: Promise<PgmResult>): Promise<void> {
  let ended: PgmResult | undefined;
  void run.then(result => (ended = result));
  await waitUntil(
    'the command has stopped the source',
    () => ended !== undefined || (commands().length > 0 && !isRunning(servers.source)),
  );
  expect(ended).toBeUndefined();
}

function restartStep(): { readonly status: string; readonly record: unknown } | undefined {
  return (JSON.parse(readFileSync(inFolder('pgm.lock.json'), 'utf8')) as Lockfile).steps['source/restart'];
}

const faults = [
  { name: 'kill -9 of pgm', signal: 'SIGKILL', group: false, command: false },
  { name: 'kill -9 of its whole group', signal: 'SIGKILL', group: true, command: false },
  { name: 'SIGTERM to pgm', signal: 'SIGTERM', group: false, command: false },
  { name: 'Ctrl-C, to its whole group', signal: 'SIGINT', group: true, command: false },
  { name: 'kill -9 of pgm and of the command', signal: 'SIGKILL', group: true, command: true },
] as const;

eachFault(faults, ['kill -9 of its', 'Ctrl-C', 'kill -9 of pgm and'])(
  '$name while the source restarts leaves no server down',
  { timeout: 120_000 },
  async ({ signal, group, command }) => {
    const { pid, result } = startInGroup();
    await untilStopped(result);
    process.kill(group ? -pid : pid, signal);
    if (command) for (const each of commands()) process.kill(each, 'SIGKILL');
    const { stdout, stderr } = await result;
    if (signal !== 'SIGKILL') expect(stdout + stderr).toContain('the restart of the source goes on by itself');
    expect(restartStep()).toMatchObject({ status: 'started', record: { began: expect.any(String) as string } });
    workspace.write('go', '');
    if (!command) await waitUntil('the source comes up by itself', () => isRunning(servers.source));
    const next = await workspace.succeeds('apply', '--auto-approve');
    expect(next.stdout).toContain('was not seen to end');
    expect(next.stdout.includes('running') && next.stdout.includes('again'), next.stdout).toBe(command);
    expect(commands()).toHaveLength(command ? 2 : 1);
    expect(await value(servers.source, 'postgres', 'show wal_level')).toBe('logical');
    expect(restartStep()?.status).toBe('done');
    await workspace.succeeds('destroy', '--auto-approve');
  },
);

it(
  'waits for a command that still runs, does not wait for who keeps its outputs open, ' +
    'and leaves a server alone that is down for another reason',
  async () => {
    workspace.write('hold', '');
    const { pid, result } = startInGroup();
    await untilStopped(result);
    process.kill(pid, 'SIGKILL');
    await result;
    const next = workspace.start('apply', '--auto-approve');
    await next.printed(/waiting for its command/);
    expect(isRunning(servers.source)).toBe(false);
    workspace.write('go', '');
    expect((await next.result).code, next.output()).toBe(0);
    expect(commands()).toHaveLength(1);
    rmSync(inFolder('hold'));

    await stopServer(servers.source);
    const blocked = await workspace.pgm('apply', '--auto-approve');
    expect(blocked.code, blocked.stdout + blocked.stderr).toBe(6);
    expect(commands()).toHaveLength(1);
    await startServer(servers.source);
    await workspace.succeeds('destroy', '--auto-approve');
  },
);
