import { displayWidth, withoutColour } from './table.js';

/** Statements and commands of a plan, which somebody may copy: broken lines would change them. */
const statement = /^ +[+~>-] (?!PGM\d|-- )|^ {4,}\S.*;\s*(--.*)?$/;

/** A remedy in words, not in SQL or as a command line. */
const words = /^\s+to do: [A-Z][^;$]*\.?$/;

/** What later lines are indented by: the text behind a mark, a label in a table, or `hint:`. */
const labels: readonly RegExp[] = [
  /^\s*(?:hint|detail|where|to do): /,
  /^\s*error(?:\[\w+\])?: /,
  /^ {2,8}\S+(?: \S+){0,3} {2,}(?=\S)/,
];

/**
 * Text for people fitted to a terminal: lines that are wider break at a space, never within a word, and go on below
 * where their text began. Lines that hold a statement or a command stay as they are.
 */
export function wrapProse(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap(line =>
      displayWidth(line) <= columns || isVerbatim(withoutColour(line)) ? [line] : wrapLine(line, columns),
    )
    .join('\n');
}

function isVerbatim(line: string): boolean {
  if (/^\s+-- /.test(line)) return false;
  if (/^\s+to do: /.test(line)) return !words.test(line);
  return statement.test(line) || /^ {13}\S/.test(line);
}

function wrapLine(line: string, columns: number): string[] {
  // A comment of SQL goes on as a comment.
  const comment = /^\s+-- /.exec(line)?.[0];
  const indent = comment ?? ' '.repeat(indentOf(withoutColour(line), columns));
  const [first = '', ...rest] = line.trimStart().split(' ');
  const lines: string[] = [];
  let current = line.slice(0, line.length - line.trimStart().length) + first;
  for (const word of rest) {
    if (displayWidth(current) + 1 + displayWidth(word) <= columns || word === '') current += ` ${word}`;
    else {
      lines.push(current.trimEnd());
      current = indent + word;
    }
  }
  return [...lines, current];
}

function indentOf(line: string, columns: number): number {
  for (const label of labels) {
    const found = label.exec(line)?.[0].length ?? 0;
    if (found > 0 && found < columns - 8) return found;
  }
  const leading = line.length - line.trimStart().length;
  return /^\s*[✗~!i✓#>+-] /.test(line) ? leading + 4 : leading;
}
