import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatEstimate,
  formatMilliseconds,
  formatRate,
  formatSeconds,
  formatTime,
  percent,
  plural,
} from '../../src/quantities.js';

describe('quantities', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1,023 bytes'],
    [1024, '1 kB'],
    [1536, '1.5 kB'],
    [1024 * 1024 - 1, '1 MB'],
    [67_239_936, '64.1 MB'],
    [210 * 1024 * 1024, '210 MB'],
    [2_469_606_195, '2.3 GB'],
    [5 * 1024 ** 4, '5 TB'],
    [3000 * 1024 ** 5, '3000 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [0.0421, '42 ms'],
    [0.9996, '1 s'],
    [1.44, '1.4 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [11_520, '3 h 12 min'],
    [187_200, '2 d 4 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [8_000_000, '8,000,000'],
  ])('%d is counted as %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  it.each([
    [0, 0, null],
    [0, 10, 0],
    [9_999, 10_000, 99],
    [10_000, 10_000, 100],
    [11, 10, 100],
  ])('%d of %d is %s percent', (done, total, share) => {
    expect(percent(done, total)).toBe(share);
  });

  it('writes rates, estimates, milliseconds, times and nouns', () => {
    expect(formatRate(104_857_600)).toBe('100 MB/s');
    expect([formatEstimate(0.2), formatEstimate(44.3)]).toEqual(['less than 1 s', 'about 44 s']);
    expect([formatMilliseconds(5.46), formatMilliseconds(143.2), formatMilliseconds(12_400)]).toEqual([
      '5.5 ms',
      '143 ms',
      '12,400 ms',
    ]);
    expect(formatTime('2026-08-13T10:00:00.123Z')).toBe('2026-08-13 10:00:00 UTC');
    expect([plural(1, 'index', 'indexes'), plural(5000, 'index', 'indexes')]).toEqual(['1 index', '5,000 indexes']);
  });
});
