import { UserError } from '../errors.js';
import type { Way } from '../inspect/rights.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { describeWriters, readWriters } from '../replication/writers.js';
import { runCreatePublication } from '../replication/publications.js';
import type { Relation } from '../replication/statements.js';
import { createSlot } from '../replication/slots.js';
import { runCreateSubscription } from '../replication/subscriptions.js';
import { takeDownWith } from '../replication/take-down.js';

export interface BackLane {
  readonly name: string;
  readonly tables: readonly Relation[];
  /** How the subscriber dials the publisher, with the password. */
  readonly conninfo: string;
  readonly comment: string;
  /** Standbys of the publisher can keep the slot. */
  readonly failover: boolean;
  readonly ways: { readonly publishes: Way; readonly subscribes: Way };
  readonly publisherVersion: number;
  readonly subscriberVersion: number;
}

/**
 * Makes the lane that will lead back, before writes stop and disabled: publication and slot on the server that takes
 * over, subscription on the one that hands over. What is slow (waiting for a consistent point, dialling) happens here;
 * in the write stop the slot is only moved past what the forward lane brought.
 */
export async function prepareBackLane(
  publisher: Connection,
  subscriber: Connection,
  lane: BackLane,
  waiting: (whom: string) => void,
): Promise<void> {
  await dropBackLane(publisher, subscriber, lane.name);
  await publisher.transaction(async () => {
    await runCreatePublication(publisher, lane.ways.publishes, lane.name, lane.tables, lane.comment);
  });
  await makeSlot(publisher, lane, waiting);
  await runCreateSubscription(subscriber, {
    name: lane.name,
    publication: lane.name,
    slot: lane.name,
    conninfo: lane.conninfo,
    enabled: false,
    subscriberVersion: lane.subscriberVersion,
    publisherVersion: lane.publisherVersion,
    way: lane.ways.subscribes,
    failover: lane.failover,
  });
}

/** Milliseconds that the slot may wait for transactions which write on its server; prepared ones count. */
const slotPatience = 60_000;

/** @throws UserError naming the transactions that the slot's consistent point waits for */
async function makeSlot(
  publisher: Connection,
  { name, failover }: Pick<BackLane, 'name' | 'failover'>,
  waiting: (whom: string) => void,
): Promise<void> {
  const deadline = performance.now() + slotPatience;
  for (let tryFor = 2_000; ; tryFor *= 2) {
    try {
      await publisher.execute(`set statement_timeout = ${tryFor}`);
      await createSlot(publisher, name, failover);
      return;
    } catch (error) {
      if (errorCode(error) !== sqlstate.queryCanceled) throw error;
      const whom = describeWriters(await readWriters(publisher));
      if (performance.now() + tryFor > deadline) {
        throw new UserError(`the slot of the reverse lane cannot be made: it waits for ${whom}`, {
          kind: 'blocked',
          code: 'PGM632',
          hint: 'end those transactions, then run it again; writes were not stopped',
          cause: error,
        });
      }
      waiting(whom);
    } finally {
      await publisher.execute('set statement_timeout = 0');
    }
  }
}

export async function dropBackLane(publisher: Connection, subscriber: Connection, name: string): Promise<void> {
  await takeDownWith(subscriber, publisher, name);
}
