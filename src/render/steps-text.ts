import type { Action, Plan, Step } from '../plan/plan.js';
import { diffLines } from './diff-lines.js';
import { andMore, fold, foldStatements, unlimited, type StatementLimits } from './fold.js';
import type { Palette } from './palette.js';
import { formatBytes, formatCount, formatEstimate, plural } from './quantities.js';
import { shapeOf, sumEstimates } from './step-shape.js';
import { placeOf, stepPhases, symbols, usedSymbols, type Phase } from './step-phases.js';

/** Statements of one step are shown up to this many lines, one line up to this many columns. */
const limits: StatementLimits = { lines: 12, columns: 160 };
/** With more databases than this in a phase, those whose steps look the same are named, not shown. */
const databasesInFull = 4;
/** Of one kind of step in one database this many are shown. */
const stepsOfAKind = 6;

interface Options {
  readonly verbose: boolean;
}

/** Legend and steps, Terraform's look: by phase and database, statements indented, settings as a diff. */
export function renderSteps(plan: Plan, palette: Palette, options: Options): string {
  const lines = ['pgm will take these steps, in this order:', ...usedSymbols(plan.steps).map(({ action, symbol, meaning }) => `  ${colour(action, palette)(symbol)} ${meaning}`)];
  for (const phase of stepPhases(plan)) {
    lines.push('', palette.bold(phase.title), ...renderPhase(phase, palette, options));
  }
  return lines.map(line => `${line}\n`).join('');
}

function renderPhase(phase: Phase, palette: Palette, options: Options): string[] {
  const lines: string[] = [];
  const seen = new Set<string>();
  const alike: Phase['groups'][number][] = [];
  const many = phase.groups.length > databasesInFull && !options.verbose;
  for (const group of phase.groups) {
    const shape = shapeOf(group.steps);
    if (many && group.database !== null && seen.has(shape)) {
      alike.push(group);
      continue;
    }
    seen.add(shape);
    lines.push(...renderGroup(group.steps, palette, options));
  }
  return [...lines, ...renderAlike(alike, palette)];
}

/** Databases whose steps are the same in kind as the ones shown: a line each for the first, then their number. */
function renderAlike(groups: readonly Phase['groups'][number][], palette: Palette): string[] {
  if (groups.length === 0) return [];
  const { shown, hidden } = fold(groups, 12);
  const lines = shown.map(({ database, steps }) => {
    const { bytes } = sumEstimates(steps);
    return `  # ${palette.bold(database ?? '')}: the same ${plural(steps.length, 'step')}${bytes > 0 ? `, ${formatBytes(bytes)}` : ''}`;
  });
  if (hidden > 0) {
    const rest = groups.slice(shown.length);
    const steps = rest.reduce((sum, group) => sum + group.steps.length, 0);
    const { bytes } = sumEstimates(rest.flatMap(group => group.steps));
    lines.push(`  # ${andMore(hidden, 'database')}: ${plural(steps, 'step')}${bytes > 0 ? `, ${formatBytes(bytes)}` : ''} (--verbose shows all)`);
  }
  return ['', ...lines];
}

function renderGroup(steps: readonly Step[], palette: Palette, options: Options): string[] {
  const lines: string[] = [];
  const shownOf = new Map<string, number>();
  for (const step of steps) {
    const kind = `${step.action} ${step.kind} ${step.server}`;
    const total = steps.filter(other => `${other.action} ${other.kind} ${other.server}` === kind).length;
    const shown = (shownOf.get(kind) ?? 0) + 1;
    shownOf.set(kind, shown);
    if (options.verbose || total <= stepsOfAKind + 1 || shown <= stepsOfAKind) lines.push('', ...renderStep(step, palette, options));
    else if (shown === stepsOfAKind + 1) lines.push('', `  # ${palette.bold(placeOf(step))}: ${andMore(total - stepsOfAKind, `${step.kind} step`)} (--verbose shows all)`);
  }
  return lines;
}

function renderStep(step: Step, palette: Palette, { verbose }: Options): string[] {
  const paint = colour(step.action, palette);
  const { blocks, hidden } = foldStatements(step.statements, verbose ? unlimited : limits);
  const lines = [`  # ${palette.bold(placeOf(step))}: ${step.title}${estimateOf(step)}`];
  if (blocks.length === 0 && step.diff === undefined) lines[0] = `  ${paint(symbols[step.action])} ${palette.bold(placeOf(step))}: ${step.title}${estimateOf(step)}`;
  for (const [first = '', ...rest] of blocks) {
    lines.push(`  ${paint(symbols[step.action])} ${first}`, ...rest.map(line => `    ${line}`));
  }
  if (hidden > 0) lines.push(`    ${palette.dim(`${andMore(hidden, 'line')} (--verbose shows all)`)}`);
  if (step.diff !== undefined) {
    lines.push(...diffLines(step.diff).map(({ sign, text }) => `      ${sign === '-' ? palette.red(`- ${text}`) : sign === '+' ? palette.green(`+ ${text}`) : `  ${text}`}`));
  }
  return lines;
}

function estimateOf(step: Step): string {
  if (step.estimate === null || step.estimate.bytes === 0) return '';
  const rows = step.estimate.rows > 0 ? `, ${formatCount(step.estimate.rows)} rows` : '';
  return ` (${formatBytes(step.estimate.bytes)}${rows}, ${formatEstimate(step.estimate.seconds)})`;
}

function colour(action: Action, palette: Palette): Palette {
  switch (action) {
    case 'create':
      return palette.green;
    case 'update':
      return palette.yellow;
    case 'delete':
      return palette.red;
    case 'run':
      return palette.cyan;
  }
}
