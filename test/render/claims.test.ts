import { describe, expect, it } from 'vitest';
import type { ReportComparison } from '../../src/apply/report.js';
import type { ApplySummary } from '../../src/apply/operations.js';
import { renderSummary } from '../../src/render/apply-text.js';
import { plain } from '../../src/render/palette.js';
import { planSentence } from '../../src/render/plan-words.js';
import { equalWords } from '../../src/render/report-words.js';
import { renderStatus } from '../../src/render/status-text.js';
import { renderVerify } from '../../src/render/verify-text.js';
import { finding, plan, status, verifyReport } from './examples.js';

// Each sentence that claims something of rows, with the cases in which it would be false: there it is not said.
const claims = /every row|all data|in sync|are equal|nothing to do/i;

/** Lanes gone, standing, not carrying a table; other tables than those copied; known differences; gone back; crossed. */
const doubtful = [
  ...['PGM503', 'PGM601', 'PGM602', 'PGM604', 'PGM605', 'PGM606', 'PGM607', 'PGM608', 'PGM609', 'PGM611', 'PGM612'],
  ...['PGM613', 'PGM614', 'PGM616', 'PGM617', 'PGM618', 'PGM619', 'PGM638'],
];
const [app] = status().databases;
if (app === undefined) throw new Error('the example has a database');
const following = { databases: [app] };
const summary: ApplySummary = {
  type: 'summary',
  result: 'done',
  goal: 'cutover',
  reached: 'cutover',
  steps: { done: 9, failed: 0, not_started: 0 },
  seconds: 72,
  write_stop_ms: null,
  next: null,
  at: '2026-08-13T10:00:00.000Z',
};
const context = {
  palette: plain,
  name: 'shop',
  method: 'continuous',
  parts: {},
  findings: [],
  notCompared: 0,
  state: 'pgm.lock.json',
  specArgument: '',
  failback: true,
} as const;

describe('with nothing against it', () => {
  it('is said', () => {
    expect(renderStatus(status(following))).toMatch(/^shop: in sync[^]*app {7}in sync/);
    expect(planSentence(plan({ reached: 'synced' }))).toMatch(claims);
    expect(renderSummary(summary, context)).toContain('with every row of the tables in scope');
    expect(renderSummary({ ...summary, result: 'nothing-to-do' }, context)).toContain('Nothing to do');
  });
  it.each(['PGM615', 'PGM625', 'PGM516'])('%s says nothing of rows', code => {
    expect(renderStatus(status({ ...following, drift: [finding({ code })] }))).toContain('in sync');
  });
});

describe.each(doubtful)('with %s', code => {
  const findings = [finding({ code, severity: 'warning', status: 'manual', database: 'app' })];
  it('is not said', () => {
    expect(
      renderStatus(status({ ...following, drift: findings }))
        .split('\n')
        .slice(0, 4)
        .join('\n'),
    ).not.toMatch(claims);
    for (const goal of ['synced', 'cutover', 'ready'] as const) {
      expect(planSentence(plan({ reached: goal, goal, findings }))).not.toMatch(claims);
      expect(renderSummary({ ...summary, reached: goal }, { ...context, findings })).not.toMatch(claims);
    }
    const nothing = renderSummary({ ...summary, result: 'nothing-to-do' }, { ...context, findings });
    expect(nothing).not.toMatch(claims);
    expect(nothing).toContain(code);
  });
});

describe('a database', () => {
  const [lane] = app.lanes;
  if (lane === undefined) throw new Error('the example has a lane');
  const behind = 1_000_000_000;
  it.each([
    ['whose lane is far behind, seconds unknown', { lanes: [{ ...lane, lag_bytes: behind, lag_seconds: null }] }],
    ['whose worker answers no more', { lanes: [{ ...lane, lag_bytes: behind, lag_seconds: 0.001 }] }],
    ['whose lag cannot be known', { lanes: [{ ...lane, lag_bytes: null, lag_seconds: null }] }],
    ['one of whose lanes is disabled', { lanes: [lane, { ...lane, enabled: false }] }],
    ['one of whose lanes has no worker', { lanes: [lane, { ...lane, active: false }] }],
    ['one of whose lanes has an error', { lanes: [lane, { ...lane, error: 'duplicate key' }] }],
    ['a table of which is being copied again', { tables: { total: 4, copied: 3 } }],
    ['without a lane', { lanes: [] }],
  ])('%s is not in sync', (_, fields) => {
    expect(renderStatus(status({ databases: [{ ...app, ...fields }] }))).not.toContain('in sync');
  });
});

describe('a comparison', () => {
  const [compared] = verifyReport().databases;
  const [table] = compared?.tables ?? [];
  if (compared === undefined || table === undefined) throw new Error('the example has tables');
  const equal = { ...compared, equal: true, tables: [table], sequences: [] };
  const objects = (differing: number | null): object => ({
    large_objects: { source: 3, target: 3, differing, oids: [] },
  });
  it.each([
    ['of all rows', {}, {}, 'Source and target are equal.'],
    ['of counts', { depth: 'counts' }, {}, 'Both sides have the same number of rows.'],
    ['of samples', { depth: 'sample' }, {}, 'The rows that were sampled are equal.'],
    ['of no table', {}, { tables: [] }, 'There was no table to compare.'],
    [
      'without unlogged tables',
      {},
      { not_compared: [{ schema: 'public', table: 'cache', reason: 'unlogged' }] },
      'The tables that were compared are equal.',
    ],
    ['without large objects that may not be read', {}, objects(null), 'The tables that were compared are equal.'],
    ['with large objects that a switch will bring', {}, objects(1), 'The tables that were compared are equal.'],
    [
      'with sequences that a switch will set',
      {},
      { sequences: [{ schema: 'public', name: 's', source: '9', target: '1' }] },
      'The tables that were compared are equal.',
    ],
  ] as const)('%s says no more than was compared', (_, fields, database, verdict) => {
    const lines = renderVerify(verifyReport({ equal: true, ...fields, databases: [{ ...equal, ...database }] }));
    expect(lines.trimEnd().split('\n').at(-2)).toBe(verdict);
  });

  it.each([
    [{ depth: 'full', not_compared: 0 }, 'equal'],
    [{ depth: 'full', not_compared: 2 }, 'equal, but for 2'],
    [{ depth: 'sample', not_compared: 0 }, 'samples equal'],
    [{ depth: 'counts', not_compared: 0 }, 'same row counts'],
  ] as const)('%j is in the report as %s', (fields, words) => {
    expect(equalWords(fields as ReportComparison)).toBe(words);
  });
});
