import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { compareDatabase, type CompareInput } from '../../src/verify/compare.js';
import { waitForLanes } from '../../src/verify/wait-for-target.js';
import { createDatabase, logicalSettings, sql, url, useServers, value, withClient } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { compare, conninfo, differing, tablesOf } from './comparing.js';

const tables = `
  create table account (id bigint primary key, balance int not null, note text);
  create table hot (id int primary key, n bigint not null);
  create table history (at timestamptz, client int, delta int);
  create table still (id int primary key, v text);`;

const rows = `
  insert into account select n, 0, md5(n::text) from generate_series(1, 60000) n;
  insert into hot select n, 0 from generate_series(1, 3) n;
  insert into still select n, md5(n::text) from generate_series(1, 20000) n;`;

/**
 * Commits as fast as one session can: updates anywhere but in the rows that tests make differ, which they would heal;
 * one row over and over, inserts, deletes and keys that come again.
 */
const load = `
  do $$
  begin
    loop
      update account set balance = balance + 1 where id = 1 + (random() * 59999)::int and id not in (4711, 4712);
      update hot set n = n + 1 where id = 1;
      insert into history values (clock_timestamp(), 1, 5);
      if random() < 0.3 then
        delete from account where id = 60001;
      else
        insert into account values (60001, 0, clock_timestamp()::text) on conflict do nothing;
      end if;
      commit;
    end loop;
  end $$`;

/** One transaction that touches a third of a table. */
const bulk = 'update account set balance = balance + 1 where id % 3 = 0';

const servers = useServers({
  source: { major: 15, settings: logicalSettings },
  target: { major: 15, settings: logicalSettings },
});
const database = 'busy';

/** As pgm waits: until the apply worker reports the LSN as applied. */
async function waitForTarget(lsn: string): Promise<void> {
  await withClient(servers.source, database, async client => {
    const { rows: found } = await client.query<{ done: boolean }>(
      'select replay_lsn >= $1 as done from pg_stat_replication',
      [lsn],
    );
    if (found[0]?.done === true) return;
    await client.query("select pg_logical_emit_message(false, 'verify', '')");
    await waitUntil(
      `the target has ${lsn}`,
      async () =>
        (await client.query<{ done: boolean }>('select replay_lsn >= $1 as done from pg_stat_replication', [lsn]))
          .rows[0]?.done === true,
    );
  });
}

const compareBusy = (options: Partial<CompareInput> = {}): Promise<string[]> =>
  compare(servers.source, servers.target, database, { waitForTarget, ...options }).then(differing);

beforeAll(async () => {
  await createDatabase(
    servers.source,
    database,
    `${tables}${rows} create publication everything for all tables; analyze`,
  );
  await createDatabase(servers.target, database, tables);
  await sql(servers.source, database, 'alter table history replica identity full');
  await sql(
    servers.target,
    database,
    `create subscription follow connection '${url(servers.source, database)}' publication everything`,
  );
  await waitUntil(
    'the initial copy is done',
    async () =>
      (await value(servers.target, database, "select count(*) from pg_subscription_rel where srsubstate = 'r'")) ===
      '4',
  );
});

afterAll(async () => {
  await sql(servers.target, database, 'drop subscription follow');
  await sql(servers.source, database, 'drop publication everything');
});

describe('comparing while replication runs', () => {
  const sessions: Promise<unknown>[] = [];
  beforeAll(async () => {
    for (let session = 0; session < 2; session++)
      sessions.push(sql(servers.source, database, load).catch(() => undefined));
    await waitUntil(
      'the load runs',
      async () => Number(await value(servers.source, database, 'select count(*) from history')) > 500,
    );
  });
  afterAll(async () => {
    await sql(
      servers.source,
      database,
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%loop%' and pid <> pg_backend_pid()",
    );
    await Promise.all(sessions);
  });

  it.each(['full', 'sample', 'counts'] as const)('calls busy tables equal (%s)', async depth => {
    for (let round = 0; round < 3; round++) expect(await compareBusy({ depth })).toEqual([]);
  });

  it('calls a table equal of which a large transaction was applied meanwhile', async () => {
    const transaction = sql(servers.source, database, bulk);
    expect(await compareBusy()).toEqual([]);
    await transaction;
    expect(await compareBusy()).toEqual([]);
  });

  it('says what it waits for while the target cannot apply, and goes on when it can', async () => {
    const told: string[] = [];
    const signal = new AbortController().signal;
    const compared = await withClient(servers.target, database, async blocker => {
      await blocker.query('begin; lock account in share row exclusive mode');
      const waitForTarget = waitForLanes(
        ['follow'],
        use => withConnection(conninfo(servers.source), { database, purpose: 'verify' }, use),
        signal,
      );
      const input = {
        source: conninfo(servers.source),
        target: conninfo(servers.target),
        database,
        tables: await tablesOf(servers.source, database),
        depth: 'full',
        jobs: 2,
        values: false,
        waitForTarget,
      } as const;
      const comparing = compareDatabase(
        input,
        ({ waiting_for: what }) => what !== undefined && told.push(what),
        signal,
      );
      await waitUntil('it tells what it waits for', async () => Promise.resolve(told.length > 0));
      await blocker.query('commit');
      return comparing;
    });
    expect(told[0]).toMatch(/^the target to apply [\d.]+ [kM]?B of WAL$/);
    expect(differing(compared)).toEqual([]);
  });

  it('finds what really differs, in rows at rest and in one that never rests', async () => {
    await sql(servers.target, database, "update account set note = 'other' where id = 4711");
    await sql(servers.target, database, 'delete from account where id = 4712');
    await sql(servers.target, database, "insert into account values (99999, 0, 'more')");
    await sql(servers.target, database, "insert into history values ('2000-01-01', 2, 0)");
    await sql(servers.target, database, "update still set v = overlay(v placing 'X' from 9 for 1) where id = 1234");
    await sql(
      servers.target,
      database,
      'alter table hot disable trigger all; create function wrong() returns trigger language plpgsql as $$ ' +
        'begin new.n := -new.n; return new; end $$; create trigger wrong before update on hot for each row ' +
        'execute function wrong(); alter table hot enable always trigger wrong',
    );
    const expected = [
      'account 4711 values note',
      'account 4712 only-source',
      'account 99999 only-target',
      'history row only-target',
      'hot 1 values n',
      'still 1234 values v',
    ];
    expect(await compareBusy()).toEqual(expected);
    expect(await compareBusy({ jobs: 1 })).toEqual(expected);
  });
});
