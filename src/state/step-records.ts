import type { Lockfile, RecordedKind, RecordOf, StepRecord } from './lockfile.js';

/** What a step is of. */
export interface StepPlace {
  readonly server: string;
  readonly database?: string | undefined;
  /** What of the kind it is; empty or left out: the only one. */
  readonly object?: string | undefined;
}

/** A step's name in plans, events and the lockfile. It is made and looked up, never taken apart. */
export function stepIdOf(kind: RecordedKind, { server, database, object }: StepPlace): string {
  return [database ?? server, kind, ...(object === undefined || object === '' ? [] : [object])].join('/');
}

/** What a step left; null: nothing, or it was never begun. */
export function recordOf<Kind extends RecordedKind>(
  lockfile: Lockfile | null,
  kind: Kind,
  place: StepPlace,
): RecordOf<Kind> | null {
  const step = lockfile?.steps[stepIdOf(kind, place)];
  return step !== undefined && isOfKind(step, kind) ? (step.record as RecordOf<Kind>) : null;
}

/** Of a database, in the order of their ids. */
export function stepsOfDatabase<Kind extends RecordedKind>(
  { steps }: Pick<Lockfile, 'steps'>,
  kind: Kind,
  database: string,
): readonly (StepRecord & { readonly kind: Kind })[] {
  return Object.values(steps).flatMap(step => (step.database === database && isOfKind(step, kind) ? [step] : []));
}

function isOfKind<Kind extends RecordedKind>(
  step: StepRecord,
  kind: Kind,
): step is StepRecord & { readonly kind: Kind } {
  return step.kind === kind;
}
