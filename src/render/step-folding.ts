import type { Step } from '../plan/plan.js';
import { andMore, fold } from './fold.js';
import { formatBytes, plural } from '../quantities.js';
import { shapeOf, sumEstimates } from './step-shape.js';
import { placeOf, type Phase } from './step-phases.js';

/** With more databases than this in a phase, those whose steps look the same are named, not shown. */
const databasesInFull = 4;
/** Of the databases with the same steps this many are named. */
const databasesNamed = 12;
/** Of one kind of step in one database this many are shown. */
const stepsOfAKind = 6;

export type PhaseItem =
  | { readonly kind: 'step'; readonly step: Step }
  /** Steps or databases that are counted or named instead of shown, each a line: `shop: the same 9 steps, 2.3 GB`. */
  | { readonly kind: 'folded'; readonly lines: readonly string[]; readonly steps: number };

/** What to show of a phase: its steps, with many of a kind and databases that are alike folded into counts. */
export function foldPhase(phase: Phase): PhaseItem[] {
  const items: PhaseItem[] = [];
  const alike: Phase['groups'][number][] = [];
  const shapes = new Set<string>();
  for (const group of phase.groups) {
    const shape = shapeOf(group.steps);
    if (phase.groups.length > databasesInFull && group.database !== null && shapes.has(shape)) {
      alike.push(group);
      continue;
    }
    shapes.add(shape);
    items.push(...foldKinds(group.steps));
  }
  return alike.length === 0 ? items : [...items, foldDatabases(alike)];
}

/** Every step of a phase. */
export function unfoldPhase(phase: Phase): PhaseItem[] {
  return phase.groups.flatMap(({ steps }) => steps.map(step => ({ kind: 'step', step }) as const));
}

function foldKinds(steps: readonly Step[]): PhaseItem[] {
  const totals = new Map<string, number>();
  for (const step of steps) totals.set(kindOf(step), (totals.get(kindOf(step)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return steps.flatMap((step): PhaseItem[] => {
    const total = totals.get(kindOf(step)) ?? 0;
    const at = (seen.get(kindOf(step)) ?? 0) + 1;
    seen.set(kindOf(step), at);
    if (total <= stepsOfAKind + 1 || at <= stepsOfAKind) return [{ kind: 'step', step }];
    const hidden = total - stepsOfAKind;
    return at === stepsOfAKind + 1
      ? [{ kind: 'folded', lines: [`${placeOf(step)}: ${andMore(hidden, `${step.kind} step`)}`], steps: hidden }]
      : [];
  });
}

function foldDatabases(groups: readonly Phase['groups'][number][]): PhaseItem {
  const { shown, hidden } = fold(groups, databasesNamed);
  const lines = shown.map(
    ({ database, steps }) => `${database ?? ''}: the same ${plural(steps.length, 'step')}${bytesOf(steps)}`,
  );
  const rest = groups.slice(shown.length).flatMap(({ steps }) => steps);
  if (hidden > 0) lines.push(`${andMore(hidden, 'database')}: ${plural(rest.length, 'step')}${bytesOf(rest)}`);
  return { kind: 'folded', lines, steps: groups.reduce((sum, { steps }) => sum + steps.length, 0) };
}

function bytesOf(steps: readonly Step[]): string {
  const { bytes } = sumEstimates(steps);
  return bytes > 0 ? `, ${formatBytes(bytes)}` : '';
}

function kindOf({ action, kind, server }: Step): string {
  return `${action} ${kind} ${server}`;
}
