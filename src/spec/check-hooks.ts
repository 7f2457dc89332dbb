import { mistake, type Mistake } from './mistake.js';
import type { Hooks } from './spec.js';
import type { SpecView } from './spec-view.js';

/** Hooks: one argv array or a list of them, not a mixture. */
export function* checkHooks(view: SpecView): Generator<Mistake> {
  for (const phase of ['before', 'switch', 'after'] as const) yield* checkForm(view, phase);
}

function* checkForm(view: SpecView, phase: keyof Hooks): Generator<Mistake> {
  const node = view.node(['cutover', 'hooks', phase]);
  if (node?.kind !== 'sequence') return;
  const [first] = node.items;
  const odd = node.items.find(
    item => item.kind !== first?.kind && (item.kind === 'sequence') !== (first?.kind === 'sequence'),
  );
  if (odd !== undefined)
    yield mistake(
      'PGMS046',
      odd.span,
      `cutover.hooks.${phase} mixes programs and arguments`,
      'Write [./switch.sh, --now] or [[./switch.sh, --now], [./notify.sh]].',
    );
}
