import { mistake, warning, type Mistake } from './mistake.js';
import type { SpecView } from './spec-view.js';

/** What the method can do: goals and settings that a dump has not. */
export function* checkMethod(view: SpecView): Generator<Mistake> {
  if (view.text(['method'])?.value !== 'dump') return;
  const goal = view.text(['goal']);
  if (goal !== undefined && (goal.value === 'synced' || goal.value === 'cutover')) {
    yield mistake(
      'PGMS050',
      goal.span,
      `method dump cannot reach the goal ${goal.value}`,
      'Use goal: ready, or method: continuous.',
    );
  }
  const failback = view.scalar(['cutover', 'failback']);
  if (failback?.value === true)
    yield mistake(
      'PGMS051',
      failback.span,
      'method dump has no cutover.failback',
      'Remove it, or use method: continuous.',
    );
  for (const key of ['replication', 'cutover', 'replica_identity']) {
    const span = view.keySpan([key]);
    if (span !== undefined && !(key === 'cutover' && failback?.value === true))
      yield warning('PGMS052', span, `${key} has no effect with method dump`, 'Remove it, or use method: continuous.');
  }
}
