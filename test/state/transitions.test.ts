import { describe, expect, test } from 'vitest';
import type { Lockfile, SettingRecord } from '../../src/state/lockfile.js';
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
import { aLockfile, aSetting, at } from './a-lockfile.js';

const later = '2026-11-22T22:00:00.000Z';
const id = 'shop/restart/l1';
const step = { kind: 'restart', database: 'shop' } as const;
const begun = { state: 'begun', command: 'c', began: at, place: { host: 'h', folder: '/f' } } as const;
const ended = { state: 'ended', command: 'c' } as const;
const started = startStep(aLockfile(), id, step, at);

describe('a step', () => {
  test.each<[string, Lockfile, object]>([
    ['started', started, { ...step, status: 'started', started_at: at, finished_at: null, record: null, error: null }],
    ['noted', noteStep(started, id, begun), { status: 'started', record: begun }],
    [
      'done',
      finishStep(started, id, later, ended),
      { status: 'done', started_at: at, finished_at: later, record: ended },
    ],
    [
      'done, with what was noted',
      finishStep(noteStep(started, id, begun), id, later),
      { status: 'done', record: begun },
    ],
    [
      'failed',
      failStep(noteStep(started, id, begun), id, later, 'disk full'),
      { status: 'failed', error: 'disk full', record: begun },
    ],
    [
      'tried again',
      startStep(failStep(noteStep(started, id, begun), id, at, 'disk full'), id, step, later),
      { status: 'started', started_at: later, finished_at: null, error: null, record: begun },
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
  const set = (before: string | null, after: string): SettingRecord =>
    aSetting('source', 'max_wal_senders', { before, after });
  const once = recordSetting(aLockfile(), set('10', '20'));

  test('changed twice keeps what it was before the first change', () => {
    expect(recordSetting(once, set('20', '30')).settings[key]).toEqual(set('10', '30'));
  });

  test('that was not set at first stays so', () => {
    const twice = recordSetting(recordSetting(aLockfile(), set(null, '20')), set('20', '30'));
    expect(twice.settings[key]).toEqual(set(null, '30'));
  });

  test('put back is forgotten', () => {
    expect(forgetSetting(once, key).settings[key]).toBeUndefined();
  });
});

test('nothing changes what it was given, and the serial is the writer’s', () => {
  const lockfile = aLockfile();
  const text = JSON.stringify(lockfile);
  const changed = withFields(reach(startStep(lockfile, id, step, later), 'synced'), {
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
