import { describe, expect, it } from 'vitest';
import { renderPlanMarkdown } from '../../src/render/plan-markdown.js';
import { finding, manyDatabases, plan, shopPlan, step, widePlan } from './examples.js';

const long = 'x'.repeat(900);

describe('a plan as Markdown', () => {
  it('begins with its marker and holds findings, steps and the sentence', () => {
    const text = renderPlanMarkdown(shopPlan());
    expect(text.split('\n')[0]).toBe('<!-- pgm plan: shop -->');
    expect(text).toContain('**Plan: 1 to create, 1 to change, 0 to destroy, 2 to run.**');
    expect(text).toContain('```diff\n- wal_level = replica\n+ wal_level = logical\n```');
    expect(text).toMatch(/⚠️ \*\*\[PGM304\]\(https:\/\/\S+\/docs\/findings\.md#pgm304-\S+\)\*\*/);
  });

  it.each([
    ['5,000 tables', widePlan(5000)],
    ['1,000 databases', manyDatabases(1000)],
    [
      'many long findings',
      plan({
        findings: Array.from({ length: 500 }, (_, index) =>
          finding({ code: `PGM${String(100 + index)}`, message: `${long} ${String(index)}`, remedy: long }),
        ),
      }),
    ],
    [
      'many long steps',
      plan({
        steps: Array.from({ length: 300 }, (_, index) =>
          step({
            id: `d${String(index)}/schema`,
            kind: index % 2 === 0 ? 'schema' : 'copy',
            database: `d${String(index % 3)}${String(index)}`,
            server: index % 2 === 0 ? 'source' : 'target',
            title: long,
            statements: [long, long],
          }),
        ),
      }),
    ],
  ])('stays below 60,000 characters with %s', (_, wide) => {
    expect(renderPlanMarkdown(wide).length).toBeLessThan(60_000);
  });

  it('counts what does not fit', () => {
    const findings = Array.from({ length: 300 }, (_, index) =>
      finding({ code: `PGM${String(100 + index)}`, message: `${long} ${String(index)}` }),
    );
    const text = renderPlanMarkdown(plan({ findings }));
    const shown = text.match(/❌/g)?.length ?? 0;
    expect(text).toContain(`… and ${String(300 - shown)} more findings`);
  });

  it('is the same for the same plan', () => {
    expect(renderPlanMarkdown(structuredClone(shopPlan()))).toBe(renderPlanMarkdown(shopPlan()));
  });
});
