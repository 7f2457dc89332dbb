import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { createSubscription, dropSubscription, type SubscriptionOptions } from './statements.js';

/**
 * The statement holds the source's password: kept out of the target's log where the role may say so, and out of errors.
 * @param also done in the same transaction
 */
export async function runCreateSubscription(subscriber: Connection, options: SubscriptionOptions, also: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  await subscriber.transaction(async () => {
    const { superuser } = await subscriber.row<{ superuser: boolean }>("select current_setting('is_superuser') = 'on' as superuser");
    if (superuser) await subscriber.execute("set local log_statement = 'none'; set local log_min_duration_statement = -1; set local log_min_error_statement = panic");
    await subscriber.execute(createSubscription(options), createSubscription({ ...options, conninfo: '(sensitive)' }));
    await also();
  });
}

export async function enableSubscription(subscriber: Connection, name: string): Promise<void> {
  await subscriber.execute(`alter subscription ${quoteIdentifier(name)} enable`);
}

export async function disableSubscription(subscriber: Connection, name: string): Promise<void> {
  await subscriber.execute(`alter subscription ${quoteIdentifier(name)} disable`);
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
  for (const statement of dropSubscription(name)) await subscriber.execute(statement);
}
