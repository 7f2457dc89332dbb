import type { RecordOf } from '../state/lockfile.js';
import type { Way } from '../inspect/rights.js';
import { conninfoDigest } from '../postgres/conninfo-digest.js';
import { dialConninfo } from '../postgres/dial-conninfo.js';
import { alterConnection, turnSubscription, type SubscriptionOptions } from '../replication/statements.js';
import {
  changeConnection,
  disableSubscription,
  dropSubscriptionIfExists,
  enableSubscription,
  runCreateSubscription,
  subscriptionStatements,
} from '../replication/subscriptions.js';
import { finishStage } from '../state/progress.js';
import type { StepContext } from './context.js';
import type { Outcome, StepKind } from './step-kind.js';

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
      /** The role that the spec advertises; left out: that of the connection. */
      readonly dialsAs?: string;
    }
  | {
      readonly change: 'enable' | 'disable';
      readonly database: string;
      readonly name: string;
      /** Of whoever made it. */
      readonly way?: Way;
    }
  | {
      readonly change: 'connection';
      readonly database: string;
      readonly name: string;
      /** `reverse`: the source follows the target. */
      readonly direction: 'forward' | 'reverse';
      readonly dialsAs?: string;
    };

/** Made when keys are in place: the apply worker needs them from its first change. */
export const subscription: StepKind<SubscriptionInput, 'subscription'> = {
  kind: 'subscription',

  describe: input => ({
    title: `${titles[input.change]}${'dialsAs' in input ? `, as role ${input.dialsAs}` : ''}`,
    action: input.change === 'create' ? 'create' : 'update',
    server: input.change === 'connection' && input.direction === 'reverse' ? 'source' : 'target',
    database: input.database,
    object: objects[input.change](input.name),
    statements: statements(input),
    reversible: true,
  }),

  async run(context, input) {
    if (input.change === 'connection') return followConnection(context, input);
    return context.withTarget(input.database, async target => {
      if (input.change === 'create') {
        // One that an interrupted run made, without knowing whether it was enabled.
        await dropSubscriptionIfExists(target, input.name);
        // In one transaction: a slot that was ever read does not tell by itself what was applied.
        const conninfo = dialConninfo(context.spec.source, input.database, input.targetVersion);
        await runCreateSubscription(target, options(input, conninfo), () =>
          finishStage(target, context.spec.name, { kind: 'subscribed', lane: input.lane }),
        );
        await enableSubscription(target, input.name);
        return { record: noted(context.target.user.superuser, conninfo) };
      }
      await (input.change === 'enable' ? enableSubscription : disableSubscription)(target, input.name);
      return {};
    });
  },
};

/** What `create` left is looked up by the lane's own name. */
const objects: Readonly<Record<SubscriptionInput['change'], (name: string) => string>> = {
  create: name => name,
  enable: name => name,
  disable: name => `${name}/stop`,
  connection: name => `${name}/connection`,
};

const titles: Readonly<Record<SubscriptionInput['change'], string>> = {
  create: 'subscribe: later changes follow from here',
  enable: 'enable the subscription',
  disable: 'stop replication for now; its slot keeps later changes',
  connection: 'connect to the server as the spec says now',
};

function statements(input: SubscriptionInput): readonly string[] {
  switch (input.change) {
    case 'create':
      return [
        ...subscriptionStatements(options(input, '(sensitive)')).map(statement => `${statement};`),
        enableStatement(input),
      ];
    case 'enable':
      return [enableStatement(input)];
    case 'disable':
      return [`${turnSubscription(input.name, 'disable', input.way ?? 'plain')};`];
    case 'connection':
      return [`${alterConnection(input.name, '(sensitive)')};`];
  }
}

/** Superusers see the connection string itself; whoever does not needs a note of it to see later that it is another. */
function noted(superuser: boolean, conninfo: string): RecordOf<'subscription'> {
  return superuser ? null : { dialled: conninfoDigest(conninfo) };
}

async function followConnection(
  context: StepContext,
  { database, name, direction }: Extract<SubscriptionInput, { change: 'connection' }>,
): Promise<Outcome<RecordOf<'subscription'>>> {
  const { spec, source, target } = context;
  const forward = direction === 'forward';
  const conninfo = forward
    ? dialConninfo(spec.source, database, target.versionNum)
    : dialConninfo(spec.target, database, source.versionNum);
  await context[forward ? 'withTarget' : 'withSource'](database, subscriber =>
    changeConnection(subscriber, name, conninfo),
  );
  return {
    outcome: 'the apply worker starts again',
    record: noted((forward ? target : source).user.superuser, conninfo),
  };
}

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

function enableStatement(input: { readonly name: string; readonly way?: Way }): string {
  return `${turnSubscription(input.name, 'enable', input.way ?? 'plain')};`;
}
