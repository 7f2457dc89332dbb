import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { paste } from '../checks/readiness.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { lostCommits, startWriter } from '../support/writer.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
// From 15 on DROP DATABASE waits for sessions that wait for a standby.
const servers = useServers({ source: { major: 14, settings }, target: { major: 15, settings } });
const workspace = useWorkspace();

const waitFor = async (server: LocalServer, names: string): Promise<void> => {
  await sql(server, 'postgres', `alter system set synchronous_standby_names = '${names}'`);
  await sql(server, 'postgres', 'select pg_reload_conf()');
  await waitUntil(
    'it holds',
    async () =>
      (await value(server, 'postgres', "select setting from pg_settings where name = 'synchronous_standby_names'")) ===
      names,
  );
};
const plan = async (...more: readonly string[]): Promise<{ code: number | null; found: readonly Finding[] }> => {
  const { code, stdout } = await workspace.pgm('plan', '--json', ...more);
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return { code, found: findings.filter(({ code: each }) => each === 'PGM220') };
};

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'shop',
    'create table item (id serial primary key, name text); insert into item ' +
      '(name) select n::text from generate_series(1, 100) n',
  );
  workspace.write(
    'pgm.yaml',
    specText(
      servers.source,
      servers.target,
      'databases: {include: [shop]}\nmethod: continuous\ncutover: {failback: true, timeout: 15s}\ngoal: synced',
    ),
  );
});
afterEach(async () => {
  await Promise.all([waitFor(servers.source, ''), waitFor(servers.target, '')]);
});

describe('standbys that commits wait for', () => {
  it('PGM220: a target whose standby is away is filled all the same, and takes no writes', async () => {
    await waitFor(servers.target, 'away');
    expect((await plan()).found).toMatchObject([{ severity: 'warning', server: 'target', status: 'manual' }]);
    await workspace.succeeds('apply', '--auto-approve');
    const { code, found } = await plan('--goal', 'cutover');
    expect([code, found[0]?.severity]).toEqual([6, 'error']);
    expect((await workspace.pgm('cutover', '--auto-approve')).code).toBe(6);
    paste(servers.target, 'postgres', found[0]?.remedy);
    await waitFor(servers.target, '');
    expect((await plan('--goal', 'cutover')).found).toEqual([]);
  });

  it('PGM220: a source whose commits only pgm confirms goes over, and no writer is left waiting', async () => {
    const writer = await startWriter(servers.source, 'shop', { clients: 3 });
    await workspace.succeeds('apply', '--auto-approve');
    await waitFor(servers.source, '*');
    const before = writer.count;
    await waitUntil('commits come through the lane', () => writer.count > before + 5);
    const { found } = await plan('--goal', 'cutover');
    expect(found).toMatchObject([{ severity: 'warning', server: 'source', current: '*' }]);
    expect(found[0]?.message).toContain("only pgm's replication");

    const rehearsed = writer.count;
    await workspace.succeeds('cutover', '--rehearse');
    await waitUntil('writers go on after the rehearsal', () => writer.count > rehearsed + 5);
    await workspace.succeeds('cutover', '--auto-approve');
    expect(
      await value(
        servers.source,
        'postgres',
        "select count(*)::text from pg_stat_activity where datname = 'shop' and wait_event = 'SyncRep'",
      ),
    ).toBe('0');
    writer.moveTo(servers.target);
    const moved = writer.count;
    await waitUntil('writers go on at the target', () => writer.count > moved + 5);
    expect(await lostCommits(servers.target, 'shop', await writer.stop())).toEqual({
      missing: [],
      foreign: [],
    });

    paste(servers.source, 'postgres', found[0]?.remedy);
    await waitFor(servers.target, '*');
    const closing = await plan('--goal', 'ready');
    expect([closing.code, closing.found[0]?.severity, closing.found[0]?.server]).toEqual([6, 'error', 'target']);
    paste(servers.target, 'postgres', closing.found[0]?.remedy);
    await waitFor(servers.target, '');
    await workspace.succeeds('close', '--auto-approve');
  });
});
