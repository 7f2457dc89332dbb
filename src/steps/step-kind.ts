import type { Impact, StepKindName, Action, Estimate, Relation } from '../plan/plan.js';
import type { ServerSide } from '../checks/finding.js';
import type { Progress } from '../progress.js';
import type { RecordOf } from '../state/lockfile.js';
import { stepIdOf } from '../state/step-records.js';
import type { StepContext } from './context.js';

/** What a step will do, for the plan: `statements` come from the same functions that `run` sends. */
export interface Description {
  readonly title: string;
  readonly action: Action;
  readonly server: ServerSide;
  readonly database?: string;
  /** What of the kind it is, the last part of the step's id; empty: the only one. */
  readonly object?: string;
  readonly statements: readonly string[];
  readonly tables?: readonly Relation[];
  readonly diff?: { readonly name: string; readonly before: string; readonly after: string };
  readonly reversible: boolean;
  readonly impact?: Partial<Impact>;
  readonly estimate?: Estimate;
}

export interface Outcome<Left = RecordOf<StepKindName>> {
  /** In a few words, for people: `12 tables, 1.2 GB`. */
  readonly outcome?: string;
  /** What later runs and the report need of it, kept in the lockfile; as its schema has it for the kind. */
  readonly record?: Left;
  /** It was there already. */
  readonly skipped?: boolean;
}

export type Presence = 'absent' | 'present';

/** Kinds of which nothing is kept but that they were done. */
type PlainKindName = { [Kind in StepKindName]: RecordOf<Kind> extends null ? Kind : never }[StepKindName];

/** One kind of change. `apply` knows only this. A kind that leaves a record says its name. */
export interface StepKind<Input, Kind extends StepKindName = PlainKindName> {
  readonly kind: Kind;
  /** Pure. */
  describe(input: Input): Description;
  /** Is it done already? Asked before `run`; left out where `run` itself finds out what is left. */
  probe?(context: StepContext, input: Input): Promise<Presence>;
  run(context: StepContext, input: Input, progress: (progress: Progress) => void): Promise<Outcome<RecordOf<Kind>>>;
}

/** A step of the plan with what its kind needs to run it; made by the planner, never written to a file. */
export interface PlannedStep {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly description: Description;
  readonly kind: StepKindName;
  /** What its kind was given. */
  readonly input: unknown;
  probe(context: StepContext): Promise<Presence>;
  run(context: StepContext, progress: (progress: Progress) => void): Promise<Outcome>;
}

/** Binds a kind to its input. */
export function planned<Input, Kind extends StepKindName>(
  kind: StepKind<Input, Kind>,
  input: Input,
  dependsOn: readonly string[] = [],
): PlannedStep {
  const description = kind.describe(input);
  return {
    id: stepIdOf(kind.kind, description),
    dependsOn,
    description,
    kind: kind.kind,
    input,
    probe: async context => (await kind.probe?.(context, input)) ?? 'absent',
    run: (context, progress) => kind.run(context, input, progress),
  };
}
