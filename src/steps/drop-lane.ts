import { takeDownLane, takeDownStatements, wholeLane, type InDatabase } from '../replication/take-down.js';
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
    title: `close ${direction === 'forward' ? 'replication' : 'reverse replication'} (${reason})`,
    action: 'delete',
    server: direction === 'forward' ? 'target' : 'source',
    database,
    object: name,
    statements: takeDownStatements(wholeLane(name, database)),
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
  const [publisher, subscriber] =
    direction === 'forward' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  await takeDownLane(
    { subscriber: sessionsOf(context, subscriber), publisher: sessionsOf(context, publisher) },
    wholeLane(name, database),
  );
}

function sessionsOf(context: StepContext, side: 'source' | 'target'): InDatabase {
  const maintenance = context.spec[side].connection.database;
  return (database, use) => context[side === 'source' ? 'withSource' : 'withTarget'](database ?? maintenance, use);
}
