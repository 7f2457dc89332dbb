import { rmSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { sql, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { eachFault } from './each-fault.js';
import { tail, useFaults, type FaultyMigration } from './migration.js';

const { servers, begin } = useFaults();

interface Drift {
  readonly name: string;
  readonly spec?: string;
  readonly change: (migration: FaultyMigration) => unknown;
  /** Beyond that both sides are equal. */
  readonly check?: (migration: FaultyMigration) => unknown;
}

const onSource = (text: string): Promise<unknown> => sql(servers.source, 'drift', text);
const onTarget = (text: string): Promise<unknown> => sql(servers.target, 'drift', text);
const lane = (
  server: typeof servers.source,
  table: 'pg_subscription' | 'pg_publication' | 'pg_replication_slots',
  column: string,
): Promise<string | undefined> => value(server, 'drift', `select ${column} from ${table} order by 1 limit 1`);

async function dropSlot(): Promise<void> {
  const name = await lane(servers.source, 'pg_replication_slots', 'slot_name');
  await onTarget(`alter subscription ${String(name)} disable`);
  await waitUntil('the slot is dropped', () =>
    onSource(`select pg_drop_replication_slot('${String(name)}')`).then(
      () => true,
      () => false,
    ),
  );
}

async function dropSubscription(keepSlot: boolean): Promise<void> {
  const name = String(await lane(servers.target, 'pg_subscription', 'subname'));
  await onTarget(`alter subscription ${name} disable`);
  if (keepSlot) await onTarget(`alter subscription ${name} set (slot_name = none)`);
  await onTarget(`drop subscription ${name}`);
}

const twoLanes = 'replication: {lanes: 2}';

const drifts: readonly Drift[] = [
  { name: 'the slot is dropped by hand', change: dropSlot },
  { name: 'one of two slots is dropped by hand', spec: twoLanes, change: dropSlot },
  {
    name: 'the publication is dropped by hand',
    change: async () => onSource(`drop publication ${String(await lane(servers.source, 'pg_publication', 'pubname'))}`),
  },
  { name: 'the subscription is dropped, with its slot', change: () => dropSubscription(false) },
  { name: 'the subscription is dropped, its slot stays', change: () => dropSubscription(true) },
  {
    name: 'the subscription is disabled',
    change: async () =>
      onTarget(`alter subscription ${String(await lane(servers.target, 'pg_subscription', 'subname'))} disable`),
  },
  {
    name: 'the lockfile is lost',
    change: ({ workspace: { folder } }) => {
      for (const name of ['drift.lock.json', 'drift.lock.json.backup']) rmSync(join(folder, name));
    },
  },
  {
    name: 'the lockfile is truncated',
    change: ({ workspace: { folder } }) => {
      truncateSync(join(folder, 'drift.lock.json'), 300);
      renameSync(join(folder, 'drift.lock.json.backup'), join(folder, 'drift.lock.json'));
    },
  },
  {
    name: 'tables are made on the source',
    change: () =>
      onSource(
        'create table made_later (id bigserial primary key, customer_id bigint references customer, note ' +
          'text); create index on made_later (note); insert into made_later (customer_id, note) select n, ' +
          'md5(n::text) from generate_series(1, 1000) n; create table without_rows (id int primary key)',
      ),
    check: async () => {
      expect(
        await value(servers.target, 'drift', "select count(*)::int from pg_indexes where tablename = 'made_later'"),
      ).toBe('2');
      expect(
        await value(
          servers.target,
          'drift',
          "select count(*)::int from pg_constraint where conrelid = 'made_later'::regclass and contype = 'f'",
        ),
      ).toBe('1');
      await onSource("insert into made_later (customer_id, note) values (1, 'after')");
    },
  },
  {
    name: 'a table is dropped on both sides',
    change: async () => {
      await onSource('drop table empty');
      await onTarget('drop table empty');
    },
  },
  {
    name: 'a column is added on both sides',
    change: async () => {
      await onTarget('alter table orders add column note text');
      await onSource("alter table orders add column note text; update orders set note = 'x' where id <= 10");
    },
  },
  {
    name: 'stop --release, then on',
    change: async ({ workspace: folder }) => {
      expect((await folder.pgm('stop', 'drift.yaml', '--release')).code).toBe(0);
    },
  },
  {
    name: 'stop, then on',
    change: async ({ workspace: folder }) => {
      const { code, stdout, stderr } = await folder.pgm('stop', 'drift.yaml');
      expect(code, stdout + stderr).toBe(0);
      expect(stdout + stderr).toMatch(
        /drift: 1 slot on the source holds .* of WAL, and more with every write, until its disk is full: max_slot_wal_keep_size sets no limit; vacuum keeps dead rows of the system catalogs from the last [\d,]+ transactions?\. Until `pgm apply` goes on/,
      );
    },
  },
];

const short = ['one of two slots is dropped', 'the subscription is dropped, its slot stays', 'tables are made'];

describe('somebody else changes things while it syncs', () => {
  eachFault(drifts, short)('$name', { timeout: 180_000 }, async ({ name, spec, change, check }) => {
    const migration = await begin('drift', spec === undefined ? {} : { spec });
    const first = await migration.start().result;
    expect(first.code, tail(first)).toBe(0);
    const before = migration.writer?.count ?? 0;
    await change(migration);
    // Changes that no lane carries until it is mended.
    await waitUntil('rows are written meanwhile', () => (migration.writer?.count ?? 0) > before + 20);
    await migration.toTheEnd(name, 1);
    await check?.(migration);
    await migration.finish();
  });
});
