import { describe, expect, it } from 'vitest';
import { describeStandstill, remedies, whyStanding, type LaneSeen } from '../../src/replication/standstill.js';

const working: LaneSeen = {
  lane: 'pgm_x_1_1',
  subscription: { enabled: true, running: true, owner: 'postgres' },
  newErrors: 0,
  said: null,
  lock: null,
  cannotStart: null,
  dial: null,
  pending: null,
};
const away = { ...working, subscription: { enabled: true, running: false, owner: 'postgres' } };
const pending: LaneSeen['pending'] = {
  lane: working.lane,
  transaction: {
    xid: 7,
    finishLsn: '0/10',
    endLsn: '0/20',
    committedAt: new Date(0),
    changes: [{ kind: 'insert', table: { schema: 'public', name: 't', columns: [] }, row: [] }],
    changeCount: 30_000,
  },
  trial: 'applies',
  subscriber: { versionNum: 150_000, subscriptionOid: 1 },
};

describe('why a lane stands still', () => {
  it.each<[string, LaneSeen, string, RegExp]>([
    ['works on a large transaction', working, 'slow', /^$/],
    ['one error, as of a connection that broke', { ...working, newErrors: 1 }, 'slow', /^$/],
    ['nobody reads, and nothing else is seen', away, 'no-worker', /log says why no worker stays/],
    ['nobody reads, and the next change would go through', { ...away, pending }, 'no-worker', /log says why/],
    [
      'errors rise, though a try goes through',
      { ...away, newErrors: 3, pending },
      'failing',
      /loses 30,000 changes in 1 table/,
    ],
    ['no answer', { ...away, dial: 'connection refused', newErrors: 9 }, 'cannot-connect', /nothing has to be skipped/],
    [
      'no slot for a worker',
      { ...away, cannotStart: { kind: 'workers', setting: 'max_worker_processes', limit: 8, used: 8 } },
      'cannot-start',
      /raise max_worker_processes/,
    ],
    [
      'a lock',
      { ...working, lock: { relation: null, holders: [{ pid: 5, user: 'app', application: null, state: 'active' }] } },
      'locked',
      /pg_terminate_backend\(5\)/,
    ],
  ])('%s', (_, seen, kind, advice) => {
    const why = whyStanding(seen);
    expect(why.kind).toBe(kind);
    expect(remedies(why).join('\n')).toMatch(advice);
    const said = [describeStandstill(seen.lane, why), ...remedies(why)].join('\n');
    if (seen.newErrors > 0) expect(said).not.toMatch(/by itself; run `pgm apply` again/);
    if (kind !== 'failing') expect(said).not.toMatch(/skip \(lsn/);
  });

  it.each([
    ['FATAL: password authentication failed for user "x"', true],
    ['FATAL: no pg_hba.conf entry for host "10.0.0.1"', true],
    ['server does not support SSL, but SSL was required', true],
    ['connection to server at "a", port 1 failed: Connection refused', false],
    ['FATAL: the database system is starting up', false],
    ['FATAL: number of requested standby connections exceeds max_wal_senders', false],
    ['no answer within 15 s', false],
  ])('%s: the server itself said no: %s', (dial, answered) => {
    expect(whyStanding({ ...away, dial })).toEqual({ kind: 'cannot-connect', message: dial, answered });
  });
});
