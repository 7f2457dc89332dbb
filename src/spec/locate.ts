import type { Location } from '../errors.js';

/**
 * Line and column (1-based, in characters as JavaScript counts them) of an offset. A byte order mark takes no column.
 */
export function locate(file: string, text: string, offset: number): Location {
  const before = text.slice(0, offset);
  const lines = before.split(/\r\n|\r|\n/);
  const last = (lines.at(-1) ?? '').replace(/^\ufeff/, '');
  return { file, line: lines.length, column: last.length + 1 };
}

/** The text of a line (1-based), without its end. */
export function lineOf(text: string, line: number): string {
  return (text.split(/\r\n|\r|\n/)[line - 1] ?? '').replace(/^\ufeff/, '');
}
