import { describe, expect, it } from 'vitest';
import { compareDatabase } from '../../src/verify/compare.js';
import { changeCounters } from '../../src/verify/change-counters.js';
import { compareInStop, withStopComparison } from '../../src/verify/stop.js';
import { withConnection } from '../../src/postgres/connect.js';
import { createDatabase, sql, useServers, value, withClient, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { compare, compareScripts, conninfo, differing, tablesOf } from './comparing.js';

const servers = useServers({ source: { major: 15 }, target: { major: 15 } });

describe('encodings', () => {
  const encoded = async (name: string, source: string, target: string): Promise<void> => {
    await sql(servers.source, 'postgres', `create database ${name} template template0 locale 'C' encoding '${source}'`);
    await sql(servers.target, 'postgres', `create database ${name} template template0 locale 'C' encoding '${target}'`);
  };
  const script =
    'create table word (w text primary key, j json, e bpchar); insert into word ' +
    "values ('Grüße', '{\"ß\": \"ü\"}', 'é '), ('plain', '1', 'x')";

  it('compares the characters of databases that encode them differently', async () => {
    await encoded('differently', 'LATIN1', 'UTF8');
    await Promise.all([sql(servers.source, 'differently', script), sql(servers.target, 'differently', script)]);
    expect(differing(await compare(servers.source, servers.target, 'differently'))).toEqual([]);
    expect(differing(await compare(servers.source, servers.target, 'differently', { depth: 'sample' }))).toEqual([]);
    await sql(servers.target, 'differently', 'update word set j = \'{"ß": "u"}\' where w = \'Grüße\'');
    expect(differing(await compare(servers.source, servers.target, 'differently'))).toEqual(['word Grüße values j']);
  });

  it('compares the bytes where a database has no encoding', async () => {
    await encoded('unencoded', 'SQL_ASCII', 'UTF8');
    await Promise.all([sql(servers.source, 'unencoded', script), sql(servers.target, 'unencoded', script)]);
    // Bytes that are no UTF-8 could never be on the target: such a row is missing there.
    await sql(servers.source, 'unencoded', "insert into word values (E'\\xff\\xfe', '2', '')");
    expect(differing(await compare(servers.source, servers.target, 'unencoded'))).toEqual([
      expect.stringMatching(/^word .* only-source$/),
    ]);
    await sql(servers.target, 'unencoded', "update word set e = 'é' where w = 'Grüße'");
    expect(differing(await compare(servers.source, servers.target, 'unencoded'))).toContain('word Grüße values e');
  });
});

describe('keys that cannot be looked up by text', () => {
  it('compares keys without regard to the collation that makes them unique', async () => {
    const script = `create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table named (name text collate nocase primary key, v int); insert into named select 'Name ' || n, n from generate_series(1, 300) n`;
    expect(differing(await compareScripts(servers.source, servers.target, script, ''))).toEqual([]);
    expect(
      differing(
        await compareScripts(servers.source, servers.target, script, "update named set v = 0 where name = 'name 7'"),
      ),
    ).toEqual(['named Name 7 values v']);
    expect(
      differing(
        await compareScripts(
          servers.source,
          servers.target,
          script,
          "update named set name = 'NAME 7' where name = 'name 7'",
        ),
      ),
    ).toEqual(['named NAME 7 only-target', 'named Name 7 only-source']);
  });
});

describe('a large table', () => {
  const script =
    'create table wide (id int primary key, v text); insert into wide select n, ' +
    'repeat(md5(n::text), 4) from generate_series(1, 30000) n';

  it('is read in parts that need not match on both sides', async () => {
    // The target's rows lie elsewhere, with holes between them.
    const moved =
      'delete from wide where id > 20000; vacuum wide; insert into wide select n, repeat(md5(n::text), 4) ' +
      'from generate_series(20001, 30000) n; update wide set v = v where id % 7 = 0';
    for (const [change, expected] of [
      [moved, []],
      [`${moved}; delete from wide where id = 29999`, ['wide 29999 only-source']],
    ] as const) {
      const database = `parts_${String(expected.length)}`;
      await createDatabase(servers.source, database, script);
      await createDatabase(servers.target, database, script);
      for (const statement of change.split('; ')) await sql(servers.target, database, statement);
      const tables = (await tablesOf(servers.source, database)).map(table => ({ ...table, dataBytes: 3e9 }));
      expect(differing(await compare(servers.source, servers.target, database, { tables, jobs: 3 }))).toEqual(expected);
    }
  });

  const abort = new AbortController();
  const endOneSession =
    'select pg_terminate_backend(pid) from pg_stat_activity where ' +
    `application_name like 'pgm%' and wait_event_type = 'Lock'`;

  it.each([
    [
      'aborted',
      'enough',
      () => {
        abort.abort(new Error('enough'));
      },
    ],
    ['cut_off', 'terminating connection', () => sql(servers.source, 'postgres', endOneSession)],
  ] as const)('stops on both servers at once when %s, and leaves no session', async (database, message, end) => {
    await createDatabase(servers.source, database, script);
    await createDatabase(servers.target, database, script);
    const tables = await tablesOf(servers.source, database);
    const sessions = `select count(*) from pg_stat_activity where application_name like 'pgm%' and datname = '${database}'`;
    await withClient(servers.source, database, async blocker => {
      await blocker.query('begin; lock table wide in access exclusive mode');
      const failed = expect(
        compare(servers.source, servers.target, database, { tables }, abort.signal.aborted ? undefined : abort.signal),
      ).rejects.toThrow(message);
      await waitUntil(
        'a statement waits',
        async () => (await value(servers.source, database, `${sessions} and wait_event_type = 'Lock'`)) === '1',
      );
      await end();
      await failed;
      await blocker.query('rollback');
    });
    for (const server of [servers.source, servers.target])
      await waitUntil('no session is left', async () => (await value(server, database, sessions)) === '0');
  });
});

describe('what a role may see', () => {
  it('is an error where row security would hide rows', async () => {
    const script =
      'create table guarded (id int primary key, owner text); insert into ' +
      'guarded select n, n::text from generate_series(1, 10) n';
    for (const server of [servers.source, servers.target]) {
      await createDatabase(server, 'guarded', script);
      await sql(
        server,
        'guarded',
        'create role reader login; alter table guarded enable row level security; create policy own ' +
          "on guarded using (owner = '1'); grant select on guarded to reader",
      );
    }
    const tables = await tablesOf(servers.source, 'guarded');
    const as = (server: LocalServer): ReturnType<typeof conninfo> => ({ ...conninfo(server), user: 'reader' });
    const input = {
      source: as(servers.source),
      target: as(servers.target),
      database: 'guarded',
      tables,
      depth: 'counts',
      jobs: 1,
      values: false,
    } as const;
    await expect(compareDatabase(input, () => undefined, new AbortController().signal)).rejects.toThrow(
      /row-level security/,
    );
  });
});

describe('a snapshot that was given', () => {
  it('is what the target is compared with, not what came later', async () => {
    const script = 'create table moving (id int primary key); insert into moving select generate_series(1, 100)';
    await createDatabase(servers.source, 'moving', script);
    await createDatabase(servers.target, 'moving', script);
    await withClient(servers.source, 'moving', async exporter => {
      await exporter.query('begin isolation level repeatable read read only');
      const { rows } = await exporter.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
      await sql(servers.source, 'moving', 'delete from moving where id > 50');
      const sourceSnapshot = rows[0]?.snapshot ?? '';
      expect(differing(await compare(servers.source, servers.target, 'moving', { sourceSnapshot }))).toEqual([]);
    });
    expect(differing(await compare(servers.source, servers.target, 'moving'))).toHaveLength(50);
  });
});

describe('comparing in the write stop', () => {
  const script =
    'create table small (id int primary key, v int); insert into small select n, n from generate_series(1, ' +
    '100) n; create table other (like small including all); insert into other table small; create table ' +
    'emptied (like small including all); insert into emptied table small';
  const counters = (): Promise<Awaited<ReturnType<typeof changeCounters>>> =>
    withConnection(conninfo(servers.source), { database: 'stopped', purpose: 'verify' }, changeCounters);

  it('compares again what was written to since, within its budget, and says what it left out', async () => {
    await createDatabase(servers.source, 'stopped', script);
    await createDatabase(servers.target, 'stopped', script);
    const tables = await tablesOf(servers.source, 'stopped');
    const input = {
      source: conninfo(servers.source),
      target: conninfo(servers.target),
      database: 'stopped',
      tables,
      jobs: 1,
    };
    const compareStopped = async (
      countersThen: Awaited<ReturnType<typeof changeCounters>> | undefined,
      budget = 5000,
    ) => compareInStop({ ...input, countersThen }, budget, new AbortController().signal);
    const named = (found: readonly { readonly table: string; readonly equal: boolean }[]): string[] =>
      found.map(({ table, equal }) => `${table} ${equal ? 'equal' : 'different'}`).sort();

    const all = await compareStopped(undefined);
    expect(named(all.compared)).toEqual(['emptied equal', 'other equal', 'small equal']);

    await waitUntil(
      'the inserts are counted',
      async () => (await value(servers.source, 'stopped', 'select sum(n_tup_ins) from pg_stat_user_tables')) === '300',
    );
    const then = await counters();
    await sql(servers.source, 'stopped', 'update small set v = 0 where id = 1');
    await sql(servers.source, 'stopped', 'truncate emptied');
    await sql(servers.target, 'stopped', 'truncate emptied');
    await waitUntil(
      'the update is counted',
      async () =>
        (await value(
          servers.source,
          'stopped',
          "select n_tup_upd from pg_stat_user_tables where relname = 'small'",
        )) === '1',
    );
    const changed = await compareStopped(then);
    expect(named(changed.compared)).toEqual(['emptied equal', 'small different']);
    expect(changed).toMatchObject({ equal: false, notCompared: [] });

    // What limits one comparison does not limit the next one's look at the counters.
    const second = await withStopComparison(
      { ...input, countersThen: then },
      new AbortController().signal,
      async comparison => {
        for (let times = 0; times < 20; times++) await comparison.compare(1);
        return comparison.compare(5000);
      },
    );
    expect(named(second.compared)).toEqual(['emptied equal', 'small different']);

    const hurried = await compareStopped(then, 0);
    expect(hurried.compared).toEqual([]);
    expect(hurried.notCompared.map(({ name }) => name).sort()).toEqual(['emptied', 'small']);
  });
});
