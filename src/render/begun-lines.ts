import { andMore, fold } from './fold.js';
import type { Palette } from './palette.js';

/** First of all, since what looks like drift may be the half of such a step. */
export function begunLines(steps: readonly string[], palette: Palette): string[] {
  return [`${palette.yellow('!')} ${begunSentence(steps)}`, `  ${begunMeaning}`];
}

export function begunSentence(steps: readonly string[]): string {
  const { shown, hidden } = fold(steps, 3);
  return `Begun and not finished: ${[...shown, ...(hidden > 0 ? [andMore(hidden, 'step')] : [])].join(', ')}`;
}

export const begunMeaning = 'Where no run is at work it was interrupted there: pgm apply goes on with it.';
