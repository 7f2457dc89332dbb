import type { Plan } from '../plan/plan.js';
import { plural } from '../quantities.js';
import { commentRoom, renderPlanMarkdown } from './plan-markdown.js';
import { inlineCode, inText } from './markdown.js';
import { planHeadline, planMeaning, planSentence } from './plan-words.js';
import { oneLine } from './printable.js';

/** The first line of our comment in a review: by it the next run finds it again. */
export const planMarker = '<!-- pgm ci plan -->';
export const applyMarker = '<!-- pgm ci apply -->';
export const driftMarker = '<!-- pgm ci drift -->';

/** A spec that a pipeline planned: its plan, or why there is none. */
export interface PlannedInCi {
  /** The spec's path in the repository. */
  readonly spec: string;
  readonly plan: Plan | null;
  readonly error: string | null;
}

/** What stands in a table where one spec of several is looked at. */
export interface CiRow {
  readonly spec: string;
  /** `✅`, `⚠️`, `❌` */
  readonly mark: string;
  /** In a sentence. */
  readonly result: string;
}

/**
 * One comment for all specs of a review: whole for one, a table and a folded plan each for several. Below 60,000
 * characters; each plan counts what did not fit.
 * @param commit that was planned
 */
export function renderCiPlan(planned: readonly PlannedInCi[], commit: string): string {
  const foot = `<sub>planned for commit ${inText(commit)}; this comment is rewritten by the next run</sub>`;
  const [only] = planned;
  if (only === undefined) return lines([planMarker, 'No spec of pgm was changed.', '', foot]);
  if (planned.length === 1) return lines([planMarker, whole(only, commentRoom), foot]);
  const table = ciTable(
    planned.map(each => ({ spec: each.spec, mark: markOf(each), result: sentenceOf(each) })),
    'Plan',
  );
  const room = Math.floor((commentRoom - table.length) / planned.length) - 300;
  return lines([
    planMarker,
    `## ${plural(planned.length, 'migration')}`,
    '',
    table,
    ...planned.flatMap(each => [
      `<details><summary><b>${inText(each.plan === null ? each.spec : planHeadline(each.plan))}</b></summary>`,
      '',
      room < 2_000 ? `_No room for it here: ${inlineCode(`pgm plan ${each.spec}`)} shows it._` : whole(each, room),
      '</details>',
      '',
    ]),
    foot,
  ]);
}

/** Rows of a comment, each with its mark and one sentence. */
export function ciTable(rows: readonly CiRow[], title: string): string {
  return lines([
    `| | Spec | ${title} |`,
    '|---|---|---|',
    ...rows.map(({ mark, spec, result }) => `| ${mark} | ${inlineCode(spec)} | ${inText(oneLine(result))} |`),
    '',
  ]);
}

function whole({ spec, plan, error }: PlannedInCi, room: number): string {
  if (plan !== null) return renderPlanMarkdown(plan, room);
  return lines([`## ${inText(spec)}`, '', '**There is no plan.**', '', '```', ...fenced(error ?? '', room), '```', '']);
}

/** Nothing in it ends the block. */
function fenced(text: string, room: number): string[] {
  return text.slice(0, room).replaceAll('```', "'''").split('\n');
}

function markOf({ plan }: PlannedInCi): string {
  return plan === null || !plan.applicable ? '❌' : cuts(plan).length > 0 ? '⚠️' : '✅';
}

function sentenceOf({ plan, error }: PlannedInCi): string {
  if (plan === null) return `There is no plan: ${(error ?? '').split('\n')[0] ?? ''}`;
  return [planSentence(plan), ...cuts(plan)].join(' ');
}

/** What a reviewer must not miss: what is destroyed, restarted or kept from writing. */
function cuts(plan: Plan): string[] {
  const meaning = new Map(planMeaning(plan));
  const { delete: destroyed } = plan.summary;
  return [
    ...(destroyed > 0 ? [`Destroys: ${plural(destroyed, 'step')}.`] : []),
    ...(plan.steps.some(({ impact }) => impact.restart) ? [`${meaning.get('Restart') ?? 'A server restarts'}.`] : []),
    ...(plan.steps.some(({ impact }) => impact.blocks_writes) ? [`Writes: ${meaning.get('Writes') ?? ''}.`] : []),
  ];
}

function lines(all: readonly string[]): string {
  return all.join('\n');
}
