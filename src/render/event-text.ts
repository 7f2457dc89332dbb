import type { ApplyEvent } from '../apply/events.js';
import { interruptedMessage, type ErrorReport } from '../errors.js';
import { renderFindings } from './findings-text.js';
import type { Palette } from './palette.js';
import { oneLine, printable, withNamesOnOneLine } from './printable.js';
import { formatSeconds } from '../quantities.js';

/** The lasting lines of one event; '' for those that leave none. `started` lines are for output that is not redrawn. */
export function renderEvent(
  event: ApplyEvent,
  palette: Palette,
  { titleOf, started }: { readonly titleOf: (step: string) => string; readonly started: boolean },
): string {
  switch (event.type) {
    case 'step_start':
      return started ? `${palette.bold(oneLine(event.step))}: ${oneLine(event.title)} …\n` : '';
    case 'step_done': {
      const what = oneLine(event.outcome ?? titleOf(event.step));
      const note = event.skipped ? 'already done' : formatSeconds(event.seconds);
      return `${palette.green('✓')} ${palette.bold(oneLine(event.step))}: ${what} ${palette.dim(`(${note})`)}\n`;
    }
    case 'step_failed':
      if (event.error.message === interruptedMessage)
        return (
          `${palette.yellow('■')} ${palette.bold(oneLine(event.step))}: ${oneLine(titleOf(event.step))}: ` +
          'interrupted\n'
        );
      return (
        `${palette.red('✗')} ${palette.bold(oneLine(event.step))}: ${oneLine(titleOf(event.step))} ` +
        `failed\n${renderErrorReport(event.error, palette)}`
      );
    case 'diagnostic':
      return event.finding === undefined
        ? `${severityMark(event.severity, palette)} ${oneLine(event.message)}\n`
        : renderFindings([printable(event.finding)], palette, { verbose: true });
    case 'version':
    case 'plan':
    case 'step_progress':
    case 'summary':
      return '';
  }
}

/**
 * A step's error, indented below the step, with PostgreSQL's own fields where it is PostgreSQL's.
 * What pgm itself has to add comes with the error that ends the run.
 */
export function renderErrorReport(given: ErrorReport, palette: Palette): string {
  const error = printable(given);
  const ofServer: readonly (readonly [string, string | undefined])[] = [
    ['detail', error.detail],
    ['hint', error.hint],
    ['where', error.where],
    ['statement', error.statement],
  ];
  const fields = error.sqlstate === undefined ? [] : ofServer;
  const code = error.code ?? error.sqlstate;
  const lines = [
    `${palette.red(`error${code === undefined ? '' : `[${code}]`}`)}: ${withNamesOnOneLine(error.message)}`,
    ...fields.flatMap(([label, text]) =>
      text === undefined || text === ''
        ? []
        : [`${label}: ${label === 'where' || label === 'statement' ? text : oneLine(text)}`],
    ),
  ];
  return indented(lines);
}

function indented(lines: readonly string[]): string {
  return lines.map(line => `    ${line.trimEnd().replaceAll('\n', '\n      ')}\n`).join('');
}

function severityMark(severity: 'info' | 'warning' | 'error', palette: Palette): string {
  switch (severity) {
    case 'info':
      return palette.blue('i');
    case 'warning':
      return palette.yellow('!');
    case 'error':
      return palette.red('✗');
  }
}
