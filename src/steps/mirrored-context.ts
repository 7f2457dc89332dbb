import type { StepContext } from './context.js';

/**
 * After a cutover the source follows the target: what a step does on the way there, it does on the way back with this.
 */
export function mirrored(context: StepContext): StepContext {
  const { spec } = context;
  return {
    ...context,
    spec: { ...spec, source: { ...spec.source, ...spec.target }, target: spec.source },
    source: context.target,
    target: context.source,
    withSource: (database, use) => context.withTarget(database, use),
    withTarget: (database, use) => context.alterSource(database, use),
    alterSource: (database, use) => context.withTarget(database, use),
  };
}

/** Which side a step changes, and which it takes for a model: the source follows after a cutover. */
export type Direction = 'there' | 'back';

export function sidesOf(direction: Direction): {
  readonly leader: 'source' | 'target';
  readonly follower: 'source' | 'target';
} {
  return direction === 'there' ? { leader: 'source', follower: 'target' } : { leader: 'target', follower: 'source' };
}
