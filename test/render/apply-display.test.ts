import { describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import type { ApplySummary } from '../../src/apply/operations.js';
import { showApply } from '../../src/render/apply-display.js';
import { renderSummary } from '../../src/render/apply-text.js';
import { plain } from '../../src/render/palette.js';
import { shopPlan } from './examples.js';
import { screen } from './screen.js';

const at = '2026-08-13T10:00:00.000Z';
const summary: ApplySummary = {
  type: 'summary',
  result: 'done',
  goal: 'cutover',
  reached: 'cutover',
  steps: { done: 9, failed: 0, not_started: 0 },
  seconds: 72,
  write_stop_ms: 143,
  next: null,
  at,
};
const failure: ApplyEvent = {
  type: 'step_failed',
  step: 'app/copy/1',
  error: { message: 'disk full', sqlstate: '53100', detail: 'no space', retryable: true },
  at,
};
const events: readonly ApplyEvent[] = [
  { type: 'version', format_version: 1, pgm_version: '0.1.0', at },
  { type: 'plan', plan: shopPlan(), at },
  { type: 'step_start', step: 'app/copy/1', kind: 'copy', title: 'copy 4 tables', at },
  failure,
  { type: 'diagnostic', severity: 'warning', message: 'the source is slow', at },
  summary,
];

describe('an apply on show', () => {
  it('is its events, a line each, in JSON, and an error is one of them', () => {
    const out = screen({ canRedraw: false });
    const display = showApply(out, { json: true, verbose: false });
    for (const event of events) display.report(event);
    display.fail(new Error('it ended'));
    const lines = out
      .written()
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as ApplyEvent);
    expect(lines.slice(0, -1)).toEqual(events);
    expect(lines.at(-1)).toMatchObject({ type: 'diagnostic', severity: 'error', message: 'it ended' });
    expect(display.summary()).toEqual(summary);
  });

  it('is the plan once, then steps with the words of PostgreSQL', () => {
    const out = screen({ canRedraw: false });
    const display = showApply(out, { json: false, verbose: false });
    for (const event of events) display.report(event);
    display.showPlan(shopPlan());
    display.close();
    expect(out.written().match(/Plan: 1 to create/g)).toHaveLength(1);
    expect(out.written()).toContain(
      '✗ app/copy/1: copy 4 tables failed\n    error[53100]: disk full\n    detail: no space\n',
    );
    expect(out.written()).toContain('! the source is slow\n');
  });

  it('is only the sentence of a plan that was reviewed', () => {
    const out = screen({ canRedraw: false });
    showApply(out, { json: false, verbose: false, reviewed: true }).showPlan(shopPlan());
    expect(out.written()).toBe(
      'shop: PostgreSQL 15.18 to 18.1, method continuous, goal synced\n\nPlan: 1 ' +
        'to create, 1 to change, 0 to destroy, 2 to run.\n',
    );
  });
});

describe('the end of an apply', () => {
  const context = {
    palette: plain,
    name: 'shop',
    method: 'continuous',
    parts: { lock: 4, drain: 12 },
    notCompared: 0,
    findings: [],
    state: 'pgm.lock.json',
    specArgument: ' other.yaml',
    failback: true,
  } as const;

  it.each([
    [
      {},
      /^\nApply complete! Steps: 9 done, 0 failed, 0 not started, in 1 min 12 s\.\nshop has reached the goal cutover: .*\nWrite stop: 143 ms \(lock 4 ms, drain 12 ms\)\n\nNext:\n(.*\n)* {2}pgm close other\.yaml/,
    ],
    [{ result: 'nothing-to-do', write_stop_ms: null }, /^\nApply complete! Nothing to do\.\n$/],
    [
      { result: 'stopped', write_stop_ms: null, steps: { done: 3, failed: 0, not_started: 6 } },
      /^\nApply stopped part-way\. Steps: 3 done, 0 failed, 6 not started, in 1 min 12 s\.\nWhat is done stays done and is recorded in pgm\.lock\.json\.\n\nNext:\n {2}pgm apply other\.yaml/,
    ],
    [
      { result: 'failed', write_stop_ms: null, steps: { done: 3, failed: 1, not_started: 5 } },
      /^\nApply failed\. Steps: 3 done, 1 failed, 5 not started/,
    ],
    [{ result: 'interrupted', write_stop_ms: null }, /^\nApply interrupted\./],
  ] as const)('with %j says what became of it and what to type next', (fields, text) => {
    expect(renderSummary({ ...summary, ...fields }, context)).toMatch(text);
  });

  it('says what the write stop had no time to compare', () => {
    expect(renderSummary(summary, context)).not.toContain('compared');
    expect(renderSummary(summary, { ...context, notCompared: 2 })).toMatch(
      /Write stop: .*\nNot compared again in it: 2 tables .*pgm verify other\.yaml/,
    );
  });
});
