import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/checks/load-settings.js';
import { planDigest, promisedFindings } from '../../src/plan/digest.js';
import type { Plan } from '../../src/plan/plan.js';
import { reviewedLanes, withReviewedLoad } from '../../src/plan/reviewed.js';
import { staleness } from '../../src/plan/staleness.js';
import { finding, plan, step } from '../render/examples.js';

const one = step({ id: 'app/copy', kind: 'copy', statements: ['copy a'] });
const two = step({ id: 'app/analyze', kind: 'analyze' });
const base = plan({ steps: [one, two] });

describe('the digest', () => {
  it.each<[string, Partial<Plan>]>([
    ['the name', { name: 'other' }],
    ['a server that is away', { source: null }],
    ['the order of steps', { steps: [two, one] }],
    ['what a step waits for', { steps: [{ ...one, depends_on: ['app/analyze'] }, two] }],
    ['whether it may be applied', { applicable: false }],
    ['why it is a dump', { fallback: { reason: '', codes: ['PGM401'], obstacles: [] } }],
  ])('changes with %s', (_, more) => {
    expect(planDigest({ ...base, ...more })).not.toBe(planDigest(base));
  });

  it.each<[string, Partial<Plan>]>([
    ['the version of pgm', { pgm_version: '9' }],
    [
      'the order of keys',
      { source: Object.fromEntries(Object.entries(base.source ?? {}).reverse()) as unknown as Plan['source'] },
    ],
    ['how a dump is explained', { fallback: null }],
    ['a key without a value', { steps: [{ ...one, tables: undefined } as never, two] }],
  ])('does not change with %s', (_, more) => {
    expect(planDigest({ ...base, ...more })).toBe(planDigest(base));
  });

  it('of a finding is of what it is about and asks for', () => {
    const more = {
      code: 'PGM304',
      severity: 'warning',
      database: 'app',
      object: 'public.a',
      step: 'x',
      message: 'words',
    } as const;
    expect(promisedFindings([finding({ ...more, required: '1' })])).toEqual([
      {
        code: 'PGM304',
        severity: 'warning',
        status: 'blocked',
        server: 'source',
        required: '1',
        database: 'app',
        object: 'public.a',
        step: 'x',
      },
    ]);
    expect(Object.keys(promisedFindings([finding({ code: 'PGM304' })])[0] ?? {})).not.toContain('database');
  });
});

describe('what makes a saved plan stale', () => {
  it('is told of servers that are away, and of progress that went back', () => {
    expect(staleness({ ...base, reached: 'synced' }, { ...base, source: null, target: null })).toEqual([
      'the source cannot be reached',
      'the target cannot be reached',
      'the goal reached so far was synced, now it is none',
    ]);
  });

  it('is nothing but the order where all else is as it was', () => {
    expect(staleness(base, { ...base, steps: [two, one] })).toEqual(['the order of its steps is another']);
  });

  it('is told of each step with its place, and of ten statements', () => {
    const statements = (count: number): string[] => Array.from({ length: count }, (_, index) => `copy t${index}`);
    const more = (count: number): Plan => ({
      ...base,
      steps: [{ ...one, database: 'app', statements: ['copy a', ...statements(count)] }, two],
    });
    const was = { ...base, steps: [{ ...one, database: 'app' }, two] };
    expect(staleness(was, more(10))).toEqual([
      'different now: target/app: copy',
      ...statements(10).map(line => `  + ${line}`),
    ]);
    expect(staleness(was, more(12)).slice(-2)).toEqual(['  + copy t9', '  and 2 more']);
    expect(staleness(more(1), was)).toEqual(['different now: target/app: copy', '  - copy t0']);
    expect(staleness(base, { ...base, steps: [one] })).toEqual(['no longer needed: target: analyze']);
    expect(staleness({ ...base, steps: [one] }, base)).toEqual(['needed now: target: analyze']);
  });

  it('is told by the words of the finding that came or went, of its server, database and object', () => {
    const about = (more: object) => finding({ code: 'PGM304', severity: 'warning', ...more });
    const others = [
      about({ message: 'elsewhere', server: 'target', object: 'a' }),
      about({ message: 'in another', database: 'other', object: 'a' }),
      about({ message: 'of another', database: 'app', object: 'b' }),
      about({ code: 'PGM305', message: 'another check', database: 'app', object: 'a' }),
    ];
    const mine = about({ message: 'the one', database: 'app', object: 'a' });
    expect(staleness({ ...base, findings: others }, { ...base, findings: [...others, mine] })).toEqual([
      'new: PGM304 the one',
    ]);
    expect(staleness({ ...base, findings: [...others, mine] }, { ...base, findings: others })).toEqual([
      'no longer so: PGM304 the one',
    ]);
  });
});

describe('a plan that was reviewed', () => {
  const copied = (id: string, tables: readonly string[], database = 'app') => ({
    ...step({ id, kind: 'copy' }),
    database,
    tables: tables.map(name => ({ schema: 'public', name })),
  });
  const load = (name: string, value: string) =>
    finding({ code: 'PGM320', severity: 'info', status: 'change', change: { kind: 'load-setting', name, value } });

  it('says which lane brings a table', () => {
    const lanes = reviewedLanes(
      plan({
        steps: [
          copied('app/copy/2', ['a', 'b']),
          copied('app/copy/11', ['c']),
          copied('other/copy/1', ['a'], 'other'),
          two,
        ],
      }),
    );
    expect([...(lanes.get('app')?.values() ?? [])]).toEqual([2, 2, 11]);
    expect([...(lanes.get('other')?.values() ?? [])]).toEqual([1]);
    expect(reviewedLanes(undefined).size).toBe(0);
    expect(reviewedLanes(plan({ steps: [two] })).size).toBe(0);
  });

  it('says which settings the load gets, in the place of those that would be chosen now', () => {
    const code = loadSettings.code;
    const of = (value: string) => ({ ...load('max_wal_size', value), code });
    const now = [finding(), of('2048')];
    expect(withReviewedLoad(now, undefined)).toBe(now);
    expect(withReviewedLoad(now, plan({ findings: [] }))).toEqual([finding()]);
    const other = { ...of('1'), change: { kind: 'hba-rule', lines: [] } } as never;
    const invented = { ...load('archive_command', 'rm'), code };
    const told = { ...of('4096'), status: 'ok' } as const;
    expect(withReviewedLoad(now, plan({ findings: [other, invented, told, finding({ status: 'change' })] }))).toEqual([
      finding(),
    ]);
    expect(withReviewedLoad([...now, told], plan())).toEqual([finding(), told]);
    expect(withReviewedLoad(now, plan({ findings: [of('4GB')] }))).toEqual([finding(), of('4GB')]);
  });
});
