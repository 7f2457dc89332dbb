import { describe, expect, it } from 'vitest';
import { demoReport } from '../../src/cli/demo/demo-report.js';
import { plain } from '../../src/render/palette.js';

describe('the demo’s last lines', () => {
  it.each([
    [
      'every row arrived',
      { written: 1200, arrived: 1200, writeStopMs: 87, seconds: 21.4 },
      /rows arrived\s+1,200, every one\n[^]*write stop\s+87 ms/,
    ],
    ['a row is lost', { written: 1200, arrived: 1199, writeStopMs: 87, seconds: 21.4 }, /rows arrived\s+1,199, 1 LOST/],
    [
      'no write stop was reported',
      { written: 0, arrived: 0, writeStopMs: null, seconds: 3 },
      /write stop\s+not measured/,
    ],
  ])('say that %s', (_, result, expected) => {
    expect(demoReport(result, plain)).toMatch(expected);
  });
});
