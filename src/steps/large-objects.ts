import { copyLargeObjects } from '../copy/large-objects.js';
import type { StepKind } from './step-kind.js';

export interface LargeObjectsInput {
  readonly database: string;
  readonly objects: number;
}

/** Replication does not carry large objects: copied here, and again what differs at the cutover. */
export const largeObjects: StepKind<LargeObjectsInput> = {
  kind: 'large-objects',

  describe: ({ database, objects }) => ({
    title: `copy ${objects} large objects with owners and privileges`,
    action: 'create',
    server: 'target',
    database,
    statements: ['select lo_from_bytea(oid, …);'],
    reversible: false,
  }),

  async run(context, { database }, progress) {
    return context.withSource(database, source =>
      context.withTarget(database, async target => {
        const copied = await copyLargeObjects(source, target, context.signal, done => progress({ items: { done, total: done, unit: 'large objects' } }));
        return { outcome: `${copied} large objects` };
      }),
    );
  },
};
