import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { planDigest, planIntegrity } from '../../src/plan/digest.js';
import type { Plan, Step } from '../../src/plan/plan.js';
import { staleness } from '../../src/plan/staleness.js';
import { finding, plan, step } from '../render/examples.js';

const copy: Step = step({
  id: 'shop/copy/1',
  kind: 'copy',
  database: 'shop',
  title: 'copy 2 tables',
  statements: ['copy public.a;', 'copy public.b;'],
  estimate: { bytes: 1000, rows: 10, seconds: 1 },
});
const warning: Finding = finding({ code: 'PGM304', severity: 'warning', status: 'manual', object: 'public.a' });
const saved = plan({ steps: [copy], findings: [warning] });

const stays: readonly [string, Partial<Plan>][] = [
  ['an estimate', { steps: [{ ...copy, estimate: { bytes: 2000, rows: 20, seconds: 2 } }] }],
  ['bytes in all', { summary: { ...saved.summary, bytes: 5 } }],
  ['where the spec was read from', { spec: { ...saved.spec, path: '../pgm.yaml' } }],
  ['the figures of a finding', { findings: [{ ...warning, message: 'another count', current: '12' }] }],
  ['what only informs', { findings: [warning, finding({ severity: 'info', status: 'ok' })] }],
  ['what is so for a moment', { findings: [warning, finding({ code: 'PGM210', severity: 'warning' })] }],
  ['the order of findings', { findings: [...saved.findings].reverse() }],
];

const changes: readonly [string, Partial<Plan>, RegExp][] = [
  ['a statement', { steps: [{ ...copy, statements: ['copy public.a;'] }] }, /different now.*\n {2}- copy public\.b;/],
  ['the title of a step', { steps: [{ ...copy, title: 'copy 3 tables' }] }, /different now: target\/shop/],
  ['its locks', { steps: [{ ...copy, impact: { ...copy.impact, blocks_writes: true } }] }, /different now/],
  [
    'one step more',
    { steps: [copy, step({ id: 'x', kind: 'restart', title: 'restart the server' })] },
    /needed now: .*restart/,
  ],
  ['one step less', { steps: [] }, /no longer needed: target\/shop: copy 2 tables/],
  ['a new warning', { findings: [warning, { ...warning, object: 'public.b', message: 'b is full' }] }, /new: .*b is f/],
  ['a warning that went', { findings: [] }, /no longer so: PGM304/],
  ['what a finding asks for', { findings: [{ ...warning, required: '9' }] }, /new: PGM304/],
  ['the goal', { goal: 'cutover' }, /the goal was synced, now it is cutover/],
  ['the method', { method: 'dump' }, /the method was continuous/],
  ['what is reached', { reached: 'synced' }, /reached so far was none/],
  ['the spec', { spec: { ...saved.spec, sha256: 'b'.repeat(64) } }, /the spec was changed/],
  [
    'the source',
    { source: { ...saved.source, system_identifier: '9' } as Plan['source'] },
    /the source is another cluster/,
  ],
  [
    'the target',
    { target: { ...saved.target, system_identifier: '9' } as Plan['target'] },
    /the target is another cluster/,
  ],
  [
    'an address',
    { source: { ...saved.source, host: 'else' } as Plan['source'] },
    /address of the source was old.example.com:5432/,
  ],
  ['a version', { target: { ...plan().target, version: '18.2' } as Plan['target'] }, /version of the target was 18\.1/],
];

describe('the digest of a plan', () => {
  it.each(stays)('stays the same whatever becomes of %s', (_, fields) => {
    expect(planDigest({ ...saved, ...fields })).toBe(planDigest(saved));
  });

  it.each(changes)('is another for %s, which is told', (_, fields, told) => {
    const current = { ...saved, ...fields };
    expect(planDigest(current)).not.toBe(planDigest(saved));
    expect(staleness(saved, current).join('\n')).toMatch(told);
  });

  it('does not stand for a finding that blocks, even of the moment', () => {
    const blocked = { ...saved, findings: [finding({ code: 'PGM210', severity: 'error' })], applicable: false };
    expect(planDigest(blocked)).not.toBe(planDigest({ ...saved, findings: [] }));
  });

  it('tells of a thousand other statements the first ones and how many more', () => {
    const many = (name: string): Step => ({
      ...copy,
      statements: Array.from({ length: 1000 }, (_, n) => `${name}${n}`),
    });
    const told = staleness(plan({ steps: [many('a')] }), plan({ steps: [many('b')] }));
    expect(told.length).toBeLessThan(15);
    expect(told.at(-1)).toBe('  and 1990 more');
  });
});

describe('the integrity of a saved plan', () => {
  const altered: readonly [string, Partial<Plan>][] = [
    ['the words of a finding', { findings: [{ ...warning, message: 'all is well' }] }],
    ['an estimate', { steps: [{ ...copy, estimate: { bytes: 1, rows: 1, seconds: 1 } }] }],
    ['the summary', { summary: { ...saved.summary, delete: 7 } }],
    ['the digest', { digest: 'f'.repeat(64) }],
  ];
  it.each(altered)('notices that %s was altered', (_, fields) => {
    expect(planIntegrity({ ...saved, ...fields })).not.toBe(planIntegrity(saved));
  });
});
