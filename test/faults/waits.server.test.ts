import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { clientConfig, sql, value, withClient } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { longFault } from './each-fault.js';
import { tail, useFaults } from './migration.js';

const { servers, workspace, begin } = useFaults();

/** Sessions of the run that wait for the lock of `report`. */
const waitingSql = `
select w.pid || ' ' || w.query_start as began
from pg_stat_activity w
join pg_stat_activity h on h.pid = any (pg_blocking_pids(w.pid))
where h.application_name = 'report' and w.application_name like 'pgm: %'`;

describe('somebody holds a lock that a step needs', () => {
  it('is named with pid, age and query, and waited for no longer than it holds it', { timeout: 120_000 }, async () => {
    const migration = await begin('waited');
    await withClient(servers.source, 'waited', async client => {
      await client.query("set application_name = 'nightly job'; begin; lock table product in share row exclusive mode");
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const pid = rows[0]?.pid ?? 0;
      let released: Promise<unknown> | undefined;
      const began = performance.now();
      const result = await migration.start(event => {
        if (event.type === 'diagnostic' && event.message.includes(`for a lock of pid ${pid} `))
          released ??= client.query('rollback');
      }).result;
      expect(released, tail(result)).toBeDefined();
      await released;
      expect(result.code).toBe(0);
      migration.recovered('a lock is held on the source', began);
      const told = migration.events
        .flatMap(event => (event.type === 'diagnostic' ? [event.message] : []))
        .find(message => message.includes(String(pid)));
      expect(told).toMatch(
        /on the source, ".*" has waited \d+ s for a lock of pid \d+ \(postgres, nightly job, its transaction is \d+ s old\): (lock table product|select pg_backend_pid)/,
      );
    });
    await migration.finish();
  });

  const onTarget = (name: string, forEver: boolean): void =>
    longFault(`on the target, and ${name}`, { timeout: 300_000 }, async () => {
      const migration = await begin('waited');
      const began = performance.now();
      const tries = new Set<string>();
      const secondTry = async (): Promise<boolean> => {
        for (const { began: at } of await sql<{ began: string }>(servers.target, 'waited', waitingSql)) tries.add(at);
        return tries.size > 1;
      };
      const holder = new pg.Client({
        ...clientConfig(servers.target, 'postgres'),
        database: 'waited',
        application_name: 'report',
      });
      try {
        let held: Promise<unknown> | undefined;
        let released: Promise<unknown> | undefined;
        const result = await migration.start(event => {
          // The run waits meanwhile for what this test does with the tables; they are there from here on.
          if (event.type === 'step_done' && event.step.split('/')[1] === 'copy')
            held ??= holder.connect().then(() => holder.query('begin; lock table orders in access exclusive mode'));
          if (!forEver && held !== undefined)
            released ??= held
              .then(() => waitUntil('a second try for the lock', secondTry, 90_000))
              .then(() => holder.query('rollback'));
        }).result;
        expect(held, tail(result)).toBeDefined();
        if (forEver) {
          expect(result.code, tail(result)).toBe(7);
          const failed = migration.events.flatMap(event => (event.type === 'step_failed' ? [event.error] : []));
          expect(failed, tail(result)).toContainEqual(
            expect.objectContaining({
              code: 'PGM633',
              message: expect.stringMatching(
                /a lock was not given in time: on the target, ".*" has waited \d+ s for a lock of pid \d+ \(postgres, report, .*lock table orders/,
              ) as string,
              hint: expect.stringMatching(/select pg_terminate_backend\(\d+\);/) as string,
            }),
          );
          expect((performance.now() - began) / 1000).toBeLessThan(240);
        } else {
          expect(result.code, tail(result)).toBe(0);
          await released;
          expect(
            migration.events.some(
              event => event.type === 'diagnostic' && /for a lock of pid \d+ \(postgres, report/.test(event.message),
            ),
            tail(result),
          ).toBe(true);
        }
      } finally {
        await holder.end();
      }
      await migration.toTheEnd(`a lock is held on the target, ${name}`, 1);
      await migration.finish();
    });
  onTarget('goes after a while', false);
  onTarget('never goes: the run ends and names it', true);
});

longFault(
  'somebody writes on the source and does not commit: a slot waits, ends after its bound and leaves nothing',
  { timeout: 240_000 },
  async () => {
    const migration = await begin('waited');
    const client = new pg.Client({
      ...clientConfig(servers.source, 'postgres'),
      database: 'waited',
      application_name: 'batch',
    });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin; update product set price = 1 where id = 1');
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const who = `pid ${rows[0]?.pid ?? 0} \\(postgres@waited, \\d+ s\\): select pg_backend_pid`;
    // Five minutes in ten seconds.
    Object.assign(workspace.environment, {
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'quick-clock.mjs')}`,
      CLOCK_SPEED: '30',
    });
    const result = await migration.start().result;
    for (const variable of ['NODE_OPTIONS', 'CLOCK_SPEED']) Reflect.deleteProperty(workspace.environment, variable);
    expect(result.code, tail(result)).toBe(7);
    const told = migration.events.flatMap(event =>
      event.type === 'step_progress' ? [event.progress.waiting_for ?? ''] : [],
    );
    expect(
      told.find(words => words !== ''),
      tail(result),
    ).toMatch(new RegExp(`^${who}`));
    const failed = migration.events.flatMap(event => (event.type === 'step_failed' ? [event.error] : []));
    expect(failed, tail(result)).toContainEqual(
      expect.objectContaining({
        code: 'PGM634',
        message: expect.stringMatching(`not be made in 5 minutes: it waits for ${who}`) as string,
      }),
    );
    expect(await value(servers.source, 'postgres', 'select count(*)::int from pg_replication_slots')).toBe('0');
    const [, statement = ''] =
      /on the source: (select pg_terminate_backend\(\d+\);) Then/.exec(failed[0]?.hint ?? '') ?? [];
    await sql(servers.source, 'postgres', statement);
    await client.end().catch(() => undefined);
    await migration.toTheEnd('a slot waited for a transaction until its bound', 1);
    await migration.finish();
  },
);
