import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import type { Connection } from '../../src/postgres/connection.js';
import { processEnvironment } from '../../src/postgres/environment.js';
import { StatementError } from '../../src/postgres/errors.js';
import { privateStatement, sendPrivately } from '../../src/postgres/private-statement.js';
import { resolveConninfo } from '../../src/postgres/resolve-conninfo.js';
import type { Finding } from '../../src/checks/finding.js';
import { findingsFor, ofCode, paste } from '../checks/readiness.js';
import {
  createDatabase,
  dropDatabases,
  sql,
  url,
  useServers,
  withClient,
  type LocalServer,
} from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

/** Everything that may be recorded is. */
const recorded = {
  shared_preload_libraries: 'pg_stat_statements,auto_explain',
  log_statement: 'all',
  log_min_duration_statement: 0,
  log_transaction_sample_rate: 1,
  log_error_verbosity: 'verbose',
  log_lock_waits: 'on',
  deadlock_timeout: '50ms',
  'auto_explain.log_min_duration': 0,
  'auto_explain.log_nested_statements': 'on',
  debug_print_parse: 'on',
} as const;

describe('a statement with a secret', { timeout: 120_000 }, () => {
  const servers = useServers({
    old: { major: 14, settings: recorded },
    new: { major: 18, settings: { ...recorded, 'pg_stat_statements.track': 'all' } },
  });
  const secret = 's3cret';
  const changePassword = privateStatement([secret], ([text = '']) => `alter role worker password '${text}'`);
  const log = (server: LocalServer): string => readFileSync(join(server.folder, 'server.log'), 'utf8');

  const actors = [
    ['a superuser', '14', 'old', 'postgres'],
    ['a role without rights', '14', 'old', 'worker'],
    ['a superuser', '18', 'new', 'postgres'],
    ['a role that was granted the setting', '18', 'new', 'worker'],
  ] as const;

  it.each(actors)('of %s on %s is in no log, no view and no error', async (_, __, which, user) => {
    const server = servers[which];
    if (user === 'worker')
      await sql(
        server,
        'postgres',
        'create role worker login; alter role worker set log_lock_waits = off; create extension ' +
          `pg_stat_statements; ${which === 'new' ? 'grant set on parameter pg_stat_statements.track to worker; ' : ''}grant ` +
          'pg_read_all_stats to worker',
      );
    else await sql(server, 'postgres', 'create role worker; create extension pg_stat_statements');
    await createDatabase(
      server,
      'app',
      `create table t (id int); alter table t owner to worker; grant all on schema public to worker`,
    );
    await withConnection(
      resolveConninfo(url(server, 'app', user), processEnvironment()),
      { purpose: 'test' },
      async session => {
        await sendPrivately(session, changePassword);
        await whileItWaits(server, session);
        const errors = [
          await failure(session, `alter role nobody password '${secret}'`),
          await failure(session, `alter role worker pasword '${secret}'`),
          await failure(
            session,
            `do $$ begin raise exception using message = '${secret}', detail = '${secret}', hint = '${secret}'; end $$`,
          ),
        ];
        expect(errors.map(({ code }) => code)).toEqual(['42704', '42601', 'P0001']);
        for (const error of errors) expect(inspect(error, { depth: 9 })).not.toContain(secret);
        await session.execute("set statement_timeout = '100ms'");
        const cancelled = await failure(session, `select pg_sleep(9), '${secret}'`);
        expect(cancelled.code).toBe('57014');
        expect(inspect(cancelled, { depth: 9 })).not.toContain(secret);
      },
    );
    const statements = await sql<{ query: string }>(server, 'postgres', 'select query from pg_stat_statements');
    expect(statements.filter(({ query }) => query.includes(secret))).toEqual([]);
    // The log has what was sent, without the secret; and the trap is a real one.
    expect(log(server).includes("alter role worker password ''(sensitive)''")).toBe(true);
    expect(
      log(server)
        .split('\n')
        .filter(line => line.includes(secret)),
    ).toEqual([]);
    await sql(server, 'app', "comment on table public.t is 'in clear text'");
    expect(log(server).includes('in clear text')).toBe(true);
    await sql(server, 'postgres', 'drop database app with (force)');
    await sql(
      server,
      'postgres',
      `${which === 'new' && user === 'worker' ? 'revoke set on parameter pg_stat_statements.track from worker; ' : ''}drop ` +
        'role worker; drop extension pg_stat_statements',
    );
  });

  it('PGM420: what records statements within others, and is not to be switched off by the role', async () => {
    await sql(servers.new, 'postgres', 'create role mover login createdb createrole replication');
    await createDatabase(servers.old, 'shop', 'create table t (id int primary key)');
    const found = (): Promise<Finding[]> =>
      findingsFor({ source: servers.old, target: servers.new, targetUser: 'mover' }).then(all => ofCode(all, 'PGM420'));
    const bad = await found();
    expect(bad).toMatchObject([
      { severity: 'warning', server: 'target', object: 'pg_stat_statements.track', current: 'all' },
      { severity: 'info', object: 'log_statement' },
    ]);
    paste(servers.new, 'postgres', bad[0]?.remedy);
    expect(await found()).toMatchObject([{ severity: 'info', object: 'log_statement' }]);
    expect(ofCode(await findingsFor({ source: servers.old, target: servers.new }), 'PGM420')).toEqual([]);
    await dropDatabases(servers.old, 'shop');
    await sql(servers.new, 'postgres', 'drop role mover');
  });

  /** Somebody with pg_read_all_stats looks at it while it waits for a lock, and ends it. */
  async function whileItWaits(server: LocalServer, session: Connection): Promise<void> {
    await withClient(server, 'app', async holder => {
      await holder.query('begin; lock table t');
      const sent = sendPrivately(
        session,
        privateStatement([secret], ([text = '']) => `comment on table public.t is '${text}'`),
      );
      const running = (): Promise<{ query: string }[]> =>
        sql(
          server,
          'postgres',
          `select query from pg_stat_activity where pid = ${session.pid} and wait_event_type = 'Lock'`,
        );
      await waitUntil('it waits', async () => (await running()).length > 0);
      const [row] = await running();
      expect(row?.query).toContain("comment on table public.t is ''(sensitive)''");
      expect(row?.query).not.toContain(secret);
      await holder.query('commit');
      await sent;
    });
  }
});

async function failure(session: Connection, text: string): Promise<StatementError> {
  const statement = privateStatement(['s3cret'], ([shown = '']) => text.replaceAll('s3cret', shown));
  const error: unknown = await sendPrivately(session, statement).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof StatementError) return error;
  throw new Error('it did not fail', { cause: error });
}
