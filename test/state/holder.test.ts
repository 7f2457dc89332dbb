import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { describeHolder, holderLife, newHolder, parseHolder, type Holder } from '../../src/state/holder.js';

const own = newHolder('apply');
const mark = own.process ?? { boot: '', namespace: '', start: '' };

test('a holder is read back from JSON', () => {
  expect(parseHolder(JSON.stringify(own))).toEqual(own);
  expect(newHolder('apply').id).not.toBe(own.id);
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{}',
  JSON.stringify({ ...own, id: '../../x' }),
  JSON.stringify({ ...own, pid: '1' }),
])('%j is no holder', text => {
  expect(parseHolder(text)).toBeNull();
});

test('whoever waits reads user, host, pid, command, start, heartbeat and ID', () => {
  const holder: Holder = {
    ...own,
    id: '1a2b3c4d5e6f',
    user: 'ann',
    host: 'build-7',
    pid: 4711,
    started_at: '2026-11-22T21:18:01.000Z',
  };
  expect(describeHolder(holder, 3_200)).toBe(
    'apply by ann@build-7 (pid 4711), since 2026-11-22T21:18:01.000Z, last heartbeat 3 s ago, lock ID 1a2b3c4d5e6f',
  );
  expect(describeHolder({ ...holder, started_at: '' }, null)).toBe(
    'apply by ann@build-7 (pid 4711), heartbeat not known, lock ID 1a2b3c4d5e6f',
  );
});

describe.skipIf(own.process === null)('whether the process of a holder lives', () => {
  test.each<[string, Partial<Holder>, string]>([
    ['this one', {}, 'alive'],
    ['the same pid, begun at another time', { process: { ...mark, start: '1' } }, 'dead'],
    ['a pid that nobody has', { pid: 2 ** 22 + 1 }, 'dead'],
    ['another host', { host: 'build-7' }, 'unknown'],
    ['before the machine was restarted', { process: { ...mark, boot: 'other' } }, 'unknown'],
    ['another container', { process: { ...mark, namespace: 'pid:[1]' } }, 'unknown'],
    ['a system without /proc', { process: null }, 'unknown'],
  ])('%s: %s', (_, change, life) => {
    expect(holderLife({ ...own, ...change })).toBe(life);
  });

  test('a child that ended, also before its parent has taken notice', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(holderLife({ ...own, pid: child.pid ?? 0 })).toBe('dead');
  });
});
