import { setTimeout as pause } from 'node:timers/promises';
import { withConnection } from '../../postgres/connect.js';
import type { Connection } from '../../postgres/connection.js';
import type { Conninfo } from '../../postgres/conninfo.js';
import { seeded } from './shop-schema.js';

/** An application that writes all the while and remembers what the server acknowledged. */
export interface ShopClient {
  /** Orders and order lines whose commit was acknowledged. */
  readonly rows: number;
  readonly orders: readonly string[];
  /** Sends the next orders to this server. */
  moveTo(server: Conninfo): void;
  stop(): Promise<void>;
}

const placeOrder = `
  with placed as (
    insert into orders (customer_id)
    values ($1)
    returning id
  ), lines as (
    insert into order_line (order_id, product_id, quantity, price)
    select placed.id, product.id, 1, product.price
    from placed, product
    where product.id between $2 and $2 + 1
  )
  select id from placed`;

const takeFromStock = 'update product set stock = stock - 1 where id between $1 and $1 + 1';

const shipOldest = `
  update orders
  set status = 'shipped'
  where id = (select id from orders where status = 'placed' order by placed_at limit 1)`;

const dropCancelled = `
  delete from orders
  where id = (select id from orders where status = 'cancelled' limit 1)`;

const rowsPerOrder = 3;
const pauseBetweenOrders = 4;
const pauseAfterRefusal = 20;

/** Starts to write: one order after the other, again on a new connection whenever it is cut off or refused. */
export function startShopClient(first: Conninfo): ShopClient {
  const orders: string[] = [];
  let server = first;
  let stopped = false;

  const session = (at: Conninfo): Promise<void> =>
    withConnection(at, { purpose: 'demo shop', settings: { search_path: 'public' } }, async connection => {
      // An application like any other: cutover ends their sessions, but not pgm's own.
      await connection.set('application_name', 'shop');
      while (!stopped && server === at) {
        orders.push(await order(connection, orders.length));
        await pause(pauseBetweenOrders);
      }
    });

  const untilStopped = async (): Promise<void> => {
    while (!stopped) await session(server).catch(() => pause(pauseAfterRefusal));
  };

  const running = untilStopped();
  return {
    get rows() {
      return orders.length * rowsPerOrder;
    },
    orders,
    moveTo(other) {
      server = other;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

/** One transaction; its order's id. */
async function order(connection: Connection, number: number): Promise<string> {
  return connection.transaction(async () => {
    const product = 1 + ((number * 31) % (seeded.products - 1));
    const { id } = await connection.row<{ id: string }>(placeOrder, [1 + (number % seeded.customers), product]);
    await connection.rows(takeFromStock, [product]);
    await connection.rows(number % 3 === 0 ? dropCancelled : shipOldest);
    return id;
  });
}

const arrivedRows = `
  select (select count(*) from orders where id = any($1::bigint[])) + (select count(*) from order_line
    where order_id = any($1::bigint[])) as rows`;

/** How many of these orders' rows a server has. */
export async function countArrived(server: Conninfo, orders: readonly string[]): Promise<number> {
  const { rows } = await withConnection(
    server,
    { purpose: 'demo shop', settings: { search_path: 'public' } },
    connection => connection.row<{ rows: string }>(arrivedRows, [orders]),
  );
  return Number(rows);
}
