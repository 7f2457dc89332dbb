import type { Finding } from '../checks/finding.js';
import type { Plan, Step } from '../plan/plan.js';
import { diffLines } from './diff-lines.js';
import { groupFindings, serverTitle } from './finding-groups.js';
import { andMore, fold, foldStatements } from './fold.js';
import { findingsLink } from './findings-link.js';
import { codeBlock, inlineCode, inText } from './markdown.js';
import {
  fallbackMeaning,
  fallbackTitle,
  planHeadline,
  planMeaning,
  planSentence,
  planServersInWords,
} from './plan-words.js';
import { applicationSentence, applicationTitle } from './application-words.js';
import { begunMeaning, begunSentence } from './begun-lines.js';
import { preflightRows } from './preflight-words.js';
import { plural } from '../quantities.js';
import { oneLine, printable } from './printable.js';
import { foldPhase } from './step-folding.js';
import { estimateOf, placeOf, stepPhases, symbols, type Phase } from './step-phases.js';
import { statementLimits } from './steps-text.js';

/** A comment on GitHub holds 65,536 characters; this leaves room for what a pipeline adds around it. */
export const commentRoom = 60_000;
const findingsOfACode = 20;

/**
 * A plan for a pull request, with a first line (`<!-- pgm plan: NAME -->`) by which a pipeline finds its own comment
 * again. Steps are folded by phase, open where one destroys, restarts or stops writes. What did not fit is counted.
 * @param room characters that it may have
 */
export function renderPlanMarkdown(given: Plan, room = commentRoom): string {
  const plan = printable(given);
  const [roomForFindings, roomForObstacles] = [room / 2.4, room / 6];
  const head = [
    `<!-- pgm plan: ${plan.name} -->`,
    `## ${inText(planHeadline(plan))}`,
    '',
    `**${inText(planSentence(plan))}**`,
    '',
  ];
  if (plan.begun !== undefined) head.push(`> ${inText(`${begunSentence(plan.begun)}. ${begunMeaning}`)}`, '');
  const meaning = [...planServersInWords(plan), ...planMeaning(plan)];
  if (meaning.length > 0)
    head.push('| | |', '|---|---|', ...meaning.map(([label, text]) => `| ${label} | ${inText(text)} |`), '');
  if (plan.fallback !== null) {
    const obstacles = fit(findingBlocks(plan.fallback.obstacles), roomForObstacles, 'reason');
    head.push(
      `> **${inText(fallbackTitle)}**`,
      ...obstacles.map(line => `> ${line}`),
      ...fallbackMeaning({ accepted: false }).map(line => `> ${inText(line)}  `),
      '',
    );
  }
  const rows = preflightRows(plan);
  if (plan.preflight !== null)
    head.push(
      `### Before the ${plan.preflight.event}`,
      '',
      '| | | |',
      '|---|---|---|',
      ...rows.map(({ fine, label, text }) => `| ${fine ? '✅' : '⚠️'} | ${label} | ${inText(text)} |`),
      '',
    );
  if (plan.application !== undefined)
    head.push(
      `### ${applicationTitle}`,
      '',
      inText(applicationSentence(plan.application)),
      '',
      '| | | |',
      '|---|---|---|',
      ...plan.application.lines.map(
        ({ fine, subject, text }) => `| ${fine ? '✅' : '⚠️'} | ${inText(subject)} | ${inText(text)} |`,
      ),
      '',
    );
  const findings = fit(findingBlocks(plan.findings), roomForFindings, 'finding');
  const steps = fit(stepBlocks(plan), room - length(head) - length(findings) - 400, 'step');
  return `${[...head, ...findings, ...steps, `<sub>plan sha256:${plan.digest}, pgm ${plan.pgm_version}, spec ${inText(plan.spec.path)}</sub>`].join('\n')}\n`;
}

/** Markdown that is shown whole or not at all. */
interface Block {
  /** How many findings or steps it stands for. */
  readonly counts: number;
  readonly lines: readonly string[];
  /** Whether what follows is folded from here on; left out: as before. */
  readonly folds?: boolean;
}

/** As many blocks as there is room for; the rest is counted. */
function fit(blocks: readonly Block[], characters: number, noun: string): string[] {
  const lines: string[] = [];
  let used = 0;
  let folded = false;
  for (const [index, block] of blocks.entries()) {
    const size = length(block.lines);
    if (used + size > characters) {
      const left = blocks.slice(index).reduce((sum, { counts }) => sum + counts, 0);
      if (folded) lines.push(endOfFold, '');
      return left === 0 ? lines : [...lines, `_${andMore(left, noun)}: ${inlineCode('pgm plan')} shows all._`, ''];
    }
    lines.push(...block.lines);
    used += size;
    folded = block.folds ?? folded;
  }
  return lines;
}

function findingBlocks(findings: readonly Finding[]): Block[] {
  return groupFindings(findings, { verbose: false }).flatMap(({ server, database, codes }) => [
    {
      counts: 0,
      lines: [`### ${serverTitle[server]}${database === null ? '' : `, database ${inText(database)}`}`, ''],
    },
    ...codes.flatMap(group => {
      const { shown, hidden } = fold(group, findingsOfACode);
      const more =
        hidden === 0 ? [] : [{ counts: hidden, lines: [`- ${andMore(hidden, 'finding')} of ${group[0]?.code ?? ''}`] }];
      return [...shown.map(finding => ({ counts: 1, lines: findingLines(finding) })), ...more];
    }),
    { counts: 0, lines: [''] },
  ]);
}

function findingLines(finding: Finding): string[] {
  const mark = finding.severity === 'error' ? '❌' : finding.severity === 'warning' ? '⚠️' : 'ℹ️';
  const object =
    finding.object === undefined || finding.message.includes(finding.object) ? '' : `${inlineCode(finding.object)} `;
  const lines = [
    `- ${mark} **[${finding.code}](${findingsLink(finding)})** ${object}${inText(oneLine(finding.message))}`,
  ];
  if (finding.status === 'change')
    lines.push(`  pgm does this${finding.step === undefined ? '' : `: ${inlineCode(finding.step)}`}`);
  else if (finding.remedy !== null)
    lines.push(...codeBlock(finding.remedy.split('\n').slice(0, 12), '').map(line => `  ${line}`));
  return lines;
}

function stepBlocks(plan: Plan): Block[] {
  return stepPhases(plan).flatMap(phase => [
    { counts: 0, lines: [beginOfFold(phase), ''], folds: true },
    ...foldPhase(phase).map(item =>
      item.kind === 'step'
        ? { counts: 1, lines: stepLines(item.step) }
        : { counts: item.steps, lines: [...item.lines.map(line => `- ${inText(line)}`), ''] },
    ),
    { counts: 0, lines: [endOfFold, ''], folds: false },
  ]);
}

const endOfFold = '</details>';

function beginOfFold({ title, groups }: Phase): string {
  const steps = groups.flatMap(group => group.steps);
  const open = steps.some(({ action, impact }) => action === 'delete' || impact.restart || impact.blocks_writes);
  return `<details${open ? ' open' : ''}><summary><b>${inText(title)}</b>: ${plural(steps.length, 'step')}</summary>`;
}

function stepLines(step: Step): string[] {
  const { blocks, hidden } = foldStatements(step.statements, statementLimits);
  const lines = [
    `${inlineCode(symbols[step.action])} **${inText(placeOf(step))}**: ${inText(step.title)}${estimateOf(step)}`,
    '',
  ];
  if (blocks.length > 0)
    lines.push(...codeBlock([...blocks.flat(), ...(hidden > 0 ? [`-- ${andMore(hidden, 'line')}`] : [])], 'sql'), '');
  if (step.diff !== undefined) {
    const diff = fold(diffLines(step.diff), 20);
    lines.push(
      ...codeBlock(
        [
          ...diff.shown.map(({ sign, text }) => `${sign} ${text}`),
          ...(diff.hidden > 0 ? [andMore(diff.hidden, 'line')] : []),
        ],
        'diff',
      ),
      '',
    );
  }
  return lines;
}

function length(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
