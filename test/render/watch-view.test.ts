import { describe, expect, it } from 'vitest';
import { plain } from '../../src/render/palette.js';
import { displayWidth } from '../../src/render/table.js';
import { lookAt, sparkline, watchLines, type Look } from '../../src/render/watch-view.js';
import { status } from './examples.js';

const [MB, GB] = [1024 ** 2, 1024 ** 3];
const inFlight = [
  { database: 'crm', table: 'public.orders', rows: 1_200_000, bytes: 300 * MB },
  { database: 'crm', table: null, rows: 5, bytes: 900 },
];
const look = (at: number, copied: number, lag: number | null = 0): Look => ({ at, copied, total: 10 * GB, lag });

describe('a status that is watched', () => {
  it('names tables in flight, rate and time left', () => {
    const looks = [look(0, GB), look(10, GB + 1000 * MB)];
    expect(watchLines(status({ in_flight: inFlight }), looks, plain, 80)).toEqual([
      '  Copying    2 GB of 10 GB, 100 MB/s, about 1 min 22 s left, then indexes',
      '  In flight  crm: public.orders, 1,200,000 rows, 300 MB',
      '             crm: a part of a table, 5 rows, 900 bytes',
      '  Lag        ▁▁ 0 bytes, at most 0 bytes',
    ]);
  });

  it('takes the rate of the last half minute, and none that stands still or goes back', () => {
    const since = [look(0, 0), look(40, GB), look(60, GB + 2000 * MB)];
    expect(watchLines(status({ in_flight: inFlight }), since, plain, 80)[0]).toContain('100 MB/s');
    const still = [look(0, 2 * GB), look(10, 2 * GB)];
    expect(watchLines(status({ in_flight: inFlight }), still, plain, 80)[0]).toBe('  Copying    2 GB of 10 GB');
  });

  it('says nothing of a copy that is over, and draws the lag', () => {
    const looks = [look(0, 0, 100), look(1, 0, 800), look(2, 0, null), look(3, 0, 0)];
    expect(watchLines(status(), looks, plain, 80)).toEqual(['  Lag  ▂█▁ 0 bytes, at most 800 bytes']);
    expect(watchLines(status(), looks.slice(0, 1), plain, 80)).toEqual([]);
    expect(watchLines(status(), [], plain, 80)).toEqual([]);
  });

  it('fits the terminal, whatever its width', () => {
    const many = Array.from({ length: 90 }, (_, at) => look(at, at * 1000, at));
    for (const columns of [40, 80, 200])
      for (const line of watchLines(status({ in_flight: inFlight }), many, plain, columns))
        expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });

  it('looks at what is in and what is in flight, and at the lane that is furthest behind', () => {
    const seen = lookAt(status({ in_flight: inFlight }), 7);
    expect(seen).toMatchObject({ at: 7, lag: 1536 });
    expect(seen.copied - lookAt(status(), 7).copied).toBe(300 * MB + 900);
  });
});

it('a sparkline has one bar a number', () => {
  expect(sparkline([0, 0])).toBe('▁▁');
  expect(sparkline([1, 2, 4, 8])).toBe('▂▃▅█');
});
