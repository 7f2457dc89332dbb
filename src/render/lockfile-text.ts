import type { Lockfile, StepRecord } from '../state/lockfile.js';
import { shownSetting } from '../state/settable.js';
import { andMore, fold } from './fold.js';
import { plain, type Palette } from './palette.js';
import { printable } from './printable.js';
import { formatSeconds, formatTime, plural } from '../quantities.js';
import { layOutTable } from './table.js';
import { renderWriteStop } from './write-stop.js';

export interface LockfileTextOptions {
  readonly palette?: Palette;
  readonly verbose?: boolean;
}

/** What the lockfile records: how far the migration is, the steps taken, settings as they were before. */
export function renderLockfile(
  given: Lockfile,
  { palette = plain, verbose = false }: LockfileTextOptions = {},
): string {
  const lockfile = printable(given);
  const { name, reached, method, stopped, source, target, cutover } = lockfile;
  const facts: (readonly [string, string])[] = [
    ['  Reached', `${reached ?? 'nothing yet'}${stopped ? ', stopped (pgm apply resumes)' : ''}`],
    ['  Method', method ?? 'not chosen yet'],
    [
      '  Source',
      source === null ? 'not seen yet' : `PostgreSQL ${source.version}, system identifier ${source.system_identifier}`,
    ],
    [
      '  Target',
      target === null ? 'not seen yet' : `PostgreSQL ${target.version}, system identifier ${target.system_identifier}`,
    ],
    ['  Written', `${formatTime(lockfile.updated_at)}, serial ${String(lockfile.serial)}, pgm ${lockfile.pgm_version}`],
    ['  Lineage', lockfile.lineage],
    ...(lockfile.goal_by_flag === null
      ? []
      : [['  By flag', `apply --goal ${lockfile.goal_by_flag} went further than the spec`] as const]),
    ...(lockfile.rehearsal === undefined
      ? []
      : [
          [
            '  Rehearsed',
            `${formatTime(lockfile.rehearsal.finished_at)}, write ` +
              `stop ${renderWriteStop(lockfile.rehearsal.write_stop_ms, lockfile.rehearsal.parts)}`,
          ] as const,
        ]),
    ...(cutover === null
      ? []
      : cutover.state !== 'finished'
        ? [
            [
              cutover.event === 'failback' ? '  Rollback' : '  Cutover',
              'interrupted: pgm apply finishes or undoes it',
            ] as const,
          ]
        : [
            [
              cutover.event === 'failback' ? '  Rolled back' : '  Cut over',
              `${formatTime(cutover.finished_at)}, write stop ${renderWriteStop(cutover.write_stop_ms, cutover.parts)}`,
            ] as const,
          ]),
  ];
  const lines = [
    palette.bold(name),
    ...layOutTable(facts),
    ...settingLines(lockfile, palette),
    ...stepLines(Object.entries(lockfile.steps), palette, verbose),
  ];
  return lines.map(line => `${line}\n`).join('');
}

function settingLines({ settings }: Lockfile, palette: Palette): string[] {
  const entries = Object.entries(settings);
  if (entries.length === 0) return [];
  return [
    '',
    palette.bold('Settings that pgm changed'),
    ...layOutTable(
      entries.map(([key, setting]) => {
        const { before, after } = shownSetting(setting);
        return [`  ${key}`, after, `before: ${before ?? 'not set'}`];
      }),
    ),
  ];
}

function stepLines(steps: readonly (readonly [string, StepRecord])[], palette: Palette, verbose: boolean): string[] {
  if (steps.length === 0) return [];
  const inOrder = steps.toSorted(([, a], [, b]) =>
    a.started_at < b.started_at ? -1 : a.started_at > b.started_at ? 1 : 0,
  );
  const unfinished = inOrder.filter(([, step]) => step.status !== 'done');
  const finished = inOrder.filter(([, step]) => step.status === 'done');
  const { shown, hidden } = fold(finished, verbose ? Infinity : 40);
  return [
    '',
    palette.bold(`Steps: ${plural(finished.length, 'step')} done, ${String(unfinished.length)} not`),
    ...[...unfinished, ...shown].map(([id, step]) => stepLine(id, step, palette)),
    ...(hidden > 0 ? [`  ${andMore(hidden, 'step')} done (--verbose shows all)`] : []),
  ];
}

function stepLine(id: string, step: StepRecord, palette: Palette): string {
  const took =
    step.finished_at === null
      ? ''
      : ` (${formatSeconds((Date.parse(step.finished_at) - Date.parse(step.started_at)) / 1000)})`;
  switch (step.status) {
    case 'done':
      return `  ${palette.green('✓')} ${id}${took}`;
    case 'failed':
      return `  ${palette.red('✗')} ${id}: ${step.error ?? 'failed'}`;
    case 'started':
      return `  ${palette.yellow('>')} ${id}: begun ${formatTime(step.started_at)}, not finished`;
  }
}
