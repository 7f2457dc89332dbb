import { describe, expect, it } from 'vitest';
import { waitApplied } from '../../src/replication/lag.js';

/** A publisher whose lane is so many bytes behind, look after look; it stays at the last. */
function laneBehind(bytes: readonly number[]): Parameters<typeof waitApplied>[0] {
  const left = [...bytes];
  return {
    rows: <Row>() =>
      Promise.resolve([
        { slot: 'lane', active: true, wal_status: 'reserved', bytes: (left.length > 1 ? left.shift() : left[0]) ?? 0 },
      ] as Row[]),
  };
}

describe('waiting for a lane to apply up to a position', () => {
  const every = 10;
  const approaching = Array.from({ length: 40 }, (_, look) => 400 - 10 * look);
  const wait = (bytes: readonly number[], timeoutFrom: 'begin' | 'advance'): Promise<void> =>
    waitApplied(laneBehind(bytes), ['lane'], '0/0', {
      timeout: 150,
      timeoutFrom,
      every,
      signal: new AbortController().signal,
    });

  it('waits, where asked to, for a lane that advances longer than its timeout', async () => {
    await wait([...approaching, 0], 'advance');
    await expect(wait([...approaching, 0], 'begin')).rejects.toThrow(
      /^not drained in 0 s: lane "lane" is \d+ bytes behind$/,
    );
  });

  it('gives up one that stands still', async () => {
    await expect(wait([400, 300], 'advance')).rejects.toThrow('no advance for 0 s: lane "lane" is 300 bytes behind');
  });
});
