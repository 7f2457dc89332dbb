import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { runCreatePublication } from '../replication/publications.js';
import type { Relation } from '../replication/statements.js';
import { createSlot, dropSlotIfExists } from '../replication/slots.js';
import { dropSubscriptionIfExists, runCreateSubscription } from '../replication/subscriptions.js';

export interface BackLane {
  readonly name: string;
  readonly tables: readonly Relation[];
  /** How the subscriber dials the publisher, with the password. */
  readonly conninfo: string;
  readonly comment: string;
  readonly publisherVersion: number;
  readonly subscriberVersion: number;
}

/**
 * Makes the lane that will lead back, before writes stop and disabled: publication and slot on the server that takes
 * over, subscription on the one that hands over. What is slow (waiting for a consistent point, dialling) happens here;
 * in the write stop the slot is only moved past what the forward lane brought.
 */
export async function prepareBackLane(publisher: Connection, subscriber: Connection, lane: BackLane): Promise<void> {
  await dropBackLane(publisher, subscriber, lane.name);
  await publisher.transaction(async () => {
    await runCreatePublication(publisher, lane.name, lane.tables, lane.comment);
  });
  await createSlot(publisher, lane.name);
  await runCreateSubscription(subscriber, {
    name: lane.name,
    publication: lane.name,
    slot: lane.name,
    conninfo: lane.conninfo,
    enabled: false,
    subscriberVersion: lane.subscriberVersion,
    publisherVersion: lane.publisherVersion,
  });
}

export async function dropBackLane(publisher: Connection, subscriber: Connection, name: string): Promise<void> {
  await dropSubscriptionIfExists(subscriber, name);
  await dropSlotIfExists(publisher, name);
  await publisher.execute(`drop publication if exists ${quoteIdentifier(name)}`);
}
