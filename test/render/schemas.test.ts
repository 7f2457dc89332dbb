import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { shopPlan, status, verifyReport } from './examples.js';

const at = '2026-08-13T10:00:00.000Z';
const ajv = new Ajv({
  allErrors: true,
  allowUnionTypes: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
});
for (const name of ['plan', 'status', 'apply-events', 'verify'])
  ajv.addSchema(
    JSON.parse(readFileSync(join(import.meta.dirname, `../../schemas/${name}.schema.json`), 'utf8')) as object,
  );

const events: readonly ApplyEvent[] = [
  { type: 'version', format_version: 1, pgm_version: '0.1.0', at },
  { type: 'plan', plan: shopPlan(), at },
  { type: 'step_start', step: 's', kind: 'copy', title: 't', database: 'app', at },
  {
    type: 'step_progress',
    step: 's',
    progress: {
      message: 'm',
      bytes: { done: 1, total: 2 },
      rows: 3,
      items: { done: 1, total: 2, unit: 'tables' },
      rate: 1,
      eta: null,
      waiting_for: 'pid 1',
    },
    at,
  },
  { type: 'step_done', step: 's', seconds: 1.5, outcome: null, skipped: false, at },
  { type: 'step_failed', step: 's', error: { message: 'm', sqlstate: '53100', retryable: true }, at },
  { type: 'diagnostic', severity: 'info', message: 'm', at },
  {
    type: 'summary',
    result: 'done',
    goal: 'synced',
    reached: null,
    steps: { done: 1, failed: 0, not_started: 0 },
    seconds: 1,
    write_stop_ms: null,
    next: null,
    at,
  },
];

const outputs: readonly (readonly [schema: string, what: string, value: object])[] = [
  ['plan', 'a plan', shopPlan()],
  ['status', 'a status', status({ cutover: { write_stop_ms: 5.5, parts: { lock: 1 }, finished_at: at } })],
  ['verify', 'a report', verifyReport()],
  ...events.map(event => ['apply-events', `an event ${event.type}`, event] as const),
];

describe.each(outputs)('schemas/%s.schema.json', (schema, what, value) => {
  it(`fits ${what}`, () => {
    ajv.validate(`${schema}.schema.json`, JSON.parse(JSON.stringify(value)));
    expect(ajv.errors).toBeNull();
  });

  it(`refuses ${what} with a field too many, and without any of the fields that it must have`, () => {
    expect(ajv.validate(`${schema}.schema.json`, { ...value, surplus: 1 })).toBe(false);
    const optional = new Set(['database']);
    for (const field of Object.keys(value).filter(name => !optional.has(name))) {
      const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== field));
      expect(ajv.validate(`${schema}.schema.json`, rest), `without ${field}`).toBe(false);
    }
  });
});
