import { describe, expect, test } from 'vitest';
import { formatLineage, lineagesOf, ownedBy, parseLineage } from '../../src/state/lineage.js';

const lineage = '6f1c2a5e-0000-4000-8000-000000000001';
const other = '6f1c2a5e-0000-4000-8000-000000000002';
const comment = formatLineage({ name: 'shop', lineage, what: 'lane 1: a:b\nc' });

describe('the comment of an object that pgm made', () => {
  test('says whose it is, and is read back', () => {
    expect(comment).toBe(`pgm:1:shop:${lineage}:lane 1: a:b\nc`);
    expect(parseLineage(comment)).toEqual({ name: 'shop', lineage, what: 'lane 1: a:b\nc' });
  });

  test.each([
    [comment, 'shop', undefined, true],
    [comment, 'shop', lineage, true],
    [comment, 'shop', other, false],
    [comment, 'sho', undefined, false],
    [null, 'shop', undefined, false],
    ['', 'shop', undefined, false],
    ['pgm', 'shop', undefined, false],
    ['our pgm:1:shop publication', 'shop', undefined, false],
    [`x${comment}`, 'shop', undefined, false],
    [comment.replace('pgm:1', 'pgm:2'), 'shop', undefined, false],
    [comment.replace(lineage, 'short'), 'shop', undefined, false],
  ])('%j is of %s (%s): %s', (text, name, of, owned) => {
    expect(ownedBy(text, name, of)).toBe(owned);
  });

  test('the lineages of a name are told once each', () => {
    const second = formatLineage({ name: 'shop', lineage: other, what: 'slot' });
    const foreign = formatLineage({ name: 'bar', lineage: other, what: 'slot' });
    expect(lineagesOf([comment, comment, null, foreign], 'shop')).toEqual([lineage]);
    expect(lineagesOf([second, comment], 'shop')).toEqual([lineage, other]);
  });
});
