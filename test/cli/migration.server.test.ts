import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const program = resolve(import.meta.dirname, '../../bin/pgm.js');
const servers = useServers({
  source: { major: 14, settings: { ...logicalSettings, wal_level: 'replica' } },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, formats: { 'date-time': true } });
for (const name of ['plan', 'status', 'apply-events', 'verify'])
  ajv.addSchema(
    JSON.parse(readFileSync(join(import.meta.dirname, `../../schemas/${name}.schema.json`), 'utf8')) as object,
  );

/** What a JSON output lacks or has too much of. */
function misfits(schema: string, text: string): readonly ErrorObject[] | null | undefined {
  ajv.validate(`${schema}.schema.json`, JSON.parse(text));
  return ajv.errors;
}

function events(stdout: string): ApplyEvent[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as ApplyEvent);
}

/**
 * Runs a command on a terminal that `script` makes, and types one line. @returns exit code and what the terminal showed
 */
async function onTerminal(line: string, typed: string): Promise<{ code: number | null; shown: string }> {
  const child = spawn('script', ['-qefc', `${process.execPath} ${program} ${line}`, '/dev/null'], {
    cwd: workspace.folder,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm' },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!shown.includes('Enter a value:') && (shown + text).includes('Enter a value:')) child.stdin.write(typed);
    shown += text;
  });
  const code = await new Promise<number | null>(done => child.once('close', done));
  return { code, shown };
}

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'app',
    'create table orders (id bigserial primary key, note text); insert into orders (note) select ' +
      'md5(n::text) from generate_series(1, 1000) n; create table wide as select n as id, repeat(md5(n::text), ' +
      '12) as filler from generate_series(1, 15000) n; alter table wide add primary key (id);',
  );
  workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: continuous\ngoal: synced # for now'));
});

describe('a migration, by its exit codes and its JSON', () => {
  it('plans: 2 where changes are pending, and what is saved is what is printed', async () => {
    const first = await workspace.pgm('plan', '--json', '--detailed-exitcode', '--out', 'plan.json');
    expect(first.code).toBe(2);
    expect(misfits('plan', first.stdout)).toBeNull();
    expect(workspace.read('plan.json')).toBe(first.stdout);
    const markdown = await workspace.pgm('plan', '--format', 'markdown');
    expect(markdown.stdout).toContain('```diff\n- wal_level = replica\n+ wal_level = logical\n```');
  });

  it.skipIf(process.platform !== 'linux')(
    'asks on a terminal, and leaves all as it was when the answer is not yes (8)',
    async () => {
      const { code, shown } = await onTerminal('apply', 'y\n');
      expect(shown).toContain('Do you want to perform these actions?');
      expect(code).toBe(8);
      expect(await value(servers.source, 'postgres', 'show wal_level')).toBe('replica');
    },
  );

  it('applies a saved plan without asking, every event as its schema says', async () => {
    const { code, stdout, stderr } = await workspace.pgm('apply', 'plan.json', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of stdout.trimEnd().split('\n')) expect(misfits('apply-events', line), line).toBeNull();
    const seen = events(stdout);
    expect(seen[0]?.type).toBe('version');
    expect(seen.at(-1)).toMatchObject({ type: 'summary', result: 'done', reached: 'synced' });
  });

  it('has nothing to do then, and says so', async () => {
    expect(await workspace.pgm('plan', '--detailed-exitcode')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No changes. test has reached the goal synced') as string,
    });
    expect(await workspace.pgm('apply', '--auto-approve')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to do') as string,
    });
    expect(await workspace.pgm('apply', 'plan.json')).toMatchObject({ code: 5 });
  });

  it('tells its status and compares its data', async () => {
    const status = await workspace.pgm('status', '--json');
    expect(misfits('status', status.stdout)).toBeNull();
    expect(JSON.parse(status.stdout)).toMatchObject({
      state: 'syncing',
      databases: [{ name: 'app', lanes: [{ active: true }] }],
    });
    const verify = await workspace.pgm('verify', '--json');
    expect(verify.code).toBe(0);
    expect(misfits('verify', verify.stdout)).toBeNull();
    expect((await workspace.pgm('show')).stdout).toMatch(/Reached +synced/);
  });

  it('compares no faster than it is told to, and goes on where it was interrupted', async () => {
    const read = (): Promise<string | undefined> =>
      value(
        servers.target,
        'app',
        'select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from ' +
          "pg_stat_user_tables where relname = 'orders'",
      );
    const run = workspace.start('verify', '--max-rate', '1MB');
    await waitUntil(
      'one table is found equal',
      () =>
        existsSync(join(workspace.folder, 'pgm.verify.jsonl')) && /"orders"/.test(workspace.read('pgm.verify.jsonl')),
    );
    run.process.kill('SIGINT');
    const { code, stdout, stderr } = await run.result;
    expect(code, stdout + stderr).toBe(130);
    expect(stdout + stderr).toContain('pgm verify --resume');
    const before = await read();
    const resumed = await workspace.pgm('verify', '--resume', '--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      equal: true,
      databases: [
        {
          tables: expect.arrayContaining([
            expect.objectContaining({ table: 'orders', equal: true, rows_target: 1000 }),
            expect.objectContaining({ table: 'wide', equal: true }),
          ]) as unknown,
        },
      ],
    });
    expect(await read()).toBe(before);
    expect(existsSync(join(workspace.folder, 'pgm.verify.jsonl'))).toBe(false);
    expect(await workspace.pgm('verify', '--resume')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no interrupted verify') as string,
    });
  });

  it.skipIf(process.platform !== 'linux')('puts the goal back when a cutover is declined', async () => {
    const before = workspace.read('pgm.yaml');
    const { code, shown } = await onTerminal('cutover', 'no\n');
    expect(code).toBe(8);
    expect(shown).toMatch(/goal is now cutover[^]*the goal is restored/);
    expect(workspace.read('pgm.yaml')).toBe(before);
  });

  it('rehearses, cuts over and closes, the goal in the spec each time', async () => {
    await value(servers.source, 'app', "select lo_from_bytea(4711, 'brought in the rehearsal')");
    const rehearsal = await workspace.pgm('cutover', '--rehearse', '--json');
    expect(rehearsal.code).toBe(0);
    const { write_stop_ms: rehearsed } = JSON.parse(rehearsal.stdout) as { write_stop_ms: number };
    expect(await value(servers.target, 'app', "select convert_from(lo_get(4711), 'UTF8')")).toBe(
      'brought in the rehearsal',
    );
    const plan = await workspace.pgm('plan', '--goal', 'cutover', '--json');
    expect(misfits('plan', plan.stdout)).toBeNull();
    expect(JSON.parse(plan.stdout)).toMatchObject({
      preflight: {
        event: 'cutover',
        lag: { bytes: expect.any(Number) as number },
        transactions: [],
        way_back: { lacks: [] },
        write_stop: { from: 'rehearsal', measured: { milliseconds: rehearsed } },
      },
    });
    const cutover = await workspace.pgm('cutover', '--auto-approve');
    expect(cutover).toMatchObject({ code: 0, stderr: '' });
    expect(cutover.stdout).toMatch(/Write stop: [\d.,]+ ms \(lock /);
    expect(workspace.read('pgm.yaml')).toContain('goal: cutover # for now');
    expect((await workspace.pgm('status')).stdout).toMatch(/cut-over[^]*Cut over \d{4}-\d\d-\d\d/);
    const close = await workspace.pgm('close', '--auto-approve', '--json');
    expect(close.code).toBe(0);
    expect(events(close.stdout).at(-1)).toMatchObject({ type: 'summary', reached: 'ready' });
    expect(workspace.read('pgm.yaml')).toContain('goal: ready # for now');
  });

  it('finds a row that differs (9)', async () => {
    await value(servers.target, 'app', "update orders set note = 'other' where id = 7");
    const { code, stdout } = await workspace.pgm('verify');
    expect(code).toBe(9);
    expect(stdout).toMatch(/public\.orders[^]*~ id=7 differs in note/);
  });

  it('destroys what a saved plan says, and says what stays', async () => {
    const planned = await workspace.pgm('plan', '--destroy', '--json', '--out', 'destroy.json');
    expect(planned.code, planned.stderr).toBe(0);
    expect(misfits('plan', planned.stdout)).toBeNull();
    expect(JSON.parse(planned.stdout)).toMatchObject({
      teardown: { command: 'destroy', stays: [expect.stringContaining('source/app stays shut') as string] },
      steps: expect.arrayContaining([
        expect.objectContaining({ id: 'source/undo-setting/wal_level', statements: expect.any(Array) as unknown }),
      ]) as unknown,
    });
    expect((await workspace.pgm('apply', 'destroy.json', '--goal', 'cutover')).code).toBe(3);
    const { code, stdout } = await workspace.pgm('apply', 'destroy.json', '--json');
    expect(code, stdout).toBe(0);
    for (const line of stdout.trimEnd().split('\n')) expect(misfits('apply-events', line), line).toBeNull();
    expect(events(stdout).at(-1)).toMatchObject({ type: 'summary', result: 'done' });
    expect(existsSync(join(workspace.folder, 'pgm.lock.json'))).toBe(false);
    expect(await value(servers.source, 'postgres', "select to_regproc('pgm.shut')")).toBeUndefined();
    const again = await workspace.pgm('destroy', '--auto-approve', '--json');
    expect(again.code).toBe(0);
    expect(events(again.stdout).at(-1)).toMatchObject({ type: 'summary', result: 'nothing-to-do' });
  });
});
