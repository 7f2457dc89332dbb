import pg from 'pg';
import { describe, expect } from 'vitest';
import { sql, url, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { eachFault } from './each-fault.js';
import { tail, useFaults, type FaultyMigration } from './migration.js';

const { servers, workspace, begin } = useFaults();

const spec = 'copy: {jobs: 2, index_jobs: 2}\nreplica_identity: {missing: full}';
const resync = ['--resync', 'public.nokey', '--resync', 'public.product'];

const onSource = (text: string): Promise<unknown> => sql(servers.source, 'switched', text);
const onTarget = (text: string): Promise<unknown> => sql(servers.target, 'switched', text);
const sees = (server: keyof typeof servers, query: string) => async (): Promise<boolean> =>
  (await value(servers[server], 'switched', query)) === 'true';

/** A lock on the target, held until the function that it gives is called. */
async function locked(statement: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: url(servers.target, 'switched') });
  await holder.connect();
  await holder.query(`begin; ${statement}`);
  return () => holder.end();
}

async function killedWhen(migration: FaultyMigration, what: string, condition: () => Promise<boolean>): Promise<void> {
  const running = migration.start(undefined, ...resync);
  await waitUntil(what, condition);
  running.process.kill('SIGKILL');
  await running.result;
}

const isRefreshing =
  "select exists (select from pg_stat_activity where query ~ '^alter " +
  "subscription .* refresh' and wait_event_type = 'Lock')::text";
const isForgotten = "select (not exists (select from pg_subscription_rel where srrelid = 'nokey'::regclass))::text";

/** What happened before tables leave their lane, and where pgm was killed while they do. */
const moments = [
  { name: 'a lane at work', stopped: false, killed: 'never' },
  { name: 'a lane at work, killed before its refresh', stopped: false, killed: 'before the refresh' },
  {
    name: 'a lane at work, killed while its worker still knows them',
    stopped: false,
    killed: 'before the worker ended',
  },
  { name: 'a stopped lane', stopped: true, killed: 'never' },
  { name: 'a stopped lane, killed before its refresh', stopped: true, killed: 'before the refresh' },
  {
    name: 'a stopped lane, killed while its worker still knows them',
    stopped: true,
    killed: 'before the worker ended',
  },
] as const;

describe('tables that leave a lane take none of its changes afterwards', () => {
  eachFault(moments, ['a stopped lane, killed before', 'a lane at work, killed while'])(
    '$name',
    { timeout: 240_000 },
    async ({ name, stopped, killed }) => {
      const migration = await begin('switched', { spec });
      await onSource(
        "create table nokey (a int, b text); insert into nokey select n, 'before' from " +
          'generate_series(1, 100) n; create table gate (id int primary key)',
      );
      await migration.applies();
      if (stopped) await workspace.succeeds('stop', migration.spec);
      const began = performance.now();
      if (killed === 'never') {
        await onSource("insert into nokey select n, 'between' from generate_series(1, 50) n");
        await migration.toTheEnd(name, 1, ...resync);
      } else {
        await onSource("insert into nokey values (0, 'known to the worker')");
        if (!stopped)
          await waitUntil('the worker knows it', sees('target', 'select exists (select from nokey where a = 0)::text'));
        // The worker stands in the middle of a transaction, and knows what it subscribed to when it began.
        const openGate = await locked('lock table gate in exclusive mode');
        await onSource(
          'begin; insert into gate values (1); insert into nokey select n, ' +
            "'between' from generate_series(1, 50) n; commit",
        );
        if (killed === 'before the refresh') {
          const letGo = await locked('lock table pg_subscription_rel in exclusive mode');
          await killedWhen(migration, 'the refresh waits', sees('target', isRefreshing));
          await onTarget(
            "select pg_terminate_backend(pid) from pg_stat_activity where query ~ '^alter subscription .* refresh'",
          );
          await letGo();
          expect(await sees('target', isForgotten)()).toBe(false);
        } else await killedWhen(migration, 'the subscription forgot them', sees('target', isForgotten));
        const again = migration.start();
        await waitUntil('it comes to the lane that they leave, or goes on without', () =>
          migration.events.some(
            ({ type, ...event }) =>
              type === 'step_start' && 'step' in event && /publication\/.*_1$|\/sync/.test(event.step),
          ),
        );
        await openGate();
        const result = await again.result;
        expect(result.code, tail(result)).toBe(0);
        migration.recovered(name, began);
      }
      await onSource(
        "insert into nokey select n, 'after' from generate_series(1, 50) n; delete from nokey where a = 7",
      );
      await migration.finish();
    },
  );
});
