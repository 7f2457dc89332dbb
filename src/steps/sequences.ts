import { type RelationKey } from '../postgres/relation-key.js';
import { presentSequences, readSequences, setSequences } from '../replication/sequences.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface SequencesInput {
  readonly database: string;
  readonly sequences: number;
  /** `schema.name` as JSON pairs. */
  readonly leftOut: readonly RelationKey[];
}

/** Replication does not carry sequences. Set once now, so that the cutover only has those that moved since. */
export const sequences: StepKind<SequencesInput> = {
  kind: 'sequences',

  describe: ({ database, sequences: count }) => ({
    title: `set ${count === 0 ? "extensions' sequences" : plural(count, 'sequence')} to where the source is`,
    action: 'run',
    server: 'target',
    database,
    statements: ["select setval('…'::regclass, …);"],
    reversible: true,
  }),

  async run(context, { database, leftOut }) {
    const values = await context.withSource(database, source => readSequences(source, leftOut));
    return context.withTarget(database, async target => {
      const present = await presentSequences(target, values);
      await setSequences(target, present);
      return { outcome: plural(present.length, 'sequence') };
    });
  },
};
