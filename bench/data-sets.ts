import type { BenchServer } from './servers.js';

/** A data set; scale 1 is what the README's figures are of. */
export interface DataSet {
  readonly name: string;
  /** Databases that are made and moved. */
  readonly databases: (scale: number) => readonly string[];
  readonly fill: (server: BenchServer, scale: number) => Promise<void>;
  /** Peers that bring no figure here, with the reason. */
  readonly without: Readonly<Partial<Record<string, string>>>;
}

async function each(server: BenchServer, database: string, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await server.sql(database, statement);
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

const single = (name: string) => (): readonly string[] => [name];

/** A large table with key, FK and two more indexes, 12 partitions, accounts, 200 small tables. */
const mixed: DataSet = {
  name: 'mixed',
  databases: single('mixed'),
  without: {},
  fill: async (server, scale) => {
    const rows = Math.round(8_000_000 * scale);
    const accounts = Math.max(1, Math.round(500_000 * scale));
    await each(server, 'mixed', [
      'create table accounts (id bigint primary key, email text not null, balance numeric(14,2), created timestamptz)',
      `insert into accounts select i, 'user' || i || '@example.com', (i * 37 % 100000) / 100.0, ` +
        `'2020-01-01'::timestamptz + i * interval '1 minute' from generate_series(1::bigint, ${accounts}) i`,
      'create table orders (id bigint primary key, account_id bigint not null references accounts, ' +
        'placed timestamptz not null, note text, doc jsonb, amount numeric(12,2))',
      `insert into orders select i, 1 + (i * 7919) % ${accounts}, '2021-01-01'::timestamptz + i * ` +
        `interval '7 seconds', md5(i::text) || md5((i * 3)::text), jsonb_build_object('k', i % 100, ` +
        `'tags', array['a', 'b', (i % 1000)::text], 's', md5((i * 7)::text)), (i * 13 % 1000000) / ` +
        `100.0 from generate_series(1::bigint, ${rows}) i`,
      'create index on orders (account_id, placed)',
      'create index on orders (placed)',
      'create table events (id bigint not null, at timestamptz not null, kind int, ' +
        'payload text, primary key (id, at)) partition by range (at)',
      ...range(12).map(
        month =>
          `create table events_${month} partition of events for values from ('2023-01-01'::timestamptz + ` +
          `interval '${month - 1} month') to ('2023-01-01'::timestamptz + interval '${month} month')`,
      ),
      `insert into events select i, '2023-01-01'::timestamptz + (i % 31000000) * interval '1 second', ` +
        'i % 50, md5(i::text) from (select (g::bigint * 10331) % 31000000 as i from ' +
        `generate_series(1, ${Math.round(1_200_000 * scale)}) g) x on conflict do nothing`,
      'create index on events (kind)',
      ...range(200).map(
        table =>
          `create table small_${table} (id int primary key, a text, b int unique, c timestamptz); insert ` +
          `into small_${table} select g, md5(g::text), g, now() from generate_series(1, 200) g; create ` +
          `index on small_${table} (c); create index on small_${table} (a)`,
      ),
    ]);
  },
};

const many: DataSet = {
  name: 'many',
  databases: single('many'),
  without: { subscription: 'tablesync copies one table after another' },
  fill: async (server, scale) => {
    const tables = range(Math.round(5000 * scale));
    for (let at = 0; at < tables.length; at += 100) {
      await server.sql(
        'many',
        tables
          .slice(at, at + 100)
          .map(
            table =>
              `create table t_${table} (id int primary key, a text, b int); insert into ` +
              `t_${table} select g, md5(g::text), g from generate_series(1, 10) g; create index ` +
              `on t_${table} (a); create index on t_${table} (b);`,
          )
          .join('\n'),
      );
    }
  },
};

const one: DataSet = {
  name: 'one',
  databases: single('one'),
  without: { 'pgcopydb split': 'pgcopydb 0.10 fails on an id above 2^31: "integer out of range"' },
  fill: async (server, scale) => {
    await each(server, 'one', [
      'create table big (id bigint primary key, a text, b text, at timestamptz, n numeric(12,2), doc jsonb)',
      'insert into big select i, md5(i::text) || md5((i + 1)::text), md5((i * 3)::text), ' +
        `'2020-01-01'::timestamptz + i * interval '3 seconds', i / 7.0, jsonb_build_object('a', i, 'b', ` +
        `md5(i::text)) from generate_series(1::bigint, ${Math.round(5_000_000 * scale)}) i`,
      "insert into big values (1000000000000, 'x', 'y', now(), 1, '{}')",
      'create index on big (at)',
    ]);
  },
};

const toast: DataSet = {
  name: 'toast',
  databases: single('toast'),
  without: {},
  fill: async (server, scale) => {
    await each(server, 'toast', [
      'create table blobs (id bigint primary key, name text, body text)',
      'alter table blobs alter body set storage external',
      `insert into blobs select i, 'n' || i, (select string_agg(md5((i * 1000 + j)::text), '') from ` +
        `generate_series(1, 300) j) from generate_series(1::bigint, ${Math.round(100_000 * scale)}) i`,
    ]);
  },
};

const cluster: DataSet = {
  name: 'cluster',
  databases: scale => range(Math.max(2, Math.round(30 * scale))).map(number => `db_${number}`),
  without: { subscription: 'one subscription a database, made by hand' },
  fill: async (server, scale) => {
    for (const database of cluster.databases(scale)) {
      await server.sql(
        database,
        range(50)
          .map(
            table =>
              `create table t_${table} (id int primary key, a text, b int); insert into t_${table} select g, ` +
              `md5(g::text), g from generate_series(1, 1000) g; create index on t_${table} (a);`,
          )
          .join('\n'),
      );
    }
  },
};

export const dataSets: readonly DataSet[] = [mixed, many, one, toast, cluster];
