import { chmodSync, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inspectLocal } from '../../src/inspect/local.js';
import { compareDatabases } from '../support/compare.js';
import { leftovers } from '../support/leftovers.js';
import { recovery, useOutcomes } from '../support/outcomes.js';
import { specText, useWorkspace, type PgmResult } from '../support/pgm.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  startServer,
  stopServer,
  useServers,
  value,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { eachFault } from './each-fault.js';

const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({
  source: { major: 14, settings: { ...settings, wal_level: 'replica' } },
  target: { major: 18, settings },
});
const workspace = useWorkspace();
const told = useOutcomes();
const killAt = resolve(import.meta.dirname, '../cutover/kill-at.mjs');

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'shop',
    'create table item (id serial primary key, name text); insert into item ' +
      '(name) select n::text from generate_series(1, 100) n',
  );
  workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: continuous\ngoal: synced'));
});
beforeEach(() => workspace.succeeds('apply', '--auto-approve'), 120_000);
afterAll(async () => {
  await workspace.pgm('destroy', '--auto-approve');
  await dropDatabases(servers.source, 'shop');
  await dropDatabases(servers.target, 'shop');
});

async function killed(when: string, statement: string, ...parameters: readonly string[]): Promise<PgmResult> {
  const preload = { NODE_OPTIONS: `--import ${killAt}`, KILL_AT: statement, KILL_WHEN: when };
  Object.assign(workspace.environment, preload);
  const result = await workspace.pgm(...parameters);
  for (const name of Object.keys(preload)) Reflect.deleteProperty(workspace.environment, name);
  expect(result.signal, `${when} ${statement}: ${result.stdout}${result.stderr}`).toBe('SIGKILL');
  return result;
}

const points = (statements: readonly string[]): readonly { name: string; when: string; statement: string }[] =>
  statements.flatMap(statement => ['before', 'after'].map(when => ({ name: `${when} ${statement}`, when, statement })));

const inFiles = (): Promise<string | undefined> =>
  value(
    servers.source,
    'postgres',
    "select string_agg(name || '=' || setting, ' ') from pg_file_settings where " +
      "name = 'wal_level' and sourcefile like '%auto.conf'",
  );

describe('destroy killed with -9', () => {
  eachFault(
    points([
      'alter subscription .* disable',
      '^drop subscription',
      'pg_drop_replication_slot',
      '^drop publication',
      'drop schema',
      'alter system',
    ]),
    ['after pg_drop_replication_slot', 'after alter system'],
  )('$name: the next one leaves nothing, and what it left can be synced', { timeout: 120_000 }, async point => {
    expect(await inFiles()).toBe('wal_level=logical');
    await killed(point.when, point.statement, 'destroy', '--auto-approve');
    const began = performance.now();
    await workspace.succeeds('destroy', '--auto-approve');
    told(recovery(`kill -9 in destroy, ${point.name}`, began));
    expect(await leftovers(servers.source)).toEqual([]);
    expect(await leftovers(servers.target)).toEqual([]);
    expect(await inFiles()).toBeUndefined();
    expect(existsSync(join(workspace.folder, 'pgm.lock.json'))).toBe(false);
    expect((await workspace.succeeds('destroy', '--auto-approve')).stdout).toContain('nothing to destroy');
    await dropDatabases(servers.target, 'shop');
    // wal_level as it is in the files now: the next one has something to change.
    await stopServer(servers.source);
    await startServer(servers.source);
  });
});

describe('stop --release killed with -9', () => {
  eachFault(points(['alter subscription .* disable', '^drop subscription', 'pg_drop_replication_slot']), [
    'after ^drop subscription',
  ])('$name: the next one frees the source, and apply syncs again', { timeout: 120_000 }, async point => {
    await killed(point.when, point.statement, 'stop', '--release');
    const began = performance.now();
    await sql(servers.source, 'shop', "insert into item (name) values ('while it was stopped')");
    await workspace.succeeds('stop', '--release');
    told(recovery(`kill -9 in stop --release, ${point.name}`, began));
    expect(await value(servers.source, 'postgres', 'select count(*)::int from pg_replication_slots')).toBe('0');
    await workspace.succeeds('apply', '--auto-approve');
    await sql(servers.source, 'shop', "insert into item (name) values ('afterwards')");
    await waitUntil('both sides are equal', async () =>
      (await compareDatabases(servers.source, servers.target, 'shop')).every(line => line.includes('_seq')),
    );
  });
});

/** Says that it has begun, with a part of its file written, and goes on for ever. */
const slowDump = (real: string, told: string): string => `#!/bin/sh
case "$*" in *--schema-only*)
  for word; do case "$word" in --file=*) file="\${word#--file=}";; esac; done
  echo half > "$file"
  echo "$$ $file" > ${told}.new; mv ${told}.new ${told}
  sleep 600 & wait ;;
esac
exec ${real} "$@"
`;

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

it('pg_dump and its folder go with a pgm that is killed with -9', { timeout: 120_000 }, async () => {
  await workspace.succeeds('destroy', '--auto-approve');
  await dropDatabases(servers.target, 'shop');
  const local = await inspectLocal();
  const begun = join(workspace.folder, 'dumping');
  for (const [name, text] of [
    ['pg_dump', slowDump(local.pgDump?.path ?? '', begun)],
    ['pg_restore', `#!/bin/sh\nexec ${local.pgRestore?.path ?? ''} "$@"\n`],
  ] as const) {
    workspace.write(`bin/${name}`, text);
    chmodSync(join(workspace.folder, 'bin', name), 0o755);
  }
  workspace.environment['PGM_PG_BIN'] = join(workspace.folder, 'bin');
  const running = workspace.startInGroup('apply', '--auto-approve');
  Reflect.deleteProperty(workspace.environment, 'PGM_PG_BIN');
  await waitUntil('pg_dump runs', () => existsSync(begun));
  const [pid = '', file = ''] = workspace.read('dumping').trim().split(' ');
  expect(existsSync(file)).toBe(true);
  process.kill(-(running.process.pid ?? 0), 'SIGKILL');
  expect((await running.result).signal).toBe('SIGKILL');
  await waitUntil('pg_dump is gone', () => isGone(Number(pid)));
  await waitUntil('its folder is gone', () => !existsSync(dirname(file)));
  const began = performance.now();
  await workspace.succeeds('apply', '--auto-approve');
  told(recovery('kill -9 while pg_dump runs', began));
  expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
});
