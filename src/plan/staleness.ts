import type { Plan } from './plan.js';

/** What changed between a saved plan and the one that would be made now, in words; never empty for different digests. */
export function staleness(saved: Plan, current: Plan): readonly string[] {
  const changes: string[] = [];
  const note = (what: string, before: unknown, after: unknown): void => {
    if (before !== after) changes.push(`${what} was ${String(before)}, is ${String(after)}`);
  };
  if (saved.source?.system_identifier !== current.source?.system_identifier)
    changes.push('the source is another cluster');
  if (saved.target?.system_identifier !== current.target?.system_identifier)
    changes.push('the target is another cluster');
  if (saved.spec.sha256 !== current.spec.sha256) changes.push('the spec was changed');
  note('the goal', saved.goal, current.goal);
  note('the method', saved.method, current.method);
  note('what was reached', saved.reached ?? 'nothing', current.reached ?? 'nothing');
  note('the source’s version', saved.source?.version, current.source?.version);
  note('the target’s version', saved.target?.version, current.target?.version);
  const before = new Map(saved.steps.map(step => [step.id, step]));
  const after = new Map(current.steps.map(step => [step.id, step]));
  const gone = [...before.keys()].filter(id => !after.has(id));
  const added = [...after.keys()].filter(id => !before.has(id));
  const different = [...after]
    .filter(([id, step]) => before.has(id) && before.get(id)?.statements.join('\n') !== step.statements.join('\n'))
    .map(([id]) => id);
  if (gone.length > 0) changes.push(`no longer needed: ${listed(gone)}`);
  if (added.length > 0) changes.push(`needed now: ${listed(added)}`);
  if (different.length > 0) changes.push(`different now: ${listed(different)}`);
  return changes.length > 0 ? changes : ['its content was altered'];
}

function listed(ids: readonly string[]): string {
  return ids.slice(0, 5).join(', ') + (ids.length > 5 ? ` and ${ids.length - 5} more` : '');
}
