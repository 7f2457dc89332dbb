import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compareDatabases } from './compare.js';
import { leftovers } from './leftovers.js';
import {
  cloneDatabase,
  createDatabase,
  dropDatabases,
  logicalSettings,
  restartCommand,
  sql,
  useServers,
  value,
} from './servers.js';
import { waitUntil } from './wait.js';
import { lostCommits, startWriter } from './writer.js';

const tables = `
  create table item (id bigserial primary key, name text, price float8, data bytea);
  insert into item (name, price, data) select 'item ' || n, n / 3.0, decode(md5(n::text), 'hex') from generate_series(1, 500) n;
  create materialized view item_count as select count(*) from item;`;

const servers = useServers({
  source: { major: 14 },
  target: { major: 18, settings: logicalSettings, password: 'secret' },
});

describe('comparing two databases', () => {
  it('finds equal databases equal', async () => {
    await createDatabase(servers.source, 'same', tables);
    await createDatabase(servers.target, 'same', tables);
    expect(await compareDatabases(servers.source, servers.target, 'same')).toEqual([]);
  });

  it.each([
    ['a changed value', "update item set name = 'other' where id = 7", /^public\.item: 500 rows .* 500 rows .*item 7/],
    ['a missing row', 'delete from item where id = 500', /^public\.item: 500 rows .* 499 rows/],
    [
      'a materialized view of other rows',
      'delete from item where id = 500; refresh materialized view item_count; insert into ' +
        'item select 500, name, 500 / 3.0, data from item where id = 499',
      /item_count/,
    ],
    ['a sequence behind', "select setval('item_id_seq', 499)", /item_id_seq: 500 here, 499 there/],
    ['a missing table', 'drop table item cascade', /public\.item: missing/],
  ])('finds %s', async (_, change, expected) => {
    await cloneDatabase(servers.source, 'same', 'changed');
    await createDatabase(servers.target, 'changed', `${tables} ${change}`);
    expect((await compareDatabases(servers.source, servers.target, 'changed')).join('\n')).toMatch(expected);
    await dropDatabases(servers.source, 'changed');
    await dropDatabases(servers.target, 'changed');
  });
});

describe('the writer', () => {
  it('goes on after the restart command and knows every acknowledged commit', async () => {
    await createDatabase(servers.source, 'written');
    const writer = await startWriter(servers.source, 'written');
    await waitUntil('the first commits', () => writer.count > 20);
    const [program = '', ...parameters] = restartCommand(servers.source);
    execFileSync(program, parameters);
    const before = writer.count;
    await waitUntil('commits after the restart', () => writer.count > before + 20);
    const report = await writer.stop();
    expect(await lostCommits(servers.source, 'written', report)).toEqual({ missing: [], foreign: [] });
    await sql(servers.source, 'written', 'delete from writer_log where id in (select id from writer_log limit 1)');
    expect((await lostCommits(servers.source, 'written', report)).missing).toHaveLength(1);
  });
});

describe('the leak check', () => {
  it('finds slots, publications, subscriptions and schemas of pgm', async () => {
    const { target } = servers;
    expect(await value(target, 'postgres', 'show wal_level')).toBe('logical');
    await sql(
      target,
      'postgres',
      "create schema pgm; create publication leak; select pg_create_physical_replication_slot('leak')",
    );
    expect(await leftovers(target)).toEqual(['slot leak', 'publication leak in postgres', 'schema pgm in postgres']);
    await sql(target, 'postgres', "drop schema pgm; drop publication leak; select pg_drop_replication_slot('leak')");
    expect(await leftovers(target)).toEqual([]);
  });
});
