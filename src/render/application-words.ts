import type { Application } from '../checks/application-part.js';
import { formatTime, plural } from '../quantities.js';
import type { Palette } from './palette.js';
import { layOutTable } from './table.js';

export const applicationTitle = 'Your application';

export function isOfApplication(code: string): boolean {
  return /^PGM7/.test(code);
}

/** Over what it was looked at. */
export function applicationSentence({ side, since, sessions }: Application): string {
  return (
    `at most ${plural(sessions, 'session')} on the ${side} at once, ` +
    (since === null ? 'seen now' : `seen since ${formatTime(since)}`)
  );
}

/** The part of a plan or a status, for a terminal. */
export function applicationLines(application: Application, palette: Palette): string[] {
  return [
    `${palette.bold(applicationTitle)} ${palette.dim(`(${applicationSentence(application)})`)}`,
    ...layOutTable(
      application.lines.map(({ fine, subject, text }) => [
        `  ${fine ? palette.green('✓') : palette.yellow('!')} ${subject}`,
        text,
      ]),
    ),
  ];
}
