import { describe, expect, it } from 'vitest';
import { requireNoReview } from '../../src/cli/approval.js';
import { reviewedDeeds } from '../../src/plan/review.js';
import { plan, step } from '../render/examples.js';

const of = (...steps: ReturnType<typeof step>[]) => plan({ steps, goal: 'synced' });

describe('what a spec may want reviewed', () => {
  it.each([
    ['nothing', of(step({ id: 'a', kind: 'copy' })), []],
    ['what is taken away', of(step({ id: 'a', kind: 'definitions', action: 'delete' })), ['destroy']],
    ['the cutover', of(step({ id: 'a', kind: 'cutover' })), ['switch']],
    ['the way back', of(step({ id: 'a', kind: 'failback' })), ['switch']],
    ['the end of the way back', { ...of(step({ id: 'a', kind: 'drop-lane' })), goal: 'ready' as const }, ['close']],
    ['not a lane that is closed on the way', of(step({ id: 'a', kind: 'drop-lane' })), []],
  ])('is %s', (_, given, deeds) => {
    expect(reviewedDeeds(given)).toEqual(deeds);
  });

  it('is refused to --auto-approve, with the command that approves it', () => {
    expect(() => {
      requireNoReview(['switch', 'destroy'], 'pgm apply --approve sha256:ab');
    }).toThrow(expect.objectContaining({ code: 'PGM809', hint: 'review it, then: pgm apply --approve sha256:ab' }));
    expect(() => {
      requireNoReview([], null);
    }).not.toThrow();
  });
});
