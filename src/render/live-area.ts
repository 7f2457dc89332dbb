import type { Sink } from './terminal.js';

/** Lines at the bottom of a terminal that are drawn over again and again, with lasting text above them. */
export interface LiveArea {
  /** Draws the lines in the place of the ones before. They must not be wider than the terminal. */
  draw(lines: readonly string[]): void;
  /** Writes text that stays, above the lines; `lines` take their place. */
  print(text: string, lines?: readonly string[]): void;
  /** Takes the lines away. */
  clear(): void;
}

const eraseToEnd = '\u001b[K';
const eraseBelow = '\u001b[J';

/** One write a drawing, so that nothing flickers. Only for a sink that `canRedraw`. */
export function createLiveArea(sink: Sink): LiveArea {
  let drawn: readonly string[] = [];
  const toTop = (): string => (drawn.length === 0 ? '' : `\u001b[${drawn.length}A\r`);
  // Below the lines a terminal may have echoed what was typed, such as ^C.
  const block = (lines: readonly string[]): string => lines.map(line => `${line}${eraseToEnd}\n`).join('') + eraseBelow;
  return {
    draw(lines) {
      if (lines.length === 0 && drawn.length === 0) return;
      const text = toTop() + block(lines);
      drawn = lines;
      sink.write(text);
    },
    print(text, lines = drawn) {
      const above = drawn.length === 0 ? text : toTop() + eraseBelow + text;
      drawn = lines;
      sink.write(lines.length === 0 ? above : above + block(lines));
    },
    clear() {
      sink.write(drawn.length === 0 ? '' : toTop() + eraseBelow);
      drawn = [];
    },
  };
}
