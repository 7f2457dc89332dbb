import { diffArrays } from 'diff';
import { promisedFindings, promisedStep, type PromisedFinding } from './digest.js';
import type { Plan, PlannedServer, Step } from './plan.js';

/**
 * What changed between a saved plan and the one that would be made now, one line each, as `diff` shows it where a
 * statement differs; never empty for different digests.
 */
export function staleness(saved: Plan, current: Plan): readonly string[] {
  const changes: string[] = [];
  const note = (what: string, before: unknown, after: unknown): void => {
    if (before !== after) changes.push(`${what} was ${String(before)}, now it is ${String(after)}`);
  };
  changes.push(
    ...changedServer('source', saved.source, current.source),
    ...changedServer('target', saved.target, current.target),
  );
  if (saved.spec.sha256 !== current.spec.sha256) changes.push('the spec was changed');
  note('the goal', saved.goal, current.goal);
  note('the method', saved.method, current.method);
  note('the goal reached so far', saved.reached ?? 'none', current.reached ?? 'none');
  changes.push(...changedFindings(saved, current), ...changedSteps(saved.steps, current.steps));
  return changes.length > 0 ? changes : ['the order of its steps is another'];
}

function changedServer(side: string, saved: Plan['source'], current: Plan['source']): readonly string[] {
  if (current === null) return saved === null ? [] : [`the ${side} cannot be reached`];
  if (saved === null) return [`the ${side} is reached, which it was not`];
  if (saved.system_identifier !== current.system_identifier) return [`the ${side} is another cluster`];
  const address = ({ host, port, database }: PlannedServer): string => `${host}:${port}/${database}`;
  return [
    ...(address(saved) === address(current)
      ? []
      : [`the address of the ${side} was ${address(saved)}, now it is ${address(current)}`]),
    ...(saved.version === current.version
      ? []
      : [`the version of the ${side} was ${saved.version}, now it is ${current.version}`]),
  ];
}

/** Findings that came and went. */
function changedFindings(saved: Plan, current: Plan): readonly string[] {
  const key = (finding: PromisedFinding): string => JSON.stringify(finding);
  const words = (plan: Plan, { code, server, database, object }: PromisedFinding): string => {
    const finding = plan.findings.find(
      each => each.code === code && each.server === server && each.database === database && each.object === object,
    );
    return `${code} ${finding?.message ?? object ?? ''}`;
  };
  const before = new Map(promisedFindings(saved.findings).map(finding => [key(finding), finding]));
  const after = new Map(promisedFindings(current.findings).map(finding => [key(finding), finding]));
  return [
    ...[...after].filter(([id]) => !before.has(id)).map(([, finding]) => `new: ${words(current, finding)}`),
    ...[...before].filter(([id]) => !after.has(id)).map(([, finding]) => `no longer so: ${words(saved, finding)}`),
  ];
}

function changedSteps(saved: readonly Step[], current: readonly Step[]): readonly string[] {
  const before = new Map(saved.map(step => [step.id, step]));
  const after = new Map(current.map(step => [step.id, step]));
  return [
    ...saved.filter(({ id }) => !after.has(id)).map(step => `no longer needed: ${inWords(step)}`),
    ...current.filter(({ id }) => !before.has(id)).map(step => `needed now: ${inWords(step)}`),
    ...current.flatMap(step => {
      const earlier = before.get(step.id);
      if (earlier === undefined || JSON.stringify(promisedStep(earlier)) === JSON.stringify(promisedStep(step)))
        return [];
      return [`different now: ${inWords(step)}`, ...changedLines(earlier, step)];
    }),
  ];
}

function inWords({ server, database, title }: Step): string {
  return `${database === undefined ? server : `${server}/${database}`}: ${title}`;
}

/** Of a step with a thousand statements one wants the few that differ, not all of these either. */
const linesAtMost = 10;

function changedLines(before: Step, after: Step): readonly string[] {
  const lines = diffArrays([...before.statements], [...after.statements]).flatMap(({ added, removed, value }) =>
    added || removed ? value.map(line => `  ${added ? '+' : '-'} ${line}`) : [],
  );
  const more = lines.length - linesAtMost;
  return more > 0 ? [...lines.slice(0, linesAtMost), `  and ${more} more`] : lines;
}
