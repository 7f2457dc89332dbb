import { describe, expect, it } from 'vitest';
import { renderCiPlan } from '../../src/render/ci-markdown.js';
import { shopPlan, widePlan } from './examples.js';

const one = { spec: 'pgm.yaml', plan: shopPlan(), error: null };

describe('the comment of a pipeline', () => {
  it('is the plan where there is one spec', () => {
    const text = renderCiPlan([one], 'abc');
    expect(text.split('\n')[0]).toBe('<!-- pgm ci plan -->');
    expect(text).toContain('<!-- pgm plan: shop -->');
    expect(text).toContain('planned for commit abc');
  });

  it('is a table and a folded plan each where there are several, and stays below what GitHub takes', () => {
    const many = Array.from({ length: 12 }, (_, n) => ({ spec: `s${n}/pgm.yaml`, plan: widePlan(500), error: null }));
    const text = renderCiPlan(
      [...many, { spec: 'bad.yaml', plan: null, error: 'bad.yaml:3:1: error SPEC1\nmore' }],
      'abc',
    );
    expect(text.length).toBeLessThan(62_000);
    expect(text).toContain('| ✅ | `s0/pgm.yaml` |');
    expect(text).toContain('| ❌ | `bad.yaml` | There is no plan: bad.yaml:3:1: error SPEC1 |');
    expect(text.match(/<details/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  });

  it('says so where nothing was changed', () => {
    expect(renderCiPlan([], 'abc')).toContain('No spec of pgm was changed.');
  });

  it('lets no error end its block', () => {
    const text = renderCiPlan([{ spec: 'x.yaml', plan: null, error: 'a\n```\n**bold**' }], 'abc');
    expect(text.match(/```/g)).toHaveLength(2);
  });
});
