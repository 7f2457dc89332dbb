import { describe, expect, it } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { tablesOf } from '../../src/replication/apply-failure.js';
import { firstPending } from '../../src/replication/pending-transaction.js';
import { decodeTransactions, type Cell, type RowChange } from '../../src/replication/pgoutput.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers } from '../support/servers.js';
import { conninfo } from '../verify/comparing.js';

const servers = useServers({
  old: { major: 14, settings: logicalSettings },
  recent: { major: 18, settings: logicalSettings },
});

const large = "(select string_agg(md5(n::text || clock_timestamp()::text), '') from generate_series(1, 400) n)";

const layout = `
create table keyed (id int primary key, note text, big text);
create table whole (a int, b text, big text);
alter table whole replica identity full;
create table chosen (id int not null, note text, big text);
create unique index chosen_id on chosen (id);
alter table chosen replica identity using index chosen_id;
create schema "Ünder ""quotes""";
create table "Ünder ""quotes"""."sel'ect; \\ 🐘" ("a b" int primary key, "ü""x" text);
create table partition_of_truncate (id int primary key);
create publication p for table keyed, whole, chosen, "Ünder ""quotes"""."sel'ect; \\ 🐘", partition_of_truncate`;

const changes: readonly string[] = [
  `insert into keyed values (1, 'é', ${large}); insert into whole values (1, ` +
    `null, ${large}); insert into chosen values (7, 'x', ${large})`,
  "update keyed set note = 'changed' where id = 1",
  'update keyed set id = 2 where id = 1',
  "update whole set b = 'changed' where a = 1",
  'delete from whole where a = 1',
  'update chosen set id = 8 where id = 7',
  'delete from chosen',
  `insert into "Ünder ""quotes"""."sel'ect; \\ 🐘" values (1, E'line\\nbreak\\t''"'); ` +
    `update "Ünder ""quotes"""."sel'ect; \\ 🐘" set "ü""x" = ''`,
  'truncate keyed, partition_of_truncate',
];

/** Values in short: large ones by their kind alone. */
const short = (row: readonly Cell[]): readonly unknown[] =>
  row.map(cell =>
    cell.kind === 'text' ? (cell.text.length > 100 ? 'large' : cell.text) : cell.kind === 'null' ? null : 'unchanged',
  );

function inShort(change: RowChange): readonly unknown[] {
  if (change.kind === 'truncate') return ['truncate', ...change.tables.map(({ name }) => name)];
  const { table, kind } = change;
  const old = kind === 'insert' || change.old === null ? [] : [change.old.kind, short(change.old.row)];
  return [kind, `${table.schema}.${table.name}`, ...(kind === 'delete' ? [] : [short(change.row)]), ...old];
}

describe.each(['old', 'recent'] as const)('what pgoutput of the %s server sends', name => {
  it('is decoded: identities, unchanged large values, truncate, names of every kind', async () => {
    const server = servers[name];
    const slot = `decoded_${name}`;
    await createDatabase(server, 'decoded', layout);
    await sql(server, 'decoded', `select pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    try {
      for (const change of changes) await sql(server, 'decoded', `begin; ${change}; commit`);
      const rows = await sql<{ data: Buffer; commit: string }>(
        server,
        'decoded',
        `select data from pg_logical_slot_get_binary_changes('${slot}', null, ` +
          `null, 'proto_version', '1', 'publication_names', 'p')`,
      );
      const transactions = decodeTransactions(rows.map(({ data }) => data));
      const hostile = `Ünder "quotes".sel'ect; \\ 🐘`;
      expect(transactions.map(transaction => transaction.changes.map(inShort))).toEqual([
        [
          ['insert', 'public.keyed', ['1', 'é', 'large']],
          ['insert', 'public.whole', ['1', null, 'large']],
          ['insert', 'public.chosen', ['7', 'x', 'large']],
        ],
        [['update', 'public.keyed', ['1', 'changed', 'unchanged']]],
        [['update', 'public.keyed', ['2', 'changed', 'unchanged'], 'key', ['1', null, null]]],
        // The large value that did not change is whole in the old row alone.
        [['update', 'public.whole', ['1', 'changed', 'unchanged'], 'full', ['1', null, 'large']]],
        [['delete', 'public.whole', 'full', ['1', 'changed', 'large']]],
        [['update', 'public.chosen', ['8', 'x', 'unchanged'], 'key', ['7', null, null]]],
        [['delete', 'public.chosen', 'key', ['8', null, null]]],
        [
          ['insert', hostile, ['1', 'line\nbreak\t\'"']],
          ['update', hostile, ['1', '']],
        ],
        [['truncate', 'keyed', 'partition_of_truncate']],
      ]);
      const [first] = transactions.flatMap(transaction => transaction.changes);
      expect(first?.kind === 'insert' && first.table.columns).toEqual([
        { name: 'id', isKey: true },
        { name: 'note', isKey: false },
        { name: 'big', isKey: false },
      ]);
      for (const { xid, committedAt, finishLsn, endLsn } of transactions) {
        expect(xid).toBeGreaterThan(0);
        expect(Math.abs(committedAt.getTime() - Date.now())).toBeLessThan(600_000);
        const [row] = await sql<{ follows: boolean }>(
          server,
          'decoded',
          `select '${endLsn ?? ''}'::pg_lsn > '${finishLsn}'::pg_lsn as follows`,
        );
        expect(row?.follows).toBe(true);
      }
    } finally {
      await sql(server, 'decoded', `select pg_drop_replication_slot('${slot}')`);
      await dropDatabases(server, 'decoded');
    }
  });
});

describe('the transactions that wait in a slot', () => {
  it('are told with every table that they touch, also behind more rows than are read', async () => {
    const server = servers.recent;
    await createDatabase(
      server,
      'waiting',
      `create table many (id int primary key); create table few (id int primary key);
      create table next (id int primary key); create publication waiting for table many, few, next`,
    );
    await sql(server, 'waiting', "select pg_create_logical_replication_slot('waiting', 'pgoutput')");
    try {
      await sql(
        server,
        'waiting',
        'begin; insert into many select generate_series(1, 20100); insert into few values (1); commit',
      );
      await sql(server, 'waiting', 'insert into next values (1)');
      const seen: string[][] = [];
      const found = await withConnection(conninfo(server), { database: 'waiting', purpose: 'test' }, session =>
        firstPending(session, 'waiting', '0/0', pending => {
          seen.push(tablesOf(pending.changes).map(({ name }) => name));
          return Promise.resolve(tablesOf(pending.changes).some(({ name }) => name === 'many'));
        }),
      );
      expect(seen[0]).toEqual(['many', 'few']);
      expect(tablesOf(found?.changes ?? []).map(({ name }) => name)).toEqual(['next']);
    } finally {
      await sql(server, 'waiting', "select pg_drop_replication_slot('waiting')");
      await dropDatabases(server, 'waiting');
    }
  });
});
