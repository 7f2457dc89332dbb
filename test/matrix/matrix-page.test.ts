import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { matrixPage, resultsOfPage } from '../../scripts/matrix-page.mjs';

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

describe('docs/matrix.md', () => {
  it('says what a run of a part needs to make it again', () => {
    const page = read('matrix.md');
    const results = resultsOfPage(page);
    expect(results['12-18/pg_create_subscription']).toMatchObject({
      continuous: { kind: 'passed' },
      failback: { kind: 'blocked', codes: ['PGM412'] },
      dump: { kind: 'passed' },
    });
    expect(
      Object.values(results)
        .flatMap(({ versions }) => versions)
        .filter(each => !each.startsWith('1')),
    ).toEqual([]);
    expect(matrixPage({ cells: Object.keys(results), results }, read('findings.md'))).toBe(page);
  });
});
