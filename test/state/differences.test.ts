import { describe, expect, it } from 'vitest';
import { knownDifferences, recordComparison, withoutCopiedAgain } from '../../src/state/differences.js';
import type { FoundDifferences, Lockfile } from '../../src/state/lockfile.js';

const empty = { steps: {} } as unknown as Lockfile;
const table = (name: string, database = 'app') => ({ database, schema: 'public', name });
const found = (depth: FoundDifferences['depth'], names: readonly string[], others = 0): FoundDifferences => ({
  found_at: '2024-05-01T00:00:00.000Z',
  depth,
  tables: names.map(name => table(name)),
  others,
});
const names = (lockfile: Lockfile): readonly string[] | null =>
  knownDifferences(lockfile)?.tables.map(({ name }) => name) ?? null;

describe('what a comparison found', () => {
  const full = recordComparison(empty, 'full', found('full', ['a', 'b']));

  it('is kept until one that looks as deep finds nothing', () => {
    expect(names(full)).toEqual(['a', 'b']);
    expect(names(recordComparison(full, 'counts', null))).toEqual(['a', 'b']);
    expect(recordComparison(full, 'full', null)).toEqual(empty);
    expect(recordComparison(recordComparison(empty, 'counts', found('counts', ['a'])), 'sample', null)).toEqual(empty);
  });

  it('is replaced by what one as deep finds, and joined by what a lesser one finds', () => {
    expect(names(recordComparison(full, 'full', found('full', ['c'])))).toEqual(['c']);
    expect(names(recordComparison(full, 'counts', found('counts', ['b', 'c'])))).toEqual(['a', 'b', 'c']);
  });

  it('goes with the tables that are copied again', () => {
    expect(names(withoutCopiedAgain(full, [table('a')]))).toEqual(['b']);
    expect(withoutCopiedAgain(full, [table('a'), table('b')])).toEqual(empty);
    expect(names(withoutCopiedAgain(full, [table('a', 'other')]))).toEqual(['a', 'b']);
    const withMore = recordComparison(empty, 'full', found('full', ['a'], 2));
    expect(names(withoutCopiedAgain(withMore, [table('a')]))).toEqual([]);
  });

  it('is bounded, and what is not named is counted', () => {
    const many = recordComparison(
      empty,
      'full',
      found(
        'full',
        Array.from({ length: 130 }, (_, n) => `t${n}`),
      ),
    );
    expect(many.differences?.tables).toHaveLength(100);
    expect(many.differences?.others).toBe(30);
  });

  it('is settled by the compare before a cutover that came after it', () => {
    const verified = (finished_at: string): Lockfile =>
      ({
        ...full,
        steps: { v: { kind: 'verify', status: 'done', database: 'app', finished_at, record: { depth: 'full' } } },
      }) as unknown as Lockfile;
    expect(knownDifferences(verified('2024-05-02T00:00:00.000Z'))).toBeNull();
    expect(names(verified('2024-04-30T00:00:00.000Z'))).toEqual(['a', 'b']);
  });
});
