import { describe, expect, it } from 'vitest';
import { doubtfulDatabases, lanesGoneBack } from '../../src/plan/lane-marks.js';
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

describe('databases of which only a compare can tell', () => {
  const moved = { timeline: 2, lsn: '1/0' };
  const { database } = streamingWorld();
  const marks = { [lane(1)]: mark, [lane('r')]: mark, pgm_shop_999_1: mark, pgm_other_16384_1: mark };
  const slots = (number: 1 | 'r') => [buildSlot(number, { confirmedFlushLsn: '0/2000' })];
  const subscriptions = (number: 1 | 'r') => [buildSubscription(number, { appliedLsn: '0/2000' })];
  const forward = (source: typeof position, target: typeof position) =>
    [
      { marks },
      [database],
      { ...someServer({ slots: slots(1) }), position: source },
      { ...someServer({ subscriptions: subscriptions(1), startedAt: 'then' }), position: target },
    ] as const;

  it('are those of a lane of that direction whose server was restored, or lost its place to a standby', () => {
    expect([...doubtfulDatabases('forward', 'shop', ...forward(moved, position))]).toEqual(['app']);
    expect([...doubtfulDatabases('reverse', 'shop', ...forward(moved, position))]).toEqual([]);
    expect([...doubtfulDatabases('forward', 'shop', ...forward(position, position))]).toEqual([]);
  });

  it('are none that are known to have gone back', () => {
    const earlier = { timeline: 1, lsn: '0/1' };
    expect([...doubtfulDatabases('forward', 'shop', ...forward(earlier, position))]).toEqual([]);
  });

  it('are looked at the other way round once the target leads', () => {
    const source = { ...someServer({ subscriptions: subscriptions('r'), startedAt: 'then' }), position };
    const target = { ...someServer({ slots: slots('r') }), position: moved };
    const gone = lanesGoneBack('shop', { marks }, [database], source, target);
    expect(gone).toMatchObject([{ lane: lane('r'), direction: 'reverse', side: 'target', database: 'app' }]);
    expect([...doubtfulDatabases('reverse', 'shop', { marks }, [database], source, target)]).toEqual(['app']);
  });

  it('begin where the positions are no longer those that were noted', () => {
    const [kept, , ...servers] = forward({ timeline: 1, lsn: '0/3000' }, { timeline: 1, lsn: '0/9000' });
    expect(lanesGoneBack('shop', kept, [database], ...servers)).toEqual([]);
  });
});
