import { formatCount, plural } from '../quantities.js';

/** The first `limit` of a list and how many were left out; a list one longer than the limit is shown whole. */
export function fold<T>(list: readonly T[], limit: number): { readonly shown: readonly T[]; readonly hidden: number } {
  return list.length <= limit + 1
    ? { shown: list, hidden: 0 }
    : { shown: list.slice(0, limit), hidden: list.length - limit };
}

export interface StatementLimits {
  readonly lines: number;
  /** Longer lines with commas are cut at one of them. */
  readonly columns: number;
}

/** Nothing is left out. */
export const unlimited: StatementLimits = { lines: Infinity, columns: Infinity };

/**
 * Statements as blocks of lines, a block a statement, cut to the limits over all of them.
 * What was cut is said: `hidden` counts the lines that are not shown.
 */
export function foldStatements(
  statements: readonly string[],
  limits: StatementLimits,
): { readonly blocks: readonly (readonly string[])[]; readonly hidden: number } {
  const blocks = statements.map(statement => statement.split('\n').map(line => foldLine(line, limits.columns)));
  const total = blocks.reduce((sum, block) => sum + block.length, 0);
  if (total <= limits.lines + 1) return { blocks, hidden: 0 };
  const shown: string[][] = [];
  let room = limits.lines;
  for (const block of blocks) {
    if (room <= 0) break;
    shown.push(block.slice(0, room));
    room -= block.length;
  }
  return { blocks: shown, hidden: total - limits.lines };
}

/** Fewer left out than this would save nothing. */
const leastHidden = 4;

/** `a, b, c, …` cut at a comma: `a, b, … and 4,998 more`. A line that would lose only a few is kept. */
export function foldLine(line: string, columns: number): string {
  if (line.length <= columns) return line;
  const commas = commasOutsideQuotes(line);
  const cut = commas.filter(at => at <= columns).at(-1);
  if (cut === undefined) return line;
  const left = commas.filter(at => at >= cut).length;
  if (left < leastHidden) return line;
  return `${line.slice(0, cut + 1)} … and ${formatCount(left)} more`;
}

/** `… and 4,988 more tables`. */
export function andMore(hidden: number, noun: string, many?: string): string {
  const counted = plural(hidden, noun, many);
  const space = counted.indexOf(' ');
  return `… and ${counted.slice(0, space)} more${counted.slice(space)}`;
}

function commasOutsideQuotes(line: string): number[] {
  const at: number[] = [];
  let quote = '';
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === ',') {
      at.push(index);
    }
  }
  return at;
}
