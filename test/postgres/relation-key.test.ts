import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { relationKey, relationOf, shownName } from '../../src/postgres/relation-key.js';

const first = { schema: 'a', name: 'b.c' };
const second = { schema: 'a.b', name: 'c' };

it('tells relations apart whose joined names are the same', () => {
  expect(relationKey(first)).not.toBe(relationKey(second));
  expect([first, second].map(relationKey).map(relationOf)).toEqual([first, second]);
});

it.each([
  [first, 'a."b.c"'],
  [second, '"a.b".c'],
  [{ schema: 'public', name: 'Order' }, 'public.Order'],
  [{ schema: 'public', name: 'say "so"' }, 'public."say ""so"""'],
])('shows %j so that no other looks the same', (relation, shown) => {
  expect(shownName(relation)).toBe(shown);
});

describe('the linter', () => {
  const lint = async (code: string): Promise<number> => {
    const eslint = new ESLint({ overrideConfig: { rules: { '@typescript-eslint/no-unused-vars': 'off' } } });
    const [result] = await eslint.lintText(code, { filePath: 'src/checks/check.ts' });
    return (result?.messages ?? []).filter(({ ruleId }) => ruleId === 'no-restricted-syntax').length;
  };

  it.each([
    ['export const k = (t: { schema: string; name: string }) => `${t.schema}.${t.name}`;', 1],
    ['export const k = ({ schema, name }: { schema: string; name: string }) => `it is ${schema}.${name}`;', 1],
    ['export const s = new Set([].map(shownName));', 1],
    ['export const s = new Map([].map(t => [shownName(t), t]));', 1],
    ['export const s = new Map([].map(t => [relationKey(t), shownName(t)]));', 0],
    ['export const h = seen.has(shownName(t));', 1],
    ['export const r = text as RelationKey;', 1],
  ])(
    '%s',
    async (code, expected) => {
      expect(await lint(code)).toBe(expected);
    },
    60_000,
  );
});
