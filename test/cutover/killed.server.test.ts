import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { recovery, useOutcomes } from '../support/outcomes.js';
import { specText, useWorkspace } from '../support/pgm.js';
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
const points = process.env['PGM_FAULTS'] === 'all' ? all : all.filter((_, index) => [1, 3, 5, 7].includes(index));

let writer: Writer;

beforeAll(async () => {
  await createDatabase(servers.source, 'shop', 'create table item (id serial primary key, name text); insert into item (name) select n::text from generate_series(1, 100) n; create sequence ticket increment -1;');
  writer = await startWriter(servers.source, 'shop', { clients: 2, pauseMs: 5 });
  workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: continuous\ncutover: {failback: true}\ngoal: synced'));
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

describe('pgm killed in the middle of a cutover', () => {
  it.each(points)('%s %s (%i): the next apply ends as an uninterrupted one would, and nothing is lost on the way there and back', async (when, statement, nth, shut) => {
    await moreCommits('commits before the cutover');
    Object.assign(workspace.environment, { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'kill-at.mjs')}`, KILL_AT: statement, KILL_WHEN: when, KILL_NTH: String(nth) });
    const killed = await workspace.pgm('cutover', '--auto-approve');
    for (const name of ['NODE_OPTIONS', 'KILL_AT', 'KILL_WHEN', 'KILL_NTH']) Reflect.deleteProperty(workspace.environment, name);
    expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
    if (!shut) await moreCommits('the source takes writes by itself');

    const began = performance.now();
    await pgm('apply', '--auto-approve');
    told(recovery(`kill -9 in the write stop, ${when} ${statement}`, began));
    writer.moveTo(servers.target);
    await moreCommits('commits on the target');
    await sql(servers.target, 'shop', 'insert into item (name) values (nextval($$ticket$$)::text)');

    await pgm('rollback', '--auto-approve');
    writer.moveTo(servers.source);
    await moreCommits('commits on the source again');
    expect(await value(servers.target, 'shop', "select string_agg(slot_name, ' ') from pg_replication_slots")).toBeUndefined();
  });

  it('has lost and doubled nothing after all that', async () => {
    const report = await writer.stop();
    expect(await lostCommits(servers.source, 'shop', report)).toEqual({ missing: [], foreign: [] });
    const lsn = await value(servers.source, 'shop', 'select pg_current_wal_insert_lsn()::text');
    await waitUntil('the target follows', async () => (await value(servers.source, 'shop', `select count(*)::int from pg_stat_replication where replay_lsn >= '${lsn ?? ''}'`)) === '1');
    // Sequences follow at the next cutover.
    const differences = await compareDatabases(servers.source, servers.target, 'shop');
    expect(differences.filter(difference => !/_seq: |ticket: /.test(difference))).toEqual([]);
  });

  it('leaves nothing behind in the end', async () => {
    await pgm('destroy', '--auto-approve');
  });
});
