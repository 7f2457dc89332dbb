import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { subscriptionWay, waysOfSubscription } from './rights.js';
import { createSubscription, dropSubscription, type SubscriptionOptions } from './statements.js';

/**
 * The statement holds the source's password: kept out of the target's log where the role may say so, and out of errors.
 * Where aiven_extras makes it, it is enabled at once, whatever was asked [1.1.18].
 * @param also done in the same transaction
 */
export async function runCreateSubscription(subscriber: Connection, options: SubscriptionOptions, also: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  const way = await subscriptionWay(subscriber);
  await subscriber.transaction(async () => {
    if (way === 'aiven_extras') {
      await subscriber.rows('select aiven_extras.pg_create_subscription($1::text, $2::text, $3::text, $4::text, false, false)', [options.name, options.conninfo, options.publication, options.slot]);
    } else {
      const { superuser } = await subscriber.row<{ superuser: boolean }>("select current_setting('is_superuser') = 'on' as superuser");
      if (superuser) await subscriber.execute("set local log_statement = 'none'; set local log_min_duration_statement = -1; set local log_min_error_statement = panic");
      await subscriber.execute(createSubscription(options), createSubscription({ ...options, conninfo: '(sensitive)' }));
    }
    await also();
  });
}

export async function enableSubscription(subscriber: Connection, name: string): Promise<void> {
  if ((await waysOfSubscription(subscriber, name)) === 'aiven_extras') await subscriber.rows('select aiven_extras.pg_alter_subscription_enable($1::text)', [name]);
  else await subscriber.execute(`alter subscription ${quoteIdentifier(name)} enable`);
}

export async function disableSubscription(subscriber: Connection, name: string): Promise<void> {
  if ((await waysOfSubscription(subscriber, name)) === 'aiven_extras') await subscriber.rows('select aiven_extras.pg_alter_subscription_disable($1::text)', [name]);
  else await subscriber.execute(`alter subscription ${quoteIdentifier(name)} disable`);
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
  if ((await waysOfSubscription(subscriber, name)) === 'aiven_extras') {
    await disableSubscription(subscriber, name);
    await subscriber.rows('select aiven_extras.pg_drop_subscription($1::text, false)', [name]);
    return;
  }
  for (const statement of dropSubscription(name)) await subscriber.execute(statement);
}
