import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Way } from '../inspect/rights.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { sendPrivately, withConninfo } from '../postgres/private-statement.js';
import {
  alterConnection,
  createSubscription,
  createSubscriptionByExtras,
  dropSubscription,
  dropSubscriptionByExtras,
  forgetTables,
  turnSubscription,
  type SubscriptionOptions,
} from './statements.js';

/** Statements that make a subscription in the way that the role may. */
export function subscriptionStatements(options: SubscriptionOptions): readonly string[] {
  return options.way === 'plain' ? [createSubscription(options)] : createSubscriptionByExtras(options);
}

/** The statement holds the source's password. @param also done in the same transaction */
export async function runCreateSubscription(
  subscriber: Connection,
  options: SubscriptionOptions,
  also: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await subscriber.transaction(async () => {
    for (const index of subscriptionStatements(options).keys())
      await sendPrivately(
        subscriber,
        withConninfo(options.conninfo, conninfo => subscriptionStatements({ ...options, conninfo })[index] ?? ''),
      );
    await also();
  });
}

/**
 * Tells a subscription another connection.
 * @throws UserError where aiven_extras made it: none of its functions does that [1.1.18]
 */
export async function changeConnection(subscriber: Connection, name: string, conninfo: string): Promise<void> {
  if ((await madeBy(subscriber, name)) === 'aiven_extras')
    throw new UserError(
      `the connection of subscription "${name}" cannot be changed: aiven_extras has no function for it`,
      {
        kind: 'blocked',
        code: 'PGM604',
        hint: 'put the former password or address back; or copy these tables again: pgm stop --release, then pgm apply',
      },
    );
  await sendPrivately(
    subscriber,
    withConninfo(conninfo, text => alterConnection(name, text)),
  );
}

/**
 * Whose subscription it is: one that aiven_extras made belongs to a superuser, and only its functions may change it.
 */
async function madeBy(subscriber: Connection, name: string): Promise<Way> {
  const [row] = await subscriber.rows<{ own: boolean }>(ownSql, [name]);
  return row?.own === false ? 'aiven_extras' : 'plain';
}

const ownSql = `
select pg_has_role(subowner, 'usage') as own
from pg_subscription
where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())`;

export async function enableSubscription(subscriber: Connection, name: string): Promise<void> {
  await subscriber.execute(turnSubscription(name, 'enable', await madeBy(subscriber, name)));
}

export async function disableSubscription(subscriber: Connection, name: string): Promise<void> {
  await subscriber.execute(turnSubscription(name, 'disable', await madeBy(subscriber, name)));
}

const workerSql = `
select st.pid
from pg_stat_subscription st
where st.subname = $1 and st.pid is not null`;

/** Milliseconds that a worker has to end after its subscription was disabled. */
const workerEndsWithin = 30_000;

/**
 * Leaves the subscription disabled and without a worker, so that whichever comes next knows nothing of the tables that
 * the publication has no longer: see {@link forgetTables}. Works from every state, also again: what the worker does
 * with those tables until it ends is done before they are emptied.
 */
export async function forgetUnpublishedTables(subscriber: Connection, name: string): Promise<void> {
  const [, refresh] = forgetTables(name);
  await enableSubscription(subscriber, name);
  if ((await madeBy(subscriber, name)) === 'aiven_extras')
    await subscriber.rows('select aiven_extras.pg_alter_subscription_refresh_publication($1::text, false)', [name]);
  else await subscriber.execute(refresh);
  await disableSubscription(subscriber, name);
  await waitWorkerEnds(subscriber, name);
  await enableSubscription(subscriber, name);
}

/** After a subscription was disabled. @throws UserError when its worker does not end */
export async function waitWorkerEnds(
  subscriber: Connection,
  name: string,
  within: number = workerEndsWithin,
): Promise<void> {
  const deadline = performance.now() + within;
  while ((await subscriber.rows(workerSql, [name])).length > 0) {
    if (performance.now() > deadline)
      throw new UserError(`the apply worker of subscription "${name}" does not end`, {
        kind: 'stopped',
        code: 'PGM866',
        hint: 'run `pgm apply` again',
      });
    await sleep(50);
  }
}

/** Tables that the publication has and the subscription did not know are copied by PostgreSQL's own workers. */
export async function refreshWithCopy(subscriber: Connection, name: string): Promise<void> {
  if ((await madeBy(subscriber, name)) === 'aiven_extras')
    await subscriber.rows('select aiven_extras.pg_alter_subscription_refresh_publication($1::text, true)', [name]);
  else await subscriber.execute(`alter subscription ${quoteIdentifier(name)} refresh publication`);
}

const existsSql = `
select 1 as one
from pg_subscription
where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())`;

/** In the session's own database. */
export async function subscriptionExists(subscriber: Connection, name: string): Promise<boolean> {
  return (await subscriber.rows(existsSql, [name])).length > 0;
}

/** Drops it if it is there, without touching its slot. */
export async function dropSubscriptionIfExists(subscriber: Connection, name: string): Promise<void> {
  if (!(await subscriptionExists(subscriber, name))) return;
  const isOwn = (await madeBy(subscriber, name)) === 'plain';
  for (const statement of isOwn ? dropSubscription(name) : dropSubscriptionByExtras(name))
    await subscriber.execute(statement);
}

const appliedSql = `
select o.remote_lsn::text as lsn
from pg_subscription s
join pg_replication_origin_status o on o.external_id = 'pg_' || s.oid
where s.subname = $1
  and s.subdbid = (select oid from pg_database where datname = current_database())`;

/** The publisher's position behind the last transaction that a subscription applied, also when it is disabled. */
export async function appliedUpTo(subscriber: Connection, subscription: string): Promise<string> {
  const [row] = await subscriber.rows<{ lsn: string | null }>(appliedSql, [subscription]);
  return row?.lsn ?? '0/0';
}
