import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/apply/status.js';
import { renderMetrics } from '../../src/render/metrics.js';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(root, 'docs/metrics.md'), 'utf8');
const lane = {
  name: 'l1',
  direction: 'forward',
  slot: 's',
  subscription: 's',
  active: true,
  enabled: true,
  lag_bytes: 5,
  lag_seconds: null,
  retained_wal_bytes: 7,
  error: null,
} as const;
const status: Status = {
  format_version: 1,
  name: 'shop',
  method: 'continuous',
  goal: 'cutover',
  state: 'cut-over',
  databases: [
    {
      name: 'shop',
      state: 'cut-over',
      tables: { total: 2, copied: 1 },
      bytes: { total: 4, copied: 3 },
      rows_copied: 9,
      lanes: [lane, { ...lane, name: 'l2', lag_seconds: 1, error: 'x' }],
    },
  ],
  drift: [],
  cutover: { write_stop_ms: 50, parts: {}, finished_at: '2026-01-01T00:00:00Z' },
  updated_at: '2026-01-01T00:00:00Z',
};
const look = { status, error: null, at: '2026-01-01T00:00:00.000Z' };

/** Metrics with their labels but `migration`, as they are served. */
async function served(): Promise<Map<string, string>> {
  const text = await renderMetrics('shop', look);
  return new Map(
    [...text.matchAll(/^(pgm_\w+)\{([^}]*)\}/gm)].map(([, name = '', labels = '']) => [
      name,
      [...labels.matchAll(/(\w+)=/g)]
        .map(([, label]) => label)
        .filter(label => label !== 'migration')
        .join(', '),
    ]),
  );
}

describe('metrics', () => {
  it('are those of docs/metrics.md, with their labels', async () => {
    const documented = [...page.matchAll(/^\| `(pgm_\w+)` \|([^|]*)\|/gm)].map(([, name, labels = '']) => [
      name,
      labels.trim(),
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(await served()));
  });

  it('leave out what is not known', async () => {
    const text = await renderMetrics('shop', look);
    expect(text).not.toMatch(/pgm_lane_lag_seconds\{[^}]*lane="l1"/);
    expect(text).toMatch(/pgm_lane_lag_seconds\{[^}]*lane="l2"[^}]*\} 1$/m);
    expect(text).toMatch(/pgm_write_stop_seconds\{migration="shop"\} 0\.05$/m);
    const away = await renderMetrics('shop', { status: null, error: 'away', at: look.at });
    expect(away).toMatch(/^pgm_up\{migration="shop"\} 0$/m);
    expect(away).not.toContain('pgm_state');
  });

  it.each(['alerts.yml', 'grafana-dashboard.json'])(
    '%s asks only for metrics and labels that there are',
    async name => {
      const known = await served();
      const text = readFileSync(resolve(root, 'examples/monitoring', name), 'utf8');
      const file = (name.endsWith('.json') ? JSON.parse(text) : load(text)) as object;
      const expressions = valuesOf(file, 'expr');
      expect(expressions.length).toBeGreaterThan(7);
      for (const expression of expressions) {
        const metrics = expression.match(/pgm_\w+/g) ?? [];
        expect(metrics, expression).not.toEqual([]);
        expect(metrics.filter(metric => !known.has(metric))).toEqual([]);
      }
      const labels = new Set([...known.values()].flatMap(each => each.split(', ')).concat('migration', 'uid'));
      const used = [...text.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, label = '']) => label);
      expect(used.filter(label => !labels.has(label))).toEqual([]);
    },
  );
});

function valuesOf(value: unknown, key: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === 'string' ? [inner] : valuesOf(inner, key),
  );
}
