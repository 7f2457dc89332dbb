import {
  takeDownLane,
  takeDownStatements,
  wholeLane,
  type InDatabase,
  type LaneParts,
} from '../replication/take-down.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';

export interface DropLaneInput {
  readonly database: string;
  readonly name: string;
  /** Which way it goes: `forward` publishes on the source. */
  readonly direction: 'forward' | 'reverse';
  readonly reason: string;
  /** What there is of it; left out: all of it, as far as it is there, in the database. */
  readonly parts?: LaneParts;
}

function partsOf({ name, database, parts = wholeLane(name, database) }: Omit<DropLaneInput, 'reason'>): LaneParts {
  return parts;
}

/** Subscription first, so that nobody uses the slot; the publication last. */
export const dropLane: StepKind<DropLaneInput> = {
  kind: 'drop-lane',

  describe: input => {
    const { database, name, direction, reason } = input;
    const parts = partsOf(input);
    const [publisher, subscriber] = serversOf(direction);
    return {
      title: `close ${direction === 'forward' ? 'replication' : 'reverse replication'} (${reason})`,
      action: 'delete',
      // Where only the publisher's half is left, that is where it is.
      server: parts.subscription === null ? publisher : subscriber,
      database,
      object: name,
      statements: takeDownStatements(parts),
      reversible: false,
    };
  },

  async run(context, input) {
    await takeDown(context, input);
    return {};
  },
};

export async function takeDown(context: StepContext, input: Omit<DropLaneInput, 'reason'>): Promise<void> {
  const [publisher, subscriber] = serversOf(input.direction);
  await takeDownLane(
    { subscriber: sessionsOf(context, subscriber), publisher: sessionsOf(context, publisher) },
    partsOf(input),
  );
}

function serversOf(direction: DropLaneInput['direction']): readonly ['source' | 'target', 'source' | 'target'] {
  return direction === 'forward' ? ['source', 'target'] : ['target', 'source'];
}

function sessionsOf(context: StepContext, side: 'source' | 'target'): InDatabase {
  const maintenance = context.spec[side].connection.database;
  return (database, use) => context[side === 'source' ? 'withSource' : 'withTarget'](database ?? maintenance, use);
}
