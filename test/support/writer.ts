import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { clientConfig, sql, type LocalServer } from './servers.js';

const tables = `
  create table if not exists writer_log (id bigint primary key, client int not null, note text not null, at timestamptz not null default clock_timestamp());
  create table if not exists writer_account (id int primary key, balance numeric(12, 2) not null default 0, touched timestamptz);
  create table if not exists writer_queue (id bigserial primary key, payload jsonb not null);
  insert into writer_account (id) select generate_series(1, 50) on conflict do nothing;`;

interface Statement {
  readonly text: string;
  readonly values: (id: number, client: number) => unknown[];
}

/** One transaction: an insert that proves the commit, an update, an insert by sequence and a delete. */
const statements: readonly Statement[] = [
  {
    text: 'insert into writer_log (id, client, note) values ($1, $2, $3)',
    values: (id, client) => [id, client, `client ${String(client)} – ${'é'.repeat(id % 7)}\\N\t`],
  },
  {
    text: 'update writer_account set balance = balance + $2, touched = now() where id = $1',
    values: id => [1 + (id % 50), (id % 900) / 100],
  },
  { text: 'insert into writer_queue (payload) values ($1)', values: id => [{ id, list: [1, null, 'x'] }] },
  {
    text:
      'delete from writer_queue where id in (select id from writer_queue order by ' +
      'id limit 1 for update skip locked) and $1 % 3 = 0',
    values: id => [id],
  },
];

export interface WriterReport {
  /** Ids in writer_log whose commit the server acknowledged. */
  readonly acknowledged: ReadonlySet<number>;
  /** The connection broke during the commit: it may or may not have happened. */
  readonly unknown: ReadonlySet<number>;
  /** Longest time without a commit by anyone, in milliseconds: the write stop as an application sees it. */
  readonly longestGap: number;
  /** Messages of what was refused, each once. */
  readonly errors: ReadonlySet<string>;
}

export interface Writer {
  /** Commits acknowledged so far. */
  readonly count: number;
  /** Sends new transactions to this server from now on, as a switched application would. */
  moveTo(server: LocalServer): void;
  stop(): Promise<WriterReport>;
}

/**
 * Writes to a database from several connections, each transaction after the other, and connects again whenever it is
 * cut off.
 */
export async function startWriter(
  first: LocalServer,
  database: string,
  options: { readonly clients?: number; readonly pauseMs?: number } = {},
): Promise<Writer> {
  await sql(first, database, tables);
  let server = first;
  let stopped = false;
  let next = Number(
    (await sql<{ id: string }>(first, database, 'select coalesce(max(id), 0)::text as id from writer_log'))[0]?.id ?? 0,
  );
  const acknowledged = new Set<number>();
  const unknown = new Set<number>();
  const errors = new Set<string>();
  let lastCommit = performance.now();
  let longestGap = 0;

  const committed = (id: number): void => {
    acknowledged.add(id);
    longestGap = Math.max(longestGap, performance.now() - lastCommit);
    lastCommit = performance.now();
  };

  const write = async (client: pg.Client, number: number): Promise<void> => {
    const id = ++next;
    await client.query('begin');
    for (const { text, values } of statements) await client.query(text, values(id, number));
    unknown.add(id);
    await client.query('commit');
    unknown.delete(id);
    committed(id);
  };

  const session = async (number: number): Promise<void> => {
    const at = server;
    const client = new pg.Client({
      ...clientConfig(at, database),
      connectionTimeoutMillis: 2_000,
      application_name: 'writer',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      while (!stopped && server === at) {
        await write(client, number);
        await pause(options.pauseMs ?? 2);
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  const untilStopped = async (number: number): Promise<void> => {
    while (!stopped) {
      await session(number).catch(async (error: unknown) => {
        errors.add(error instanceof Error ? error.message : String(error));
        await pause(20);
      });
    }
  };

  const running = Promise.all(Array.from({ length: options.clients ?? 2 }, (_, index) => untilStopped(index + 1)));
  return {
    get count() {
      return acknowledged.size;
    },
    moveTo(other) {
      server = other;
    },
    async stop() {
      stopped = true;
      await running;
      return { acknowledged, unknown, longestGap: Math.round(longestGap), errors };
    },
  };
}

/** Acknowledged commits that a server does not have; and, second, what it has that nobody ever sent. */
export async function lostCommits(
  server: LocalServer,
  database: string,
  report: WriterReport,
): Promise<{ readonly missing: number[]; readonly foreign: number[] }> {
  const rows = await sql<{ id: string }>(server, database, 'select id::text from writer_log');
  const there = new Set(rows.map(row => Number(row.id)));
  return {
    missing: [...report.acknowledged].filter(id => !there.has(id)),
    foreign: [...there].filter(id => !report.acknowledged.has(id) && !report.unknown.has(id)),
  };
}
