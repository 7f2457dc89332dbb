// Clients that write without a pause, as pgbench does, and know what was acknowledged to them.
import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { config } from '../throwaway-servers.mjs';

const random = most => 1 + Math.floor(Math.random() * most);

/** What all clients know together. */
export class Ledger {
  next = 0;
  acknowledged = new Set();
  /** Sent, and never answered. */
  unknown = new Set();
  #commits = new Map();

  of(server) {
    if (!this.#commits.has(server)) this.#commits.set(server, { first: 0, last: 0 });
    return this.#commits.get(server);
  }

  committed(id, server) {
    this.unknown.delete(id);
    this.acknowledged.add(id);
    const seen = this.of(server);
    seen.last = performance.now();
    if (seen.first === 0) seen.first = seen.last;
  }
}

const statements = (size, id) => {
  const [account, teller, branch, delta] = [random(size * 100000), random(size * 10), random(size), random(1000)];
  return [
    `update account set balance = balance + ${delta} where id = ${account}`,
    `update teller set balance = balance + ${delta} where id = ${teller}`,
    `update branch set balance = balance + ${delta} where id = ${branch}`,
    'insert into history (id, teller, branch, account, delta) values ' +
      `(${id}, ${teller}, ${branch}, ${account}, ${delta}); select nextval('ticket')`,
  ];
};

/** One of pgbench's. */
export async function transaction(client, ledger, size, at) {
  const id = ++ledger.next;
  await client.query('begin');
  for (const statement of statements(size, id)) await client.query(statement);
  ledger.unknown.add(id);
  await client.query('commit');
  ledger.committed(id, at);
}

/** Connected to both servers, as a pool that knows both would be; they go over when they are cut off. */
export class DirectClients {
  stopped = false;
  /** The side that is being left. */
  leaving = null;

  constructor([source, target], ledger) {
    this.source = source;
    this.target = target;
    this.here = source;
    this.ledger = ledger;
  }

  start(count, databases, size) {
    this.running = Array.from({ length: count }, async (_, index) => {
      while (!this.stopped) {
        await this.#session(databases[index % databases.length], size).catch(() => undefined);
        await sleep(5);
      }
    });
  }

  async stop() {
    this.stopped = true;
    await Promise.all(this.running);
  }

  async #session(database, size) {
    const clients = new Map();
    for (const server of [this.source, this.target]) {
      const client = new pg.Client(config(server, database));
      client.on('error', () => undefined);
      // One that was made while its server was shut stays read-only.
      if (server === this.here || server === this.target)
        await client.connect().then(
          () => clients.set(server, client),
          () => undefined,
        );
    }
    try {
      for (;;) {
        const at = this.here;
        const client = clients.get(at);
        if (client === undefined) return;
        try {
          while (!this.stopped && this.here === at) await transaction(client, this.ledger, size, at);
          if (this.stopped) return;
        } catch {
          if (at === this.leaving) this.here = at === this.source ? this.target : this.source;
          else return;
        }
      }
    } finally {
      for (const client of clients.values()) await client.end().catch(() => undefined);
    }
  }
}

/** Milliseconds from which on a transaction is remembered. */
const notable = 20;

/** Behind PgBouncer: they never connect again, any error is one that an application would see. */
export class PooledClients {
  stopped = false;
  /** Transactions that took long: when they began and ended (Date.now). */
  slow = [];
  errors = [];

  constructor(port, ledger) {
    this.port = port;
    this.ledger = ledger;
  }

  start(count, [database], size) {
    this.running = Array.from({ length: count }, () =>
      this.#work(database, size).catch(error => this.errors.push(error.message)),
    );
  }

  async stop() {
    this.stopped = true;
    await Promise.all(this.running);
  }

  async #work(database, size) {
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, user: 'postgres', database });
    client.on('error', error => this.errors.push(error.message));
    await client.connect();
    while (!this.stopped) {
      const began = Date.now();
      await transaction(client, this.ledger, size, 'bouncer');
      const ended = Date.now();
      if (ended - began > notable) this.slow.push({ began, ended });
    }
    await client.end();
  }
}

/** Milliseconds between two tries. */
const pollEvery = 2;

/**
 * Tries to write on a side that is shut until it may: the first commit that anybody can make there.
 * @returns its moment (performance.now)
 */
export async function firstPossibleCommit(server, database, ledger, over) {
  const client = new pg.Client(config(server, database));
  client.on('error', () => undefined);
  await client.connect();
  try {
    while (!over.aborted) {
      const id = ++ledger.next;
      ledger.unknown.add(id);
      try {
        await client.query(`begin read write; insert into history (id) values (${id}); commit`);
        ledger.unknown.delete(id);
        ledger.acknowledged.add(id);
        return performance.now();
      } catch {
        ledger.unknown.delete(id);
        await client.query('rollback');
        await sleep(pollEvery);
      }
    }
    return Number.NaN;
  } finally {
    await client.end();
  }
}
