import type { Action, Plan, Step } from '../plan/plan.js';
import { formatBytes, formatCount, formatEstimate } from '../quantities.js';
import { stepTraits, type PhaseName } from '../steps/step-traits.js';

export interface Phase {
  readonly name: PhaseName;
  readonly title: string;
  /** Steps about a whole server stand under null; databases in the plan's own order. */
  readonly groups: readonly { readonly database: string | null; readonly steps: readonly Step[] }[];
}

export const symbols: Readonly<Record<Action, string>> = { create: '+', update: '~', delete: '-', run: '>' };

const meanings: Readonly<Record<Action, string>> = {
  create: 'create',
  update: 'update in place',
  delete: 'destroy',
  run: 'run',
};

/** The symbols that a plan uses, with their meaning, in Terraform's order. */
export function usedSymbols(
  steps: readonly Step[],
): { readonly action: Action; readonly symbol: string; readonly meaning: string }[] {
  const used = new Set(steps.map(step => step.action));
  return (['create', 'update', 'delete', 'run'] as const)
    .filter(action => used.has(action))
    .map(action => ({ action, symbol: symbols[action], meaning: meanings[action] }));
}

/** Databases go on beside one another: one may be at its cutover's compare while another still fills a view. */
const inOrder: readonly PhaseName[] = ['prepare', 'copy', 'cutover', 'failback', 'close'];

/** A database that is there gets its settings and privileges after its data. */
function phaseOf({ kind, action, server }: Step): PhaseName {
  // The side that takes over is compared.
  if (kind === 'verify' && server === 'source') return 'failback';
  return kind === 'database' && action === 'update' ? 'copy' : stepTraits[kind].phase;
}

/** Steps by phase, then database, each in the order they are taken. */
export function stepPhases(plan: Plan): Phase[] {
  const phases = new Map<PhaseName, Map<string | null, Step[]>>();
  for (const step of plan.steps) {
    const name = plan.teardown === undefined ? phaseOf(step) : 'close';
    const groups = phases.get(name) ?? new Map<string | null, Step[]>();
    phases.set(name, groups);
    const database = step.database ?? null;
    const steps = groups.get(database);
    if (steps === undefined) groups.set(database, [step]);
    else steps.push(step);
  }
  return inOrder.flatMap(name => {
    const groups = phases.get(name);
    return groups === undefined
      ? []
      : [
          {
            name,
            title: phaseTitle(name, plan),
            groups: [...groups].map(([database, steps]) => ({ database, steps })),
          },
        ];
  });
}

/** `source`, `target/shop`: where a step happens. */
export function placeOf(step: Step): string {
  return step.database === undefined ? step.server : `${step.server}/${step.database}`;
}

/** ` (2.3 GB, 8,000,000 rows, about 44 s)`, or nothing where a step moves no data. */
export function estimateOf({ estimate }: Step): string {
  if (estimate === null || estimate.bytes === 0) return '';
  const rows = estimate.rows > 0 ? `, ${formatCount(estimate.rows)} rows` : '';
  return ` (${formatBytes(estimate.bytes)}${rows}, ${formatEstimate(estimate.seconds)})`;
}

const closeTitles = { stop: 'Stop', close: 'Close', destroy: 'Drop' } as const;

function phaseTitle(name: PhaseName, plan: Plan): string {
  switch (name) {
    case 'prepare':
      return 'Prepare the servers';
    case 'copy':
      return plan.method === 'dump' ? 'Copy the data' : 'Copy the data and keep it in sync';
    case 'cutover':
      return 'Cut over';
    case 'failback':
      return 'Roll back';
    case 'close':
      return closeTitles[plan.teardown?.command ?? 'close'];
  }
}
