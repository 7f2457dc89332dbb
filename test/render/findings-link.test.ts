import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogue } from '../../src/checks/catalogue.js';
import { findingsLink } from '../../src/render/findings-link.js';
import { anchors } from '../docs/markdown.js';

it('leads to a heading of docs/findings.md, for every finding', () => {
  const headings = anchors(readFileSync('docs/findings.md', 'utf8'));
  const lost = catalogue.filter(check => !headings.has(findingsLink(check).split('#')[1] ?? ''));
  expect(lost).toEqual([]);
  expect(findingsLink({ code: 'PGM201', slug: 'wal-level' })).toMatch(
    /^https:\/\/\S+\/blob\/main\/docs\/findings\.md#/,
  );
});
