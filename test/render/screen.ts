import type { Sink } from '../../src/render/terminal.js';
import { plain } from '../../src/render/palette.js';

/** A sink that keeps what is written, and plays it as a terminal would show it. */
export interface Screen extends Sink {
  /** All that was written, codes and all. */
  written(): string;
  /** The lines that a user sees. */
  lines(): string[];
}

export function screen({ canRedraw = true, columns = 80 } = {}): Screen {
  let text = '';
  return {
    write: more => void (text += more),
    print: more => void (text += more),
    isTerminal: canRedraw,
    canRedraw,
    columns,
    rows: 24,
    palette: plain,
    closed: false,
    used: false,
    written: () => text,
    lines: () => play(text),
  };
}

/** Cursor up, carriage return, erase to the end of the line or the screen: the codes that live output uses. */
function play(text: string): string[] {
  const lines: string[] = [''];
  let [row, column] = [0, 0];
  for (const [token] of text.matchAll(/\u001b\[(\d*)([AKJ])|[^]/g)) {
    if (/^\u001b\[\d*A$/.test(token)) row -= Number(token.slice(2, -1));
    else if (token === '\u001b[K') lines[row] = (lines[row] ?? '').slice(0, column);
    else if (token === '\u001b[J') lines.splice(row, lines.length, (lines[row] ?? '').slice(0, column));
    else if (token === '\r') column = 0;
    else if (token === '\n') [row, column] = [row + 1, 0];
    else {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + token + line.slice(column + 1);
      column++;
    }
    if (row < 0) throw new Error('the cursor left the screen');
    lines[row] ??= '';
  }
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
