import { expect, it } from 'vitest';
import type { VerifiedDatabase } from '../../src/verify/report.js';
import { swapSides } from '../../src/verify/swap-sides.js';

const table = { schema: 'public', table: 't', equal: false, method: 'keys' } as const;

it('turns every mention of a side, and nothing else', () => {
  const led: VerifiedDatabase = {
    name: 'shop',
    equal: false,
    tables: [
      {
        ...table,
        rows_source: 3,
        rows_target: 2,
        differing_rows: [
          { key: { id: '1' }, difference: 'only-source', columns: [] },
          { key: { id: '2' }, difference: 'values', columns: ['a'], values: { a: { source: 'led', target: null } } },
        ],
        missing_columns: [{ server: 'target', column: 'b' }],
      },
    ],
    sequences: [{ schema: 'public', name: 's', source: '5', target: '4' }],
  };
  expect(swapSides(led)).toEqual({
    name: 'shop',
    equal: false,
    tables: [
      {
        ...table,
        rows_source: 2,
        rows_target: 3,
        differing_rows: [
          { key: { id: '1' }, difference: 'only-target', columns: [] },
          { key: { id: '2' }, difference: 'values', columns: ['a'], values: { a: { source: null, target: 'led' } } },
        ],
        missing_columns: [{ server: 'source', column: 'b' }],
      },
    ],
    sequences: [{ schema: 'public', name: 's', source: '4', target: '5' }],
  });
  expect(swapSides(swapSides(led))).toEqual(led);
});
