import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withConnection, type ConnectOptions } from '../../src/postgres/connect.js';
import { errorCode, isRetryable, StatementError } from '../../src/postgres/errors.js';
import { processEnvironment } from '../../src/postgres/environment.js';
import { runProgram } from '../../src/postgres/program.js';
import { resolveConninfo } from '../../src/postgres/resolve-conninfo.js';
import { pgbouncerProgram, startPgbouncer } from '../support/pgbouncer.js';
import { serverBin, type Major } from '../support/majors.js';
import { sql, url, useServers, value, type LocalServer } from '../support/servers.js';

/** What a role or a database may have set, none of it of use to pgm. */
const hostile: Readonly<Record<string, string>> = {
  search_path: 'trap, public, pg_catalog',
  datestyle: 'SQL, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Tokyo',
  extra_float_digits: '-5',
  bytea_output: 'escape',
  array_nulls: 'off',
  xmloption: 'document',
  xmlbinary: 'hex',
  quote_all_identifiers: 'on',
  transform_null_equals: 'on',
  backslash_quote: 'on',
  row_security: 'on',
  default_text_search_config: 'pg_catalog.german',
  default_transaction_read_only: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  default_tablespace: '',
  exit_on_error: 'on',
  client_min_messages: 'error',
  statement_timeout: '9s',
  lock_timeout: '8s',
  idle_in_transaction_session_timeout: '7s',
  client_encoding: 'LATIN1',
  jit: 'on',
};

const since: Readonly<Record<string, number>> = { idle_session_timeout: 14, transaction_timeout: 17 };

const wanted: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog,pg_temp',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  array_nulls: 'on',
  xmloption: 'content',
  xmlbinary: 'base64',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
  transform_null_equals: 'off',
  backslash_quote: 'safe_encoding',
  row_security: 'off',
  default_text_search_config: 'pg_catalog.simple',
  default_transaction_read_only: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  exit_on_error: 'off',
  client_min_messages: 'notice',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  client_encoding: 'UTF8',
  jit: 'off',
};

const majors = ([14, 15, 16, 17, 18] as const).filter(major => serverBin(major) !== undefined);
const servers = useServers(Object.fromEntries(majors.map(major => [String(major), { major }])));

function serverOf(major: Major): LocalServer {
  const server = servers[String(major)];
  if (server === undefined) throw new Error(`no server of ${major}`);
  return server;
}

const conninfo = (server: LocalServer, more = ''): ReturnType<typeof resolveConninfo> =>
  resolveConninfo(`${url(server, 'shop', 'hasty')}${more}`, processEnvironment());

async function settingsOf(
  server: LocalServer,
  options: Partial<ConnectOptions> = {},
  more = '',
): Promise<Record<string, string>> {
  return withConnection(conninfo(server, more), { purpose: 'test', ...options }, async connection => {
    const rows = await connection.rows<{ name: string; setting: string }>('select name, setting from pg_settings');
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  });
}

describe.each(majors)('a session of pgm on %i', major => {
  beforeAll(async () => {
    const server = serverOf(major);
    await sql(server, 'postgres', 'create role hasty login');
    await sql(server, 'postgres', 'create database shop');
    await sql(
      server,
      'shop',
      'create schema trap authorization hasty; create function trap.now() ' +
        "returns text language sql as $$ select 'trapped' $$",
    );
    const known = {
      ...hostile,
      ...Object.fromEntries(Object.entries(since).flatMap(([name, first]) => (major >= first ? [[name, '6s']] : []))),
    };
    for (const [name, setting] of Object.entries(known)) {
      const list = name === 'search_path' ? setting : `'${setting}'`;
      await sql(server, 'postgres', `alter role hasty in database shop set ${name} = ${list}`);
      await sql(server, 'postgres', `alter role hasty set ${name} = ${list}`);
      await sql(server, 'postgres', `alter database shop set ${name} = ${list}`);
    }
  });
  afterAll(async () => {
    await sql(serverOf(major), 'postgres', 'drop database shop');
    await sql(serverOf(major), 'postgres', 'drop role hasty');
  });

  const later = Object.fromEntries(
    Object.entries(since).flatMap(([name, first]) => (major >= first ? [[name, '0']] : [])),
  );

  it('begins as every other, the first one and those after it', async () => {
    const first = await settingsOf(serverOf(major));
    expect(first).toMatchObject({ ...wanted, ...later });
    expect(await settingsOf(serverOf(major))).toMatchObject({ ...wanted, ...later });
  });

  it('finds nothing of users by an unqualified name, not even a temporary one first', async () => {
    await withConnection(conninfo(serverOf(major)), { purpose: 'test' }, async connection => {
      await connection.execute('create temp table pg_class (trap int)');
      expect(await connection.row('select now()::text as now, count(*) > 10 as found from pg_class')).toMatchObject({
        now: expect.stringMatching(/^20/) as unknown,
        found: true,
      });
    });
  });

  it('is the same for a walsender and for what computes values, but for what is computed with', async () => {
    await sql(serverOf(major), 'postgres', 'alter role hasty replication');
    await withConnection(conninfo(serverOf(major)), { purpose: 'test', replication: true }, async walsender => {
      for (const [name, setting] of Object.entries({ ...wanted, ...later })) {
        const [row] = await walsender.rows<Record<string, string>>(
          `select setting from pg_settings where name = '${name}'`,
        );
        expect(row, name).toEqual({ setting });
      }
    });
    expect(await settingsOf(serverOf(major), { computes: true })).toMatchObject({
      search_path: 'pg_catalog,pg_temp',
      DateStyle: 'ISO, YMD',
      TimeZone: 'Asia/Tokyo',
      default_text_search_config: 'pg_catalog.german',
    });
  });

  it('keeps event triggers out of what a superuser only reads, from 17 on, and is opened for whoever is none any more', async () => {
    await sql(serverOf(major), 'postgres', 'alter role hasty superuser');
    await settingsOf(serverOf(major));
    const off = major >= 17 ? 'off' : undefined;
    expect((await settingsOf(serverOf(major), { reads: true })).event_triggers).toBe(off);
    expect((await settingsOf(serverOf(major))).event_triggers).toBe(major >= 17 ? 'on' : undefined);
    await sql(serverOf(major), 'postgres', 'alter role hasty nosuperuser');
    for (const _ of ['first', 'again'])
      expect((await settingsOf(serverOf(major), { reads: true })).event_triggers).toBe(major >= 17 ? 'on' : undefined);
  });

  it("takes the user's own options, but for what is of the environment", async () => {
    const settings = await settingsOf(
      serverOf(major),
      {},
      `?options=${encodeURIComponent('-c datestyle=German -c search_path=public -c enable_seqscan=off')}`,
    );
    expect(settings).toMatchObject({ ...wanted, enable_seqscan: 'off' });
  });

  it("is the same for PostgreSQL's own programs", async () => {
    const said = await runProgram({
      program: '/usr/bin/psql',
      argv: ['-XAt', '-F=', '-c', 'select name, setting from pg_settings'],
      connection: { conninfo: conninfo(serverOf(major)), database: 'shop', purpose: 'test' },
      signal: new AbortController().signal,
    });
    const { client_encoding: _ours, ...rest } = wanted;
    for (const [name, setting] of Object.entries({ ...rest, ...later }))
      expect(said).toContain(`\n${name}=${setting}\n`);
  });
});

describe.skipIf(pgbouncerProgram === undefined)('through a PgBouncer that lends one server session to all', () => {
  it('each statement has the environment, and nothing of it is left to others', async () => {
    const server = serverOf(majors[0] ?? 14);
    await sql(server, 'postgres', 'create database lent');
    await sql(server, 'postgres', "alter database lent set datestyle = 'SQL, DMY'");
    const bouncer = await startPgbouncer(server, { mode: 'transaction', database: '*' });
    try {
      const through = resolveConninfo(`postgres://postgres@127.0.0.1:${bouncer.port}/lent`, processEnvironment());
      for (const round of ['first', 'again']) {
        await withConnection(through, { purpose: 'test' }, async connection => {
          const asked = "select current_setting('search_path') as path, $1::text as round";
          expect(await connection.row(asked, [round])).toEqual({ path: 'pg_catalog, pg_temp', round });
          await connection.transaction(async () => {
            expect(await connection.row(asked, [round])).toEqual({ path: 'pg_catalog, pg_temp', round });
          });
        });
      }
    } finally {
      await bouncer.stop();
    }
    expect(await value(server, 'lent', 'show datestyle')).toBe('SQL, DMY');
    await sql(server, 'postgres', 'drop database lent');
  });
});

describe('a lost connection that a statement tells of', () => {
  const raising = (code: string): string =>
    `do $$ begin raise 'could not connect to server "far"' using errcode = '${code}'; end $$`;

  it('is not that of the session, which goes on: no other try would help', async () => {
    const server = serverOf(majors[0] ?? 14);
    await withConnection(resolveConninfo(url(server), processEnvironment()), { purpose: 'test' }, async connection => {
      for (const code of ['08000', '08001', '08006', '08P01']) {
        const error: unknown = await connection.execute(raising(code)).catch((failed: unknown) => failed);
        expect(errorCode(error)).toBe(code);
        expect(isRetryable(error), code).toBe(false);
        expect(isRetryable(new Error('in a step', { cause: error })), code).toBe(false);
      }
      expect(await connection.row('select 1 as one')).toEqual({ one: 1 });
    });
  });

  it('is that of the session where that is gone, and of a subscription whose publisher may come back', async () => {
    const server = serverOf(majors[0] ?? 14);
    await withConnection(resolveConninfo(url(server), processEnvironment()), { purpose: 'test' }, async connection => {
      const dial = "create subscription far connection 'host=127.0.0.1 port=1 dbname=far' publication far";
      const refused: unknown = await connection.execute(dial).catch((failed: unknown) => failed);
      expect(refused).toBeInstanceOf(StatementError);
      if (errorCode(refused)?.startsWith('08') === true) expect(isRetryable(refused)).toBe(true);
      const waiting = connection.execute('select pg_sleep(60)').catch((failed: unknown) => failed);
      await sql(server, 'postgres', `select pg_terminate_backend(${connection.pid})`);
      expect(isRetryable(await waiting)).toBe(true);
      expect(isRetryable(await connection.execute('select 1').catch((failed: unknown) => failed))).toBe(true);
    });
  });
});
