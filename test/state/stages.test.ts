import { describe, expect, it } from 'vitest';
import { formatStage, isSameMoment, parseStage, stagesOf, type Stage } from '../../src/state/stages.js';

describe('a stage of a database', () => {
  it.each<[string, Stage]>([
    ['schema', { kind: 'database', stage: 'schema' }],
    ['handed over', { kind: 'database', stage: 'handed over' }],
    ['subscribed 12', { kind: 'subscribed', lane: 12 }],
    ['leaving 3', { kind: 'leaving', lane: 3 }],
    ['moment 100:100:', { kind: 'moment', moment: '100:100:' }],
  ])('%s is read, and written as it was', (text, stage) => {
    expect(parseStage(text)).toEqual(stage);
    expect(formatStage(stage)).toBe(text);
  });

  it.each(['', 'schemas', 'subscribed', 'subscribed x', 'subscribed 1 ', ' leaving 1', 'leaving -1', 'moment'])(
    '%j is none',
    text => {
      expect(parseStage(text)).toBeNull();
    },
  );

  it('is told by what it is of', () => {
    expect(stagesOf(['schema', 'subscribed 1', 'of a newer pgm', 'subscribed 3', 'leaving 2', 'moment 7:9:8'])).toEqual(
      {
        done: new Set(['schema']),
        subscribed: new Set([1, 3]),
        leaving: new Set([2]),
        moment: '7:9:8',
      },
    );
    expect(stagesOf([])).toEqual({ done: new Set(), subscribed: new Set(), leaving: new Set(), moment: null });
  });
});

describe('two moments', () => {
  it.each<[string | null, string, boolean]>([
    ['100:100:', '100:100:', true],
    ['100:101:100', '100:101:100', false],
    ['100:100:', '101:101:', false],
    [null, '100:100:', false],
  ])('%s and %s: nothing was written between them: %s', (first, second, same) => {
    expect(isSameMoment(first, second)).toBe(same);
  });
});
