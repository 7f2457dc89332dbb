import { describe, expect, it } from 'vitest';
import type { LaneStatus, Status } from '../../src/apply/status.js';
import { problemsIn } from '../../src/cli/ci-drift.js';
import { worstOf } from '../../src/cli/ci-plan.js';
import { finding, plan, step } from '../render/examples.js';

const limits = { lagSeconds: 300, retainedBytes: 1000 };
const lane = (change: Partial<LaneStatus> = {}): LaneStatus => ({
  name: 'l1',
  direction: 'forward',
  slot: 'slot_1',
  subscription: 'sub_1',
  active: true,
  enabled: true,
  lag_bytes: 0,
  lag_seconds: 300,
  retained_wal_bytes: 1000,
  error: null,
  ...change,
});
const status = (change: Partial<Status> = {}, lanes: readonly LaneStatus[] = [lane()]): Status => ({
  format_version: 1,
  name: 'shop',
  method: 'continuous',
  goal: 'synced',
  state: 'syncing',
  databases: [
    {
      name: 'shop',
      state: 'syncing',
      tables: { total: 1, copied: 1 },
      bytes: { total: 1, copied: 1 },
      rows_copied: 1,
      lanes,
    },
  ],
  drift: [],
  cutover: null,
  updated_at: '2026-01-01T00:00:00Z',
  ...change,
});
const done = plan({ steps: [], applicable: true });

describe('what a look at a migration has to tell', () => {
  it('is nothing when all is within its limits', () => {
    expect(problemsIn(status(), done, limits)).toEqual([]);
    expect(problemsIn(status({}, [lane({ lag_seconds: null, retained_wal_bytes: null })]), done, limits)).toEqual([]);
  });

  it.each([
    ['a lane behind', status({}, [lane({ lag_seconds: 301 })]), 'lane l1 is 301 s behind'],
    ['WAL held back', status({}, [lane({ retained_wal_bytes: 2_097_152 })]), 'slot slot_1 holds back 2 MB of WAL'],
    ['a lane that is not connected', status({}, [lane({ active: false })]), 'lane l1 is not connected'],
    ['an error of a lane', status({}, [lane({ active: false, error: 'null value' })]), 'lane l1: null value'],
    ['a migration that stopped', status({ state: 'stopped' }), 'the migration is stopped'],
    ['a migration that failed', status({ state: 'failed' }), 'the migration is failed'],
    ['a server that is away', status({ error: { message: 'no answer', retryable: true } }), 'no answer'],
    ['drift', status({ drift: [finding({ code: 'PGM601', message: 'gone', severity: 'error' })] }), 'PGM601 gone'],
  ])('is %s', (_, seen, sentence) => {
    expect(problemsIn(seen, done, limits)).toEqual([sentence]);
  });

  it('leaves out notes, and a lane that somebody disabled is told by its finding', () => {
    const noted = status({ drift: [finding({ severity: 'info' })] }, [lane({ enabled: false, active: false })]);
    expect(problemsIn(noted, done, limits)).toEqual([]);
  });

  it('is what plan would do or what blocks it, each once', () => {
    expect(
      problemsIn(status(), plan({ steps: [step({ id: 'shop/copy/1', kind: 'copy' })], applicable: true }), limits),
    ).toEqual(['pgm plan has 1 step to do']);
    const blocked = finding({ code: 'PGM601', message: 'gone', severity: 'error' });
    const both = plan({ steps: [step({ id: 'shop/copy/1', kind: 'copy' })], applicable: false, findings: [blocked] });
    expect(problemsIn(status({ drift: [blocked] }), both, limits)).toEqual(['PGM601 gone']);
  });
});

describe('the exit code of several specs', () => {
  it.each([
    [[], 0],
    [[0, 0], 0],
    [[0, 6, 0], 6],
    [[6, 3, 0], 3],
    [[6, 1], 1],
  ])('%j is %i', (codes, worst) => {
    expect(worstOf(codes)).toBe(worst);
  });
});
