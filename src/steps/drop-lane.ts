import { errorCode } from '../postgres/errors.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { dropSlotIfExists } from '../replication/slots.js';
import { dropSubscriptionIfExists } from '../replication/subscriptions.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';

export interface DropLaneInput {
  readonly database: string;
  readonly name: string;
  /** Which way it goes: `forward` publishes on the source. */
  readonly direction: 'forward' | 'reverse';
  readonly reason: string;
}

/** Subscription first, so that nobody uses the slot; the publication last. */
export const dropLane: StepKind<DropLaneInput> = {
  kind: 'drop-lane',

  describe: ({ database, name, direction, reason }) => ({
    title: `close ${direction === 'forward' ? 'replication' : 'the way back'} (${reason})`,
    action: 'delete',
    server: direction === 'forward' ? 'target' : 'source',
    database,
    object: name,
    statements: [
      `drop subscription "${name}";`,
      `select pg_drop_replication_slot('${name}');`,
      `drop publication "${name}";`,
    ],
    reversible: false,
  }),

  async run(context, input) {
    await takeDown(context, input);
    return {};
  },
};

export async function takeDown(
  context: StepContext,
  { database, name, direction }: Omit<DropLaneInput, 'reason'>,
): Promise<void> {
  const withPublisher = direction === 'forward' ? context.withSource.bind(context) : context.withTarget.bind(context);
  const withSubscriber = direction === 'forward' ? context.withTarget.bind(context) : context.withSource.bind(context);
  await unlessNoDatabase(() => withSubscriber(database, subscriber => dropSubscriptionIfExists(subscriber, name)));
  // Slots are the whole server's, a publication went with its database.
  const maintenance = context.spec[direction === 'forward' ? 'source' : 'target'].connection.database;
  await withPublisher(maintenance, publisher => dropSlotIfExists(publisher, name));
  await unlessNoDatabase(() =>
    withPublisher(database, async publisher => {
      await publisher.execute(`drop publication if exists ${quoteIdentifier(name)}`);
    }),
  );
}

/** A database that is not there (yet) holds no subscription. */
async function unlessNoDatabase(use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } catch (error) {
    if (errorCode(error) !== sqlstate.invalidCatalogName) throw error;
  }
}
