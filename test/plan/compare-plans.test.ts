import { describe, expect, it } from 'vitest';
import { planDigest } from '../../src/plan/digest.js';
import type { Plan } from '../../src/plan/plan.js';
import { staleness } from '../../src/plan/staleness.js';
import { finding, plan, step } from '../render/examples.js';

const one = step({ id: 'app/copy', kind: 'copy', statements: ['copy a'] });
const two = step({ id: 'app/analyze', kind: 'analyze' });
const base = plan({ steps: [one, two] });

describe('the digest', () => {
  it.each<[string, Partial<Plan>]>([
    ['the name', { name: 'other' }],
    ['the goal', { goal: 'ready' }],
    ['what was reached', { reached: 'synced' }],
    ['the method', { method: 'dump' }],
    ['the spec’s text', { spec: { path: 'pgm.yaml', sha256: 'b' } }],
    ['the source', { source: { version: '15.18', system_identifier: '1' } }],
    ['the target’s version', { target: { version: '18.2', system_identifier: '7400000000000000002' } }],
    ['a server that is away', { source: null }],
    ['a step less', { steps: [one] }],
    ['the order of steps', { steps: [two, one] }],
    ['a statement', { steps: [{ ...one, statements: ['copy b'] }, two] }],
    ['an impact', { steps: [{ ...one, impact: { restart: true, locks: [], blocks_writes: false } }, two] }],
    ['what a step waits for', { steps: [{ ...one, depends_on: ['app/analyze'] }, two] }],
    ['whether it may be applied', { applicable: false }],
  ])('changes with %s', (_, more) => {
    expect(planDigest({ ...base, ...more })).not.toBe(planDigest(base));
  });

  it.each<[string, Partial<Plan>]>([
    ['an estimate', { steps: [{ ...one, estimate: { bytes: 1, rows: 1, seconds: 1 } }, two] }],
    ['what is only told', { findings: [finding({ severity: 'info' })] }],
    ['where the spec lies', { spec: { path: '/elsewhere/pgm.yaml', sha256: base.spec.sha256 } }],
    ['the counts', { summary: { ...base.summary, bytes: 1 } }],
    ['the version of pgm', { pgm_version: '9' }],
    ['the order of keys', { source: { system_identifier: '7400000000000000001', version: '15.18' } }],
  ])('does not change with %s', (_, more) => {
    expect(planDigest({ ...base, ...more })).toBe(planDigest(base));
  });

  it('stays what it was for a plan that somebody has saved', () => {
    expect(planDigest(base)).toBe('e632b84e627d327b209148c946f9aa001c8e3d1bff095ef54aecc97c0d528030');
  });

  it('does not tell a key without a value from one that is missing', () => {
    const [first, second] = base.steps;
    if (first === undefined || second === undefined) throw new Error('no steps');
    const { database: _, ...rest } = first;
    expect(planDigest({ ...base, steps: [{ ...rest, database: undefined } as never, second] })).toBe(
      planDigest({ ...base, steps: [rest, second] }),
    );
  });
});

describe('what makes a saved plan stale', () => {
  it.each<[string, Partial<Plan>, string]>([
    ['another source', { source: { version: '15.18', system_identifier: '9' } }, 'the source is another cluster'],
    ['another target', { target: { version: '18.1', system_identifier: '9' } }, 'the target is another cluster'],
    ['another spec', { spec: { path: 'pgm.yaml', sha256: 'x' } }, 'the spec was changed'],
    ['another goal', { goal: 'ready' }, 'the goal was synced, is ready'],
    ['another method', { method: 'dump' }, 'the method was continuous, is dump'],
    ['progress', { reached: 'synced' }, 'what was reached was nothing, is synced'],
    [
      'a minor version of the source',
      { source: { version: '15.19', system_identifier: '7400000000000000001' } },
      'the source’s version was 15.18, is 15.19',
    ],
    [
      'a minor version of the target',
      { target: { version: '18.2', system_identifier: '7400000000000000002' } },
      'the target’s version was 18.1, is 18.2',
    ],
    ['a step that is not needed any more', { steps: [one] }, 'no longer needed: app/analyze'],
    ['a step that is needed now', { steps: [one, two, step({ id: 'x', kind: 'sync' })] }, 'needed now: x'],
    ['other statements', { steps: [{ ...one, statements: ['copy a', 'copy b'] }, two] }, 'different now: app/copy'],
    ['nothing that shows', {}, 'its content was altered'],
  ])('is told: %s', (_, more, words) => {
    expect(staleness(base, { ...base, ...more })).toEqual([words]);
  });

  it('is told of progress that went back', () => {
    expect(staleness({ ...base, reached: 'synced' }, base)).toEqual(['what was reached was synced, is nothing']);
  });

  it('says of a server that is away that it is another', () => {
    expect(staleness(base, { ...base, source: null, target: null })).toEqual([
      'the source is another cluster',
      'the target is another cluster',
      'the source’s version was 15.18, is undefined',
      'the target’s version was 18.1, is undefined',
    ]);
  });

  it('names five steps, and counts the others', () => {
    const steps = (count: number): Plan['steps'] =>
      Array.from({ length: count }, (_, index) => step({ id: `s${index}`, kind: 'sync' }));
    expect(staleness({ ...base, steps: [] }, { ...base, steps: steps(5) })).toEqual(['needed now: s0, s1, s2, s3, s4']);
    expect(staleness({ ...base, steps: steps(7) }, { ...base, steps: [] })).toEqual([
      'no longer needed: s0, s1, s2, s3, s4 and 2 more',
    ]);
  });
});
