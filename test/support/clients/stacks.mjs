import knex from 'knex';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import pg from 'pg';
import postgres from 'postgres';
import { placeOrders } from './ledger.ts';
const role = { user: 'app', database: 'shop' };
/** node-postgres: a pool with named statements, and a session that listens. `at` is read whenever it connects. */
export function pgPool(at) {
  let heard = 0;
  const client = placeOrders('pg', async () => {
    const pool = new pg.Pool({ ...at(), ...role, max: 3, connectionTimeoutMillis: 10_000 });
    pool.on('error', () => undefined);
    const listener = new pg.Client({ ...at(), ...role });
    listener.on('error', () => undefined);
    listener.on('notification', () => heard++);
    await listener.connect();
    await listener.query('listen placed');
    return {
      place: async n => {
        await pool.query({
          name: 'place',
          text: "with placed as (insert into orders (client, n) values ('pg', $1)) select pg_notify('placed', $2)",
          values: [n, String(n)],
        });
      },
      close: async () => {
        await Promise.all([pool.end(), listener.end()]);
      },
    };
  });
  return { ...client, heard: () => heard };
}
/** knex with its own pool; it is told one address, and never another. */
export function knexPool(address) {
  return placeOrders('knex', async () => {
    const db = knex({ client: 'pg', connection: { ...address, ...role }, pool: { min: 0, max: 3 } });
    return {
      place: async n => {
        await db.transaction(async transaction => {
          await transaction('orders').insert({ client: 'knex', n });
          await transaction('account').where({ id: 1 }).increment('orders', 1);
        });
      },
      close: () => db.destroy(),
    };
  });
}
/** postgres.js, which prepares by itself and connects again by itself. */
export function postgresJs(address) {
  return placeOrders('postgres.js', async () => {
    const db = postgres({
      ...address,
      ...role,
      max: 2,
      idle_timeout: 5,
      connect_timeout: 10,
      onnotice: () => undefined,
    });
    return {
      place: async n => {
        await db`insert into orders (client, n) values ('postgres.js', ${n})`;
      },
      close: () => db.end({ timeout: 1 }),
    };
  });
}
/** psycopg with a type that it knows by its OID, in a process of its own; null: it is not installed. */
export function psycopg(python, address) {
  const child = spawn(python, [join(import.meta.dirname, 'orders.py'), address.host, String(address.port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const acknowledged = new Set();
  const open = new Set();
  const refused = new Map();
  let last = performance.now();
  let longest = 0;
  createInterface({ input: child.stdout }).on('line', line => {
    const [what, n = '', code = ''] = line.split(' ');
    if (what === 'ok') {
      acknowledged.add(Number(n));
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    } else {
      refused.set(code, (refused.get(code) ?? 0) + 1);
      if (what === 'open') open.add(Number(n));
    }
  });
  const ended = new Promise(resolve => child.once('close', () => resolve()));
  const ledger = {
    name: 'psycopg',
    acknowledged,
    open,
    refused,
    stall: () => {
      const stall = Math.round(longest);
      longest = 0;
      return stall;
    },
  };
  return {
    ledger,
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
