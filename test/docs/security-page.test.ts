import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(root, 'docs/security.md'), 'utf8');
const named = [...new Set(page.match(/test\/[\w/.-]+\.ts/g))];

it('the page about security names tests', () => {
  expect(named.length).toBeGreaterThan(5);
});

it.each(named)('%s, which the page about security names, exists and tests something', name => {
  expect(existsSync(resolve(root, name))).toBe(true);
  expect(readFileSync(resolve(root, name), 'utf8')).toMatch(/\bit(\.each|\.runIf)?\(|\btest(\.each)?\(/);
});

it('each kind of who may be hostile has a test', () => {
  const [, table = ''] = /\| who \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(page) ?? [];
  const rows = table.trimEnd().split('\n');
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows) expect(row).toMatch(/`test\/[\w/.-]+\.ts` \|$/);
});
