import { describe, expect, it } from 'vitest';
import { changes, failures } from '../../scripts/next-major-report.mjs';

const setting = (name: string, context: string, value: string): string =>
  [name, context, 'Some Group', 'BOOLEAN', value, '', '', 'What it does.'].join('\t');
const catalog = (name: string, ...columns: readonly string[]): string =>
  `create ${name} 6104\n (\n${columns.map(column => ` ${column}`).join(' ,\n')}\n )\nclose ${name}\n`;

describe('what a newer server has', () => {
  it('is told by what came, went and changed', () => {
    const before = {
      settings: [setting('jit', 'user', 'TRUE'), setting('io_workers', 'sighup', '3')].join('\n'),
      catalogs: catalog('pg_a', 'oid = oid', 'gone = name'),
    };
    const now = {
      settings: [setting('jit', 'user', 'FALSE'), setting('io_min_workers', 'sighup', '2')].join('\n'),
      catalogs: catalog('pg_a', 'oid = oid') + catalog('pg_b', 'oid = oid', 'name = name FORCE NOT NULL'),
    };
    expect(changes(before, now)).toEqual([
      '- setting io_workers',
      '+ setting io_min_workers (sighup, default 2)',
      '~ setting jit (user, default FALSE), was (user, default TRUE)',
      '- catalog column pg_a.gone',
      '+ catalog column pg_b.oid (oid)',
      '+ catalog column pg_b.name (name)',
    ]);
    expect(changes(now, now)).toEqual([]);
  });

  it('and by the tests that fail with it', () => {
    const report = {
      testResults: [
        {
          name: 'a.ts',
          status: 'failed',
          assertionResults: [
            { fullName: 'a passes', status: 'passed', failureMessages: [] },
            { fullName: 'a fails', status: 'failed', failureMessages: ['expected 1 to be 2\n    at a.ts:3'] },
            { fullName: 'a is skipped', status: 'skipped', failureMessages: [] },
          ],
        },
        { name: 'b.ts', status: 'failed', message: 'no such server', assertionResults: [] },
      ],
    };
    expect(failures(report)).toEqual({ passed: 1, lines: ['✗ a fails: expected 1 to be 2', '✗ b.ts: no such server'] });
  });
});
