import type { ApplySummary } from '../apply/operations.js';
import type { Goal } from '../spec/spec.js';
import type { Palette } from './palette.js';
import { printable } from './printable.js';
import { formatSeconds, plural } from '../quantities.js';
import { goalReached } from './plan-words.js';
import { doubtCodes } from '../plan/row-doubts.js';
import type { Finding } from '../checks/finding.js';
import { renderWriteStop } from './write-stop.js';

export interface SummaryContext {
  readonly palette: Palette;
  readonly name: string;
  readonly method: 'continuous' | 'dump';
  /** Milliseconds by part of the write stop, where one took place. */
  readonly parts: Readonly<Record<string, number>>;
  /** Of the plan that was carried out, or found nothing to do. */
  readonly findings: readonly Finding[];
  /** Tables that changed since every row was compared, and that the write stop had no time for. */
  readonly notCompared: number;
  /** Where what is done is recorded. */
  readonly state: string;
  /** ` other.yaml` where the spec is not pgm.yaml, for the commands to type next. */
  readonly specArgument: string;
  /** A lane leads back after the cutover. */
  readonly failback: boolean;
}

/** The last words of an apply: what became of it, where the migration is now, and what to type next. */
export function renderSummary(given: ApplySummary, context: SummaryContext): string {
  const summary = printable(given);
  const { palette, name, method, parts, notCompared, state } = context;
  const { done, failed, not_started } = summary.steps;
  const lines: string[] = [''];
  if (summary.result === 'nothing-to-do') {
    const codes = doubtCodes(context.findings);
    lines.push(
      codes.length === 0
        ? palette.green.bold('Apply complete! Nothing to do.')
        : palette.yellow.bold(
            `Apply has no step to carry out, but there is something to look at: ${codes.join(', ')}.`,
          ),
    );
    if (codes.length > 0) lines.push(`pgm status${context.specArgument} says what; pgm explain CODE says more.`);
  } else {
    const counts =
      `Steps: ${done} ` +
      `done, ${failed} ${summary.result === 'interrupted' ? 'interrupted' : 'failed'}, ${not_started} ` +
      `not started, in ${formatSeconds(summary.seconds)}.`;
    lines.push(headline(summary, counts, palette));
  }
  if (summary.reached !== null && summary.result === 'done')
    lines.push(
      `${name} has reached the goal ${summary.reached}: ${goalReached(summary.reached, method, context.findings)}.`,
    );
  if (summary.write_stop_ms !== null)
    lines.push(`Write stop: ${palette.bold(renderWriteStop(summary.write_stop_ms, parts))}`);
  if (summary.write_stop_ms !== null && notCompared > 0)
    lines.push(
      palette.yellow(
        `Not compared again in it: ${plural(notCompared, 'table')} that changed since every row was compared ` +
          `(cutover.compare says how long that may take). pgm verify${context.specArgument} compares them now.`,
      ),
    );
  if (summary.result !== 'done' && summary.result !== 'nothing-to-do')
    lines.push(`What is done stays done and is recorded in ${printable(state)}.`);
  const next = nextLines(summary, context);
  if (next.length > 0) lines.push('', 'Next:', ...next.map(line => `  ${line}`));
  return lines.map(line => `${line}\n`).join('');
}

function headline(summary: ApplySummary, counts: string, palette: Palette): string {
  switch (summary.result) {
    case 'done':
    case 'nothing-to-do':
      return `${palette.green.bold('Apply complete!')} ${counts}`;
    case 'stopped':
      return `${palette.yellow.bold('Apply stopped part-way.')} ${counts}`;
    case 'interrupted':
      return `${palette.yellow.bold('Apply interrupted.')} ${counts}`;
    case 'failed':
      return `${palette.red.bold('Apply failed.')} ${counts}`;
  }
}

function nextLines(summary: ApplySummary, { specArgument, failback }: SummaryContext): string[] {
  switch (summary.result) {
    case 'nothing-to-do':
      return [];
    case 'done':
      return summary.reached === null ? [] : afterGoal(summary.reached, specArgument, failback);
    case 'stopped':
    case 'interrupted':
    case 'failed':
      return [`pgm apply${specArgument}   goes on where this run ended`];
  }
}

function afterGoal(goal: Goal, spec: string, failback: boolean): string[] {
  switch (goal) {
    case 'prepared':
      return [`pgm apply${spec} --goal synced   copies the data and keeps it in sync`];
    case 'synced':
      return [
        `pgm status${spec} --watch        follows replication`,
        `pgm verify${spec}                compares the data`,
        `pgm cutover${spec} --rehearse    measures the write stop, changes nothing`,
        `pgm cutover${spec}               moves over to the target`,
      ];
    case 'cutover':
      return [
        `pgm status${spec}     where things are`,
        ...(failback ? [`pgm rollback${spec}   back to the source, with the rows written meanwhile`] : []),
        `pgm close${spec}      when the target is to stay: ends replication, cleans up`,
      ];
    case 'ready':
      return [];
  }
}
