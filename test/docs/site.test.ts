import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileOf, llmsText } from '../../docs/.vitepress/llms-text.mjs';
import { leaving } from '../../docs/.vitepress/outside-links.mjs';
import { sidebar } from '../../docs/.vitepress/sidebar.mjs';
import { readPages, root } from './markdown.js';

const listed = sidebar.flatMap(({ items }) => items.map(({ link }) => fileOf(link)));

describe('the site', () => {
  it('has every page in its sidebar, and no page that is not there', () => {
    const pages = readPages().flatMap(({ path }) => (path.startsWith('docs/') ? [path.slice('docs/'.length)] : []));
    expect([...listed].sort()).toEqual([...pages].sort());
    expect(listed.filter(page => !existsSync(join(root, 'docs', page)))).toEqual([]);
  });

  it.each([
    ['../README.md#limits', 'how-to/filters.md', null],
    ['../README.md#limits', 'README.md', 'README.md#limits'],
    ['../../examples/', 'how-to/pipelines.md', 'examples/'],
    ['runbook.md', 'README.md', null],
    ['#here', 'README.md', null],
    ['https://example.com', 'README.md', null],
  ])('a link to %s in %s', (href, page, reached) => {
    expect(leaving(href, page)).toBe(reached);
  });

  it('tells programs what each page is about', () => {
    const text = llmsText(path => readFileSync(join(root, 'docs', path), 'utf8'));
    expect(text).toMatch(/^# pgm\n\n> pgm moves/);
    for (const page of listed) expect(text).toContain(`](${page}): `);
    expect(text).not.toMatch(/: $/m);
  });
});
