import { expect, it } from 'vitest';
import { jobsOf, partsOf } from '../../src/verify/jobs.js';
import { Pace } from '../../src/verify/pace.js';

it('reads no more than so many bytes a second, over all that ask', async () => {
  const pace = new Pace(1_000_000, new AbortController().signal);
  const began = performance.now();
  await Promise.all([pace.take(100_000), pace.take(100_000), pace.take(1)]);
  expect(performance.now() - began).toBeGreaterThan(190);
});

it('ends the wait when it is told to', async () => {
  const ended = new AbortController();
  const pace = new Pace(1, ended.signal);
  await pace.take(1_000);
  const waiting = pace.take(1);
  ended.abort();
  await expect(waiting).rejects.toThrow(/abort/i);
});

it('divides tables into portions that fit the pace', () => {
  const table = { schema: 'public', name: 't', dataBytes: 100 << 20, rowEstimate: 1 };
  expect(partsOf({ ...table, blocks: 1 }, 10 << 20)).toHaveLength(10);
  expect(partsOf({ ...table, blocks: null }, 10 << 20)).toHaveLength(1);
  const small = { ...table, dataBytes: 1 << 20 };
  expect(jobsOf([small, small, small], 2 << 20).map(({ kind, bytes }) => `${kind} ${bytes >> 20}`)).toEqual([
    'small 2',
    'small 1',
  ]);
  expect(jobsOf([small], 512 << 10).map(({ kind }) => kind)).toEqual(['large']);
});
