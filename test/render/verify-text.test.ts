import { expect, it } from 'vitest';
import { renderVerify } from '../../src/render/verify-text.js';
import { verifyReport } from './examples.js';

const [app] = verifyReport().databases;
const [customers, orders] = app?.tables ?? [];
if (app === undefined || customers === undefined || orders === undefined) throw new Error('the example has two tables');

it('shows which rows differ, in what, and with what values', () => {
  expect(renderVerify(verifyReport())).toMatchInlineSnapshot(`
    "✗ app: 2 tables
      ✗ public.orders: source 8,000, target 7,999 rows, 2 differ
          - id=17 only on the source
          ~ id=18 differs in state
              - state = paid
              + state = null

    Source and target differ: 1 table.
    1 database, 2 tables, 9,000 rows compared in full in 1.3 s
    "
  `);
});

it('says that both sides are equal, and notes sequences that the cutover will set', () => {
  const sequences = [{ schema: 'public', name: 'orders_id_seq', source: '8000', target: '1' }];
  const text = renderVerify(
    verifyReport({ equal: true, databases: [{ ...app, equal: true, tables: [customers], sequences }] }),
  );
  expect(text).toContain('✓ app: 1 table\n  i sequence public.orders_id_seq: source 8000, target 1, set at cutover\n');
  expect(text).toContain('The tables that were compared are equal.');
});

it('counts sequences as a difference where nothing replicates any more', () => {
  const sequences = [{ schema: 'public', name: 'orders_id_seq', source: '8000', target: null }];
  const text = renderVerify(verifyReport({ databases: [{ ...app, tables: [customers], sequences }] }));
  expect(text).toContain('✗ sequence public.orders_id_seq: source 8000, target missing\n');
  expect(text).toContain('Source and target differ: 1 sequence behind.');
});

it('names missing tables and columns, and folds many rows', () => {
  const rows = Array.from({ length: 100 }, (_, index) => ({
    key: { id: String(index) },
    difference: 'only-target' as const,
    columns: [],
  }));
  const tables = [
    { ...orders, method: 'missing' as const, differing_rows: [] },
    {
      ...orders,
      table: 'items',
      differing_rows: rows,
      missing_columns: [{ server: 'target' as const, column: 'note' }],
    },
  ];
  const report = verifyReport({ databases: [{ ...app, tables }] });
  const text = renderVerify(report);
  expect(text).toContain('✗ public.orders: missing on one side');
  expect(text).toContain('column note is missing on the target');
  expect(text).toContain('100 or more differ');
  expect(text).toContain('… and 90 more rows');
  expect(renderVerify(report, { verbose: true })).toContain('+ id=99 only on the target');
});

it('names what was not compared, so that nobody takes it for equal', () => {
  const objects = { source: 7, target: 7, differing: null, oids: [] };
  const standing = Array.from({ length: 12 }, (_, index) => ({
    schema: 'public',
    table: `log_${index}`,
    reason: 'no-identity' as const,
  }));
  const report = verifyReport({
    equal: true,
    databases: [{ ...app, equal: true, tables: [customers], large_objects: objects, not_compared: standing }],
  });
  const text = renderVerify(report);
  expect(text).toContain(
    '✓ app: 1 table, 7 large objects\n  i 7 large objects not compared: not all of them may be read\n  i ' +
      'public.log_0 not compared: without replica identity, so its later changes do not follow\n',
  );
  expect(text).toContain('… and 2 more tables not compared (--verbose shows all)');
  expect(renderVerify(report, { verbose: true })).toContain('public.log_11 not compared');
});
