import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { recovery, useOutcomes } from '../support/outcomes.js';
import { specText, useWorkspace, type PgmResult } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { lostCommits, startWriter, type Writer } from '../support/writer.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({ source: { major: 14, settings }, target: { major: 18, settings } });
const workspace = useWorkspace();
const told = useOutcomes();

/** Statements of a cutover, in their order, and whether the source is shut by then. PGM_FAULTS=all takes every one. */
const all: readonly (readonly [when: 'before' | 'after', statement: string, nth: number, shut: boolean])[] = [
  ['after', 'create subscription', 1, false],
  ['after', 'lock table', 1, false],
  ['after', "'pgm', 'drain'", 1, false],
  ['after', 'alter subscription .* disable', 1, false],
  ['before', 'begin; alter database .* on; revoke', 1, false],
  ['after', 'begin; alter database .* on; revoke', 1, true],
  ['after', '^rollback$', 1, true],
  ['after', '^drop subscription', 1, true],
  ['before', 'alter subscription .* enable', 1, true],
];
const everything = process.env['PGM_FAULTS'] === 'all';
const points = everything ? all : all.filter((_, index) => [1, 3, 5, 7].includes(index));

const changesSomething =
  /: (begin|commit|rollback|alter|create|drop|grant|revoke|lock|do|select (setval|pg_replication_slot_advance|pg_drop|pg_terminate)|insert|update|delete)\b/;

let writer: Writer;

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'shop',
    'create table item (id serial primary key, name text); insert into item (name) select n::text ' +
      'from generate_series(1, 100) n; create sequence ticket increment -1;',
  );
  writer = await startWriter(servers.source, 'shop', { clients: 2, pauseMs: 5 });
  workspace.write(
    'pgm.yaml',
    specText(servers.source, servers.target, 'method: continuous\ncutover: {failback: true}\ngoal: synced'),
  );
  const { code, stderr } = await workspace.pgm('apply', '--auto-approve');
  expect(code, stderr).toBe(0);
});

const pgm = async (...parameters: readonly string[]): Promise<void> => {
  const { code, stdout, stderr } = await workspace.pgm(...parameters);
  expect(code, stdout + stderr).toBe(0);
};

const moreCommits = async (what: string): Promise<void> => {
  const before = writer.count;
  await waitUntil(what, () => writer.count > before + 20);
};

/** Runs a command of pgm with `kill-at.mjs` in it. */
const pgmWith = async (
  preload: Readonly<Record<string, string>>,
  ...parameters: readonly string[]
): Promise<PgmResult> => {
  const environment = { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'kill-at.mjs')}`, ...preload };
  Object.assign(workspace.environment, environment);
  const result = await workspace.pgm(...parameters);
  for (const name of Object.keys(environment)) Reflect.deleteProperty(workspace.environment, name);
  return result;
};

/** From the target, which has the writes, to the source again. */
const thereAndBack = async (): Promise<void> => {
  writer.moveTo(servers.target);
  await moreCommits('commits on the target');
  await sql(servers.target, 'shop', 'insert into item (name) values (nextval($$ticket$$)::text)');
  await pgm('rollback', '--auto-approve');
  writer.moveTo(servers.source);
  await moreCommits('commits on the source again');
  expect(
    await value(servers.target, 'shop', "select string_agg(slot_name, ' ') from pg_replication_slots"),
  ).toBeUndefined();
};

/**
 * A cutover that is killed, and the next apply.
 * @param shut null: not known, nor whether it comes to that statement at all, since some are only sent when one has to wait
 * @returns false when it did not come to it
 */
const killedCutover = async (
  fault: string,
  preload: Readonly<Record<string, string>>,
  shut: boolean | null,
): Promise<boolean> => {
  await moreCommits('commits before the cutover');
  const killed = await pgmWith(preload, 'cutover', '--auto-approve');
  if (shut === null && killed.code === 0) {
    await thereAndBack();
    return false;
  }
  expect(killed.signal, `${fault}: ${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
  if (shut === false) await moreCommits('the source takes writes by itself');
  const began = performance.now();
  await pgm('apply', '--auto-approve');
  told(recovery(`kill -9 in the write stop, ${fault}`, began));
  await thereAndBack();
  return true;
};

describe('pgm killed in the middle of a cutover', () => {
  it.each(points)(
    '%s %s (%i): the next apply ends as an uninterrupted one would, and nothing is lost on the way there and back',
    async (when, statement, nth, shut) => {
      await killedCutover(`${when} ${statement}`, { KILL_AT: statement, KILL_WHEN: when, KILL_NTH: String(nth) }, shut);
    },
  );

  // Not a list kept by hand: what a cutover has really sent. PGM_KILL_PART=1/3 takes every third of them.
  it.skipIf(!everything)(
    'survives a kill before each statement of the write stop, and after each that changes something',
    { timeout: 3_600_000 },
    async () => {
      const trace = join(workspace.folder, 'trace');
      const traced = await pgmWith({ TRACE: trace }, 'cutover', '--auto-approve');
      expect(traced.code, traced.stdout + traced.stderr).toBe(0);
      await thereAndBack();
      const statements = [...new Set(workspace.read('trace').trimEnd().split('\n'))];
      expect(statements.length).toBeGreaterThan(20);
      const faults = statements.flatMap(point => [
        { point, when: 'before' },
        ...(changesSomething.test(point) ? [{ point, when: 'after' }] : []),
      ]);
      const [part = 1, of = 1] = (process.env['PGM_KILL_PART'] ?? '1/1').split('/').map(Number);
      const missed: string[] = [];
      for (const [index, { point, when }] of faults.entries()) {
        const fault = `${when} ${point}`;
        if (index % of === part - 1 && !(await killedCutover(fault, { KILL_POINT: point, KILL_WHEN: when }, null)))
          missed.push(fault);
      }
      if (missed.length > 0) console.log(`missed:\n${missed.join('\n')}`);
      expect(missed.length, missed.join('\n')).toBeLessThan(Math.max(2, faults.length / of / 10));
    },
  );

  it('has lost and doubled nothing after all that', async () => {
    const report = await writer.stop();
    expect(await lostCommits(servers.source, 'shop', report)).toEqual({ missing: [], foreign: [] });
    const lsn = await value(servers.source, 'shop', 'select pg_current_wal_insert_lsn()::text');
    await waitUntil(
      'the target follows',
      async () =>
        (await value(
          servers.source,
          'shop',
          `select count(*)::int from pg_stat_replication where replay_lsn >= '${lsn ?? ''}'`,
        )) === '1',
    );
    // Sequences follow at the next cutover.
    const differences = await compareDatabases(servers.source, servers.target, 'shop');
    expect(differences.filter(difference => !/_seq: |ticket: /.test(difference))).toEqual([]);
  });

  it('leaves nothing behind in the end', async () => {
    await pgm('destroy', '--auto-approve');
  });
});
