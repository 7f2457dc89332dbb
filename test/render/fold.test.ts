import { describe, expect, it } from 'vitest';
import { andMore, fold, foldLine, foldStatements } from '../../src/render/fold.js';

describe('folding', () => {
  it('shows a list whole when only one would be left out', () => {
    expect(fold([1, 2, 3, 4], 3)).toEqual({ shown: [1, 2, 3, 4], hidden: 0 });
    expect(fold([1, 2, 3, 4, 5], 3)).toEqual({ shown: [1, 2, 3], hidden: 2 });
  });

  it('counts the lines that it leaves out, over all statements', () => {
    const { blocks, hidden } = foldStatements(['a\nb', 'c\nd\ne', 'f\ng'], { lines: 3, columns: 80 });
    expect(blocks).toEqual([['a', 'b'], ['c']]);
    expect(hidden).toBe(4);
  });

  it.each([
    ['select 1', 5, 'select 1'],
    ['a, b, c, d, e, f, g, h', 8, 'a, b, c, … and 5 more'],
    ['a, b, c, d', 8, 'a, b, c, d'],
    ['"a,b", "c,d", e, f, g, h, i', 14, '"a,b", "c,d", … and 5 more'],
  ])('cuts %j at %d columns to %j', (line, columns, cut) => {
    expect(foldLine(line, columns)).toBe(cut);
  });

  it('says how many more', () => {
    expect([andMore(4988, 'table'), andMore(1, 'table')]).toEqual(['… and 4,988 more tables', '… and 1 more table']);
  });
});
