import { describe, expect, it } from 'vitest';
import { jobsOf, partsOf } from '../../src/verify/jobs.js';
import { batches, fineMask, Buckets, differences } from '../../src/verify/narrow.js';
import type { FoundRow } from '../../src/verify/rows.js';

const MB = 1 << 20;

describe('jobs', () => {
  it('put small tables together and begin with the largest', () => {
    const table = (
      name: string,
      megabytes: number,
    ): { schema: string; name: string; dataBytes: number; rowEstimate: number } => ({
      schema: 's',
      name,
      dataBytes: megabytes * MB,
      rowEstimate: 0,
    });
    const jobs = jobsOf([
      table('a', 3),
      table('b', 500),
      ...Array.from({ length: 250 }, (_, index) => table(`small ${String(index)}`, 0)),
      table('c', 3),
      table('d', 3000),
    ]);
    expect(jobs.map(job => (job.kind === 'large' ? job.table.name : job.tables.length))).toEqual([
      'd',
      'b',
      100,
      52,
      100,
    ]);
    expect(jobs.flatMap(job => (job.kind === 'large' ? [job.table] : job.tables))).toHaveLength(254);
  });

  it.each([
    [90, {}, 1],
    [1024, {}, 16],
    [1024, null, 1],
  ])('divide %i MB of a table with blocks %j into %i parts', (megabytes, blocks, parts) => {
    expect(partsOf({ dataBytes: megabytes * MB, blocks })).toEqual(
      Array.from({ length: parts }, (_, index) => ({ index, of: parts })),
    );
  });
});

describe('buckets', () => {
  it.each([
    [10, 0],
    [10_000, 0],
    [20_000, 511],
    [8_000_000, 65_535],
    [8e9, 65_535],
  ])('of %i rows have the mask %i', (rows, mask) => {
    expect(fineMask(rows)).toBe(mask);
  });

  it('add parts up, and differ where rows or hashes do', () => {
    const buckets = new Buckets();
    const total = (rows: number, sum: bigint): { rows: number; sum: bigint } => ({ rows, sum });
    buckets.add(
      new Map([
        [1, total(2, 5n)],
        [2, total(1, 1n)],
      ]),
      new Map([
        [1, total(1, 2n)],
        [3, total(1, 0n)],
      ]),
    );
    buckets.add(
      new Map([[4, total(1, 9n)]]),
      new Map([
        [1, total(1, 3n)],
        [2, total(1, 2n)],
        [4, total(1, 9n)],
      ]),
    );
    expect(buckets.differing()).toEqual([
      { bucket: 2, rows: 1 },
      { bucket: 3, rows: 1 },
    ]);
    expect([buckets.rowsSource, buckets.rowsTarget]).toEqual([4, 5]);
  });

  it('are read in batches of bounded size', () => {
    const bucket = (number: number, rows: number): { bucket: number; rows: number } => ({ bucket: number, rows });
    const all = [bucket(1, 6000), bucket(2, 3000), bucket(3, 3000), bucket(4, 90_000), bucket(5, 1)];
    expect(batches(all).map(batch => batch.map(each => each.bucket))).toEqual([[1, 2], [3], [4], [5]]);
    expect(batches([])).toEqual([]);
  });
});

describe('rows that differ', () => {
  const row = (identity: string, value: string, key: string): [string, FoundRow] => [
    identity,
    { identity, value, version: '', key: [key] },
  ];

  it('are named by what the other side has of them, in the order of keys', () => {
    const source = new Map([
      row('a', '1 7', '10'),
      row('b', '1 7', '9'),
      row('c', '1 1', '8'),
      row('d', '2 2', '7'),
      row('e', '1 1', '6'),
    ]);
    const target = new Map([
      row('a', '1 8', '10'),
      row('c', '1 1', '8'),
      row('d', '1 1', '7'),
      row('e', '2 2', '6'),
      row('f', '1 1', '5'),
    ]);
    expect(differences(source, target).map(({ key, difference }) => `${key.join()} ${difference}`)).toEqual([
      '5 only-target',
      '6 only-target',
      '7 only-source',
      '9 only-source',
      '10 values',
    ]);
  });
});
