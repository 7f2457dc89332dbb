import type { Way } from '../inspect/rights.js';
import { dialConninfo } from '../postgres/dial-conninfo.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { SubscriptionOptions } from '../replication/statements.js';
import {
  dropSubscriptionIfExists,
  enableSubscription,
  runCreateSubscription,
  subscriptionStatements,
} from '../replication/subscriptions.js';
import { finishStage, subscribedStage } from '../state/progress.js';
import type { StepKind } from './step-kind.js';

export type SubscriptionInput =
  | {
      readonly change: 'create';
      readonly database: string;
      readonly name: string;
      readonly lane: number;
      readonly sourceVersion: number;
      readonly targetVersion: number;
      readonly way: Way;
      readonly failover: boolean;
    }
  | { readonly change: 'enable'; readonly database: string; readonly name: string };

/** Made when keys are in place: the apply worker needs them from its first change. */
export const subscription: StepKind<SubscriptionInput> = {
  kind: 'subscription',

  describe: input => ({
    title: input.change === 'create' ? 'subscribe: later changes follow from here' : 'enable the subscription',
    action: input.change === 'create' ? 'create' : 'update',
    server: 'target',
    database: input.database,
    object: input.name,
    statements: [
      ...(input.change === 'create'
        ? subscriptionStatements(options(input, '(sensitive)')).map(statement => `${statement};`)
        : []),
      enableStatement(input),
    ],
    reversible: true,
  }),

  async run(context, input) {
    await context.withTarget(input.database, async target => {
      if (input.change === 'create') {
        // One that an interrupted run made, without knowing whether it was enabled.
        await dropSubscriptionIfExists(target, input.name);
        // In one transaction: a slot that was ever read does not tell by itself what was applied.
        await runCreateSubscription(
          target,
          options(input, dialConninfo(context.spec.source, input.database, input.targetVersion)),
          () => finishStage(target, context.spec.name, subscribedStage(input.lane)),
        );
      }
      await enableSubscription(target, input.name);
    });
    return {};
  },
};

function options(input: Extract<SubscriptionInput, { change: 'create' }>, conninfo: string): SubscriptionOptions {
  const { name, way, failover } = input;
  return {
    name,
    way,
    failover,
    publication: name,
    slot: name,
    conninfo,
    enabled: false,
    subscriberVersion: input.targetVersion,
    publisherVersion: input.sourceVersion,
  };
}

function enableStatement(input: SubscriptionInput): string {
  return input.change === 'create' && input.way === 'aiven_extras'
    ? `select aiven_extras.pg_alter_subscription_enable(${quoteLiteral(input.name)});`
    : `alter subscription ${quoteIdentifier(input.name)} enable;`;
}
