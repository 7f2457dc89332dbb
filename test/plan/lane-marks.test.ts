import { describe, expect, it } from 'vitest';
import { lanesGoneBack } from '../../src/plan/lane-marks.js';
import type { ServerFacts } from '../../src/inspect/facts.js';
import { someServer } from '../checks/some-facts.js';
import { buildSlot, buildSubscription, lane, streamingWorld } from './build-facts.js';

const mark = {
  applied: '0/2000',
  publisher: { timeline: 1, lsn: '0/3000' },
  subscriber: { timeline: 1, lsn: '0/9000', started_at: 'then' },
};
const position = { timeline: 1, lsn: '1/0' };

/** Both sides as they may be later, with what is remembered of them. */
function look(more: {
  readonly source?: Partial<ServerFacts>;
  readonly target?: Partial<ServerFacts>;
  readonly applied?: string | null;
  readonly confirmed?: string;
}) {
  const source: ServerFacts = {
    ...someServer({ position, slots: [buildSlot(1, { confirmedFlushLsn: more.confirmed ?? '0/2000' })] }),
    ...more.source,
  };
  const target: ServerFacts = {
    ...someServer({
      position,
      startedAt: 'then',
      subscriptions: [buildSubscription(1, { appliedLsn: more.applied === undefined ? '0/2000' : more.applied })],
    }),
    ...more.target,
  };
  const { database } = streamingWorld();
  return lanesGoneBack('shop', { marks: { [lane(1)]: mark } }, [database], source, target).map(
    ({ side, isCertain }) => `${side} ${isCertain ? 'gone back' : 'unknown'}`,
  );
}

describe('a server that has gone back in time', () => {
  const again = { startedAt: 'now' };
  it.each([
    ['nothing happened', {}, []],
    ['the lane was idle while the source wrote other things', { confirmed: '0/8000' }, []],
    ['the target was started again and had applied all', { target: again }, []],
    ['the same, and the source logged only that it is alive', { target: again, confirmed: '0/2040' }, []],
    [
      'the target was started again and has applied less than was confirmed',
      { target: again, confirmed: '0/8000' },
      ['target unknown'],
    ],
    ['it had applied more once', { applied: '0/1000', confirmed: '0/8000' }, ['target gone back']],
    ['a crash took what was not on disk, which comes again', { applied: '0/1000', confirmed: '0/1000' }, []],
    ['nothing is applied any more', { applied: '0/0' }, ['target gone back']],
    [
      'the WAL of the target ends earlier',
      { target: { position: { timeline: 1, lsn: '0/8FFF' } } },
      ['target gone back'],
    ],
    ['positions are numbers, not words', { target: { position: { timeline: 1, lsn: '0/10000' } } }, []],
    ['a standby of the target took over with all', { target: { position: { timeline: 2, lsn: '0/8000' } } }, []],
    [
      'a standby of the target took over with less',
      { target: { position: { timeline: 2, lsn: '0/8000' } }, confirmed: '0/8000' },
      ['target unknown'],
    ],
    ['the role may not see what was applied', { applied: null, target: again, confirmed: '0/8000' }, []],
    [
      'the same, on another timeline',
      { applied: null, target: { position: { timeline: 2, lsn: '1/0' } } },
      ['target unknown'],
    ],
    [
      'the WAL of the source ends earlier',
      { source: { position: { timeline: 1, lsn: '0/2FFF' } } },
      ['source gone back'],
    ],
    ['a standby of the source took over', { source: { position: { timeline: 2, lsn: '1/0' } } }, ['source unknown']],
  ])('%s', (_, more, expected) => {
    expect(look(more)).toEqual(expected);
  });

  it('says nothing of a lane that is not there any more, nor where nothing is remembered', () => {
    expect(look({ target: { subscriptions: [], startedAt: 'now' }, confirmed: '0/8000' })).toEqual([]);
    const { database } = streamingWorld();
    expect(lanesGoneBack('shop', {}, [database], someServer({ position }), someServer({ position }))).toEqual([]);
  });
});
