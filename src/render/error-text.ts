import { UserError } from '../errors.js';
import { StatementError } from '../postgres/errors.js';
import { SpecErrors } from '../spec/diagnostic.js';
import { formatDiagnostic } from '../spec/format-diagnostic.js';
import { plural } from '../quantities.js';
import type { Palette } from './palette.js';
import { oneLine, printable, withNamesOnOneLine } from './printable.js';

export interface ErrorTextOptions {
  readonly palette: Palette;
  /** Stacks and causes too. */
  readonly debug: boolean;
}

/**
 * An error as the user sees it. Theirs to act on: code, message, place, hint, and what PostgreSQL said.
 * Anything else is a bug of pgm: the stack, and where to report it.
 */
export function renderError(error: unknown, { palette, debug }: ErrorTextOptions): string {
  const lines =
    error instanceof SpecErrors
      ? specLines(error, palette)
      : error instanceof UserError
        ? userLines(error, palette)
        : error instanceof StatementError
          ? statementErrorLines(error, palette)
          : bugLines(error, palette);
  if (debug && (error instanceof UserError || error instanceof StatementError))
    lines.push('', ...stackLines(error).map(line => palette.dim(line)));
  return lines.map(line => `${line}\n`).join('');
}

function specLines(error: SpecErrors, palette: Palette): string[] {
  const found = error.diagnostics.map(diagnostic =>
    formatDiagnostic(diagnostic, error.text, { color: palette.level > 0 }).trimEnd(),
  );
  const errors = error.diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = error.diagnostics.length - errors;
  const counted = [plural(errors, 'error'), ...(warnings === 0 ? [] : [plural(warnings, 'warning')])].join(', ');
  return [...found.flatMap(text => [text, '']), `The spec has ${counted}.`];
}

function userLines(error: UserError, palette: Palette): string[] {
  const { code, hint, location } = error;
  const said = statementErrorIn(error);
  return [
    headline(code, error.message, palette),
    ...(location === undefined ? [] : [`  at ${printable(location.file)}:${location.line}:${location.column}`]),
    ...labelled('hint', hint),
    ...(said === null ? [] : serverLines(said, error.message.includes(said.message), palette)),
  ];
}

function statementErrorLines(error: StatementError, palette: Palette): string[] {
  return [headline(error.code, error.message, palette), ...fieldLines(error)];
}

/**
 * What the server said, where an error of ours has one of its as the cause; its message only when ours does not repeat
 * it.
 */
function serverLines(error: StatementError, repeated: boolean, palette: Palette): string[] {
  const fields = fieldLines(error).map(line => `  ${line}`);
  if (repeated && fields.length === 0 && error.code === undefined) return [];
  return [
    `  ${palette.bold('PostgreSQL')}${error.code === undefined ? '' : ` (${error.code})`}:${repeated ? '' : ` ${oneBlock(error.message, 2)}`}`,
    ...fields,
  ];
}

function fieldLines(error: StatementError): string[] {
  return [
    ...labelled('detail', error.detail && oneLine(error.detail)),
    ...labelled('hint', error.hint),
    ...labelled('where', error.where),
    ...labelled('statement', error.statement?.slice(0, 600)),
  ];
}

function bugLines(error: unknown, palette: Palette): string[] {
  return [
    palette.red.bold('This is a bug in pgm, not in what you did.'),
    ...stackLines(error),
    '',
    'The state is saved as far as it got; pgm status shows where the migration is.',
    'Please report this text, with the output of pgm --version and the command you ran.',
  ];
}

function headline(code: string | undefined, message: string, palette: Palette): string {
  return `${palette.red.bold(`error${code === undefined ? '' : `[${code}]`}`)}: ${oneBlock(message, 0)}`;
}

function labelled(label: string, text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : [`  ${label}: ${oneBlock(text, 2 + label.length + 2)}`];
}

/** Text of several lines, those after the first indented. */
function oneBlock(text: string, indent: number): string {
  return printable(withNamesOnOneLine(text))
    .trimEnd()
    .replaceAll('\n', `\n${' '.repeat(indent)}`);
}

function statementErrorIn(error: UserError): StatementError | null {
  for (let at: unknown = error.cause, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++) {
    if (at instanceof StatementError) return at;
  }
  return null;
}

function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  for (
    let at: unknown = error, depth = 0;
    at !== undefined && depth < 6;
    at = at instanceof Error ? at.cause : undefined, depth++
  ) {
    const text = at instanceof Error ? (at.stack ?? `${at.name}: ${at.message}`) : printableCause(at);
    lines.push(...printable(depth === 0 ? text : `caused by ${text}`).split('\n'));
  }
  return lines;
}

function printableCause(cause: unknown): string {
  return typeof cause === 'string' ? cause : JSON.stringify(cause);
}
