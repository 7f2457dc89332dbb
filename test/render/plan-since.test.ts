import { describe, expect, it } from 'vitest';
import { renderCiPlan } from '../../src/render/ci-markdown.js';
import { sinceLastPlan } from '../../src/render/plan-since.js';
import { finding, plan, step } from './examples.js';

const comment = (commit: string, ...titles: readonly string[]): string =>
  renderCiPlan(
    [
      {
        spec: 'pgm.yaml',
        plan: plan({
          findings: [finding({ code: 'PGM304', severity: 'warning', message: `${String(commit.length)} rows` })],
          steps: titles.map((title, index) => step({ id: `shop/${String(index)}`, kind: 'schema', title })),
        }),
        error: null,
      },
    ],
    commit,
  );

describe('the plan of a review beside the one before', () => {
  it('says nothing where there was none', () => {
    expect(sinceLastPlan(null, comment('a', 'bring'))).toBe('');
    expect(sinceLastPlan('somebody’s text', comment('a', 'bring'))).toBe('');
  });

  it('takes figures and estimates for no change', () => {
    const [before, now] = [comment('abc', 'copy 4 tables (12 MB, about 1 s)'), comment('abcd', 'copy 5 tables (3 GB)')];
    expect(sinceLastPlan(before, now)).toBe('**The same findings and steps** since the plan for commit abc.\n');
  });

  it('shows what came and what went', () => {
    const said = sinceLastPlan(comment('abc', 'bring', 'copy'), comment('def', 'bring', 'switch'));
    expect(said).toContain('**Changed** since the plan for commit abc:');
    expect(said).toMatch(/^- - .*copy$|^- .*copy$/m);
    expect(said).toMatch(/^\+ .*switch$/m);
    expect(said).not.toMatch(/bring$/m);
  });

  it('stays short, and ends its block itself', () => {
    const of = (commit: string, ...titles: readonly string[]): string =>
      [...titles.map(title => `\`+\` **target/shop**: ${title}`), `<sub>planned for commit ${commit};`].join('\n');
    const many = Array.from({ length: 40 }, (_, n) => `${'~'.repeat(n)}${'x'.repeat(300)}`);
    const said = sinceLastPlan(of('abc', 'bring'), of('def', ...many, '```'));
    expect(said.length).toBeLessThan(3_000);
    expect(said).toContain('… and 30 more');
    expect(said.match(/^```/gm)).toHaveLength(2);
  });
});
