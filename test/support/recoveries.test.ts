import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outcomesText, recordOutcome, totalOf } from './recoveries.js';

const outcome = (fault: string, seconds: number | null, runs = 1): Parameters<typeof recordOutcome>[1] => ({
  fault,
  recovered: seconds !== null,
  seconds,
  runs,
});

describe('the total of a run of faults', () => {
  it('says how many ran, how many were recovered from, and how long that took', () => {
    expect(totalOf([outcome('cut', 2), outcome('killed', 10.04, 2), outcome('stalled', 3)])).toBe(
      'faults: 3 ran, 3 recovered from; recovery took 3.0 s in the median, 10.0 s at most\n    ' +
        '10.0 s  killed (2 runs)\n     3.0 s  stalled\n     2.0 s  cut',
    );
  });
  it('names what was not recovered from first', () => {
    expect(totalOf([outcome('cut', 2), outcome('killed', null, 3), outcome('stalled', 3)])).toBe(
      'faults: 3 ran, 2 recovered from; recovery took 2.5 s in the median, 3.0 s at most\n       - s  ' +
        'killed (3 runs)  NOT RECOVERED\n     3.0 s  stalled\n     2.0 s  cut',
    );
  });
  it('adds up what all files wrote', () => {
    const folder = mkdtempSync(join(tmpdir(), 'outcomes-'));
    try {
      expect(outcomesText(folder)).toBeNull();
      recordOutcome(folder, outcome('cut', 1));
      recordOutcome(folder, outcome('killed', 2));
      expect(outcomesText(folder)).toMatch(/^faults: 2 ran, 2 recovered/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
