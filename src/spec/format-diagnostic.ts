import { Chalk } from 'chalk';
import type { Diagnostic } from './diagnostic.js';
import { lineOf } from './locate.js';
import { maskSpans, secretSpans } from './mask-secrets.js';

const widest = 120;

/**
 * A diagnostic to be read by people: place, severity, code and message, the line with a caret, the hint.
 * @param sourceText the spec file's text; passwords in the line are masked. '' shows no line.
 * @example
 * pgm.yaml:5:1: error PGMS010: unknown key "metod"
 *   5 | metod: dump
 *     | ^^^^^
 *   hint: Did you mean "method"?
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  sourceText: string,
  options: { readonly color: boolean },
): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  const paint = diagnostic.severity === 'error' ? chalk.red : chalk.yellow;
  const { file, line, column } = diagnostic.location;
  const number = String(line);
  const lines = [
    `${chalk.bold(`${file}:${number}:${String(column)}:`)} ${paint.bold(`${diagnostic.severity} ${diagnostic.code}:`)} ${diagnostic.message}`,
  ];
  if (lineOf(sourceText, line).trim() !== '') {
    const { text, start, length } = excerpt(sourceText, diagnostic);
    lines.push(
      `  ${chalk.dim(`${number} |`)} ${text}`,
      `  ${chalk.dim(`${' '.repeat(number.length)} |`)} ${' '.repeat(start)}${paint('^'.repeat(length))}`,
    );
  }
  if (diagnostic.hint !== undefined) lines.push(`  ${chalk.cyan('hint:')} ${diagnostic.hint}`);
  return lines.join('\n');
}

/** The line, with secrets masked and cut to a width, and where in it the caret belongs. */
function excerpt(
  sourceText: string,
  { location, length }: Diagnostic,
): { text: string; start: number; length: number } {
  const raw = lineOf(sourceText, location.line);
  const lineStart = startOfLine(sourceText, location.line);
  const secrets = secretSpans(sourceText)
    .map(({ start, end }) => ({ start: Math.max(0, start - lineStart), end: Math.min(raw.length, end - lineStart) }))
    .filter(({ start, end }) => start < end);
  const masked = maskSpans(raw, secrets);
  const text = printable(masked.text);
  const from = masked.offsetOf(location.column - 1);
  const to = Math.max(from + 1, Math.min(masked.offsetOf(location.column - 1 + (length ?? 1)), text.trimEnd().length));

  if (text.length <= widest) return { text, start: from, length: to - from };
  const cut = Math.max(0, Math.min(from - 20, text.length - widest));
  const start = from - cut + (cut > 0 ? 1 : 0);
  const shown = `${cut > 0 ? '…' : ''}${text.slice(cut, cut + widest)}${cut + widest < text.length ? '…' : ''}`;
  return { text: shown, start, length: Math.max(1, Math.min(to - from, shown.length - start)) };
}

function startOfLine(text: string, line: number): number {
  let offset = text.startsWith('\ufeff') ? 1 : 0;
  const ends = text.matchAll(/\r\n|\r|\n/g);
  for (let at = 1; at < line; at++) {
    const end = ends.next().value;
    if (end === undefined) break;
    offset = end.index + end[0].length;
  }
  return offset;
}

/** Characters that would move the cursor, each as one that does not, so that the caret stays below its place. */
function printable(line: string): string {
  return line.replaceAll('\t', ' ').replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');
}
