import type { Action, Plan, Step } from '../plan/plan.js';
import { diffLines, type DiffLine } from './diff-lines.js';
import { andMore, foldStatements, unlimited, type StatementLimits } from './fold.js';
import type { Palette } from './palette.js';
import { foldPhase, unfoldPhase } from './step-folding.js';
import { estimateOf, placeOf, stepPhases, symbols, usedSymbols } from './step-phases.js';

/** Statements of one step are shown up to this many lines, one line up to this many columns. */
export const statementLimits: StatementLimits = { lines: 12, columns: 240 };

const showAll = '(--verbose shows all)';

/** Legend and steps, Terraform's look: by phase and database, statements indented, settings as a diff. */
export function renderSteps(plan: Plan, palette: Palette, { verbose }: { readonly verbose: boolean }): string {
  const lines = [
    plan.applicable
      ? 'pgm will take these steps, in this order:'
      : 'Once nothing blocks them, pgm will take these steps, in this order:',
    ...usedSymbols(plan.steps).map(({ action, symbol, meaning }) => `  ${colour(action, palette)(symbol)} ${meaning}`),
  ];
  for (const phase of stepPhases(plan)) {
    lines.push('', palette.bold(phase.title));
    for (const item of verbose ? unfoldPhase(phase) : foldPhase(phase)) {
      lines.push('');
      if (item.kind === 'step') lines.push(...renderStep(item.step, palette, verbose ? unlimited : statementLimits));
      else
        lines.push(
          ...item.lines.map(
            (line, index) => `  # ${line}${index === item.lines.length - 1 ? ` ${palette.dim(showAll)}` : ''}`,
          ),
        );
    }
  }
  return lines.map(line => `${line}\n`).join('');
}

function renderStep(step: Step, palette: Palette, limits: StatementLimits): string[] {
  const symbol = colour(step.action, palette)(symbols[step.action]);
  const { blocks, hidden } = foldStatements(step.statements, limits);
  const bare = blocks.length === 0 && step.diff === undefined;
  const lines = [`  ${bare ? symbol : '#'} ${palette.bold(placeOf(step))}: ${step.title}${estimateOf(step)}`];
  for (const [first = '', ...rest] of blocks) lines.push(`  ${symbol} ${first}`, ...rest.map(line => `    ${line}`));
  if (hidden > 0) lines.push(`    ${palette.dim(`${andMore(hidden, 'line')} ${showAll}`)}`);
  if (step.diff !== undefined) lines.push(...diffLines(step.diff).map(line => `      ${paintDiff(line, palette)}`));
  return lines;
}

function paintDiff({ sign, text }: DiffLine, palette: Palette): string {
  switch (sign) {
    case '-':
      return palette.red(`- ${text}`);
    case '+':
      return palette.green(`+ ${text}`);
    case ' ':
      return `  ${text}`;
  }
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
