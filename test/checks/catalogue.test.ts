import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderFindingsPage } from '../../scripts/findings-page.mjs';
import { allCodes, errorCodes } from '../../src/checks/all-codes.js';
import { catalogue, driftChecks, readinessChecks } from '../../src/checks/catalogue.js';
import { exitCodes } from '../../src/cli/exit-code.js';

describe('the catalogue', () => {
  it('has each code and each name once', () => {
    expect(new Set(catalogue.map(({ code }) => code)).size).toBe(catalogue.length);
    expect(new Set(catalogue.map(({ slug }) => slug)).size).toBe(catalogue.length);
  });

  it('keeps 6xx for drift', () => {
    expect(driftChecks.every(({ code }) => code.startsWith('PGM6'))).toBe(true);
    expect(readinessChecks.some(({ code }) => code.startsWith('PGM6'))).toBe(false);
  });

  it.each(catalogue.map(check => [check.code, check] as const))(
    '%s says what, why, how it is decided and what to do',
    (code, { slug, title, why, decided, remedy }) => {
      expect(code).toMatch(/^PGM[1-7]\d\d$/);
      expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
      for (const text of [title, why, decided, remedy]) expect(text.length).toBeGreaterThan(10);
      expect(why).toMatch(/[.)]$/);
      expect(decided).toMatch(/[.)]$/);
    },
  );

  it('is what docs/findings.md was made from', () => {
    expect(readFileSync('docs/findings.md', 'utf8'), 'run `npm run build && npm run generate`').toBe(
      renderFindingsPage({ catalogue, allCodes, errorCodes, exitCodes }),
    );
  });
});
