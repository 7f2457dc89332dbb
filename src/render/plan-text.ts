import type { Plan } from '../plan/plan.js';
import { applicationLines } from './application-words.js';
import { begunLines } from './begun-lines.js';
import { countBySeverity } from './finding-groups.js';
import { marksOf, renderFindings } from './findings-text.js';
import { plain, type Palette } from './palette.js';
import {
  fallbackMeaning,
  fallbackTitle,
  planHeadline,
  planMeaning,
  planSentence,
  planServersInWords,
} from './plan-words.js';
import { preflightRows } from './preflight-words.js';
import { printable } from './printable.js';
import { plural } from '../quantities.js';
import { renderSteps } from './steps-text.js';
import { layOutTable } from './table.js';

export interface PlanTextOptions {
  readonly palette?: Palette;
  /** All findings and all statements, nothing folded. */
  readonly verbose?: boolean;
  /** A fallback to dump was agreed to. Default: false. */
  readonly accepted?: boolean;
}

/** A plan for people: findings, steps, the sentence, and what it means. Equal plans give equal text. */
export function renderPlan(
  given: Plan,
  { palette = plain, verbose = false, accepted = false }: PlanTextOptions = {},
): string {
  const plan = printable(given);
  return [
    `${palette.bold(planHeadline(plan))}\n${serversSection(plan)}`,
    plan.begun === undefined ? '' : section(begunLines(plan.begun, palette)),
    findingsSection(plan, palette, verbose),
    fallbackSection(plan, palette, { verbose, accepted }),
    plan.steps.length === 0 ? '' : renderSteps(plan, palette, { verbose }),
    preflightSection(plan, palette),
    plan.application === undefined ? '' : section(applicationLines(plan.application, palette)),
    section([paintSentence(plan, palette), ...meaning(plan)]),
  ]
    .filter(text => text !== '')
    .join('\n');
}

/** What it is and its sentence, for a plan that was read before. */
export function renderPlanBriefly(given: Plan, palette: Palette): string {
  const plan = printable(given);
  return `${palette.bold(planHeadline(plan))}\n\n${paintSentence(plan, palette)}\n`;
}

function serversSection(plan: Plan): string {
  const lines = planServersInWords(plan).map(([label, text]) => [`  ${label}`, text]);
  return section(layOutTable(lines));
}

function findingsSection(plan: Plan, palette: Palette, verbose: boolean): string {
  const text = renderFindings(plan.findings, palette, { verbose });
  if (text === '') return '';
  const { error, warning, info } = countBySeverity(plan.findings);
  const counts = [
    ...(error > 0 ? [palette.red(plural(error, 'error'))] : []),
    ...(warning > 0 ? [palette.yellow(plural(warning, 'warning'))] : []),
    ...(info > 0 ? [plural(info, 'note')] : []),
  ];
  return `${palette.bold('Findings')}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}\n${section(marksOf(plan.findings, palette, { verbose }))}${text}`;
}

/** Why a dump, with what would have to be done for more. */
function fallbackSection(
  { fallback }: Plan,
  palette: Palette,
  { verbose, accepted }: { readonly verbose: boolean; readonly accepted: boolean },
): string {
  if (fallback === null) return '';
  return `${palette.yellow.bold(fallbackTitle)}\n${renderFindings(fallback.obstacles, palette, { verbose })}\n${section(fallbackMeaning({ accepted }))}`;
}

function preflightSection(plan: Plan, palette: Palette): string {
  const rows = preflightRows(plan);
  if (plan.preflight === null) return '';
  const lines = layOutTable(
    rows.map(({ fine, label, text }) => [`  ${fine ? palette.green('✓') : palette.yellow('!')} ${label}`, text]),
  );
  return section([palette.bold(`Before the ${plan.preflight.event}`), ...lines]);
}

function paintSentence(plan: Plan, palette: Palette): string {
  const sentence = planSentence(plan);
  if (!plan.applicable) return palette.red.bold(sentence);
  return plan.steps.length === 0 ? palette.green.bold(sentence) : palette.bold(sentence);
}

function meaning(plan: Plan): string[] {
  if (!plan.applicable)
    return ['Nothing was changed. Do what follows "to do:" above and plan again; pgm explain CODE says more.'];
  const rows = planMeaning(plan);
  return rows.length === 0 ? [] : ['', ...layOutTable(rows.map(([label, text]) => [`  ${label}`, text]))];
}

function section(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('');
}
