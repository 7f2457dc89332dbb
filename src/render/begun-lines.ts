import { andMore, fold } from './fold.js';
import type { Palette } from './palette.js';

/** First of all, since what looks like drift may be the half of such a step. */
export function begunLines(steps: readonly string[], palette: Palette): string[] {
  return [`${palette.yellow('!')} ${begunSentence(steps)}`, `  ${begunMeaning}`];
}

export function begunSentence(steps: readonly string[]): string {
  const { shown, hidden } = fold(steps, 3);
  return `Started, not finished: ${[...shown, ...(hidden > 0 ? [andMore(hidden, 'step')] : [])].join(', ')}`;
}

export const begunMeaning = 'If no run is active, it was interrupted there: pgm apply continues with it.';
