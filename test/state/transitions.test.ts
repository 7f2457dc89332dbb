import { describe, expect, test } from 'vitest';
import type { Lockfile } from '../../src/state/lockfile.js';
import {
  failStep,
  finishStep,
  forgetSetting,
  noteStep,
  reach,
  recordSetting,
  startStep,
  withFields,
} from '../../src/state/transitions.js';
import { aLockfile, at } from './a-lockfile.js';

const later = '2026-11-22T22:00:00.000Z';
const id = 'shop/copy/l1';
const started = startStep(aLockfile(), id, 'copy', at);

describe('a step', () => {
  test.each<[string, Lockfile, object]>([
    [
      'started',
      started,
      { kind: 'copy', status: 'started', started_at: at, finished_at: null, record: null, error: null },
    ],
    ['noted', noteStep(started, id, { slot: 'a' }), { status: 'started', record: { slot: 'a' } }],
    [
      'done',
      finishStep(started, id, later, { rows: 3 }),
      { status: 'done', started_at: at, finished_at: later, record: { rows: 3 } },
    ],
    [
      'done, with what was noted',
      finishStep(noteStep(started, id, { slot: 'a' }), id, later),
      { status: 'done', record: { slot: 'a' } },
    ],
    [
      'failed',
      failStep(noteStep(started, id, { slot: 'a' }), id, later, 'disk full'),
      { status: 'failed', error: 'disk full', record: { slot: 'a' } },
    ],
    [
      'tried again',
      startStep(failStep(noteStep(started, id, { slot: 'a' }), id, at, 'disk full'), id, 'copy', later),
      { status: 'started', started_at: later, finished_at: null, error: null, record: { slot: 'a' } },
    ],
  ])('%s', (_, lockfile, expected) => {
    expect(lockfile.steps[id]).toMatchObject(expected);
  });

  test('that was never started has no outcome', () => {
    expect(() => finishStep(aLockfile(), id, at)).toThrow(TypeError);
    expect(() => failStep(aLockfile(), id, at, 'x')).toThrow(TypeError);
  });
});

describe('a setting', () => {
  const key = 'source/max_wal_senders';
  const once = recordSetting(aLockfile(), key, { before: '10', after: '20' });

  test('changed twice keeps what it was before the first change', () => {
    expect(recordSetting(once, key, { before: '20', after: '30' }).settings[key]).toEqual({
      before: '10',
      after: '30',
    });
  });

  test('that was not set at first stays so', () => {
    const twice = recordSetting(recordSetting(aLockfile(), key, { before: null, after: '20' }), key, {
      before: '20',
      after: '30',
    });
    expect(twice.settings[key]).toEqual({ before: null, after: '30' });
  });

  test('put back is forgotten', () => {
    expect(forgetSetting(once, key).settings[key]).toBeUndefined();
  });
});

test('nothing changes what it was given, and the serial is the writer’s', () => {
  const lockfile = aLockfile();
  const text = JSON.stringify(lockfile);
  const changed = withFields(reach(startStep(lockfile, id, 'copy', later), 'synced'), {
    method: 'dump',
    stopped: true,
  });
  expect(JSON.stringify(lockfile)).toBe(text);
  expect(changed).toMatchObject({
    serial: lockfile.serial,
    updated_at: lockfile.updated_at,
    reached: 'synced',
    method: 'dump',
    stopped: true,
  });
  expect(Object.isFrozen(changed)).toBe(true);
  expect(Object.isFrozen(changed.steps)).toBe(true);
});
