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

describe('what is said of a lane that stands still', () => {
  const lane = 'l';
  const owner = { owner: 'a"b' };
  const holder = { pid: 5, user: null, application: null, state: null };
  type Why = ReturnType<typeof whyStanding>;
  const lock = (holders: readonly object[], relation: string | null = null): Why =>
    ({ kind: 'locked', lock: { relation, holders } }) as Why;
  const noStart = (reason: object): Why => ({ kind: 'cannot-start', reason }) as Why;

  it.each<[Why, string, string]>([
    [{ kind: 'gone' }, 'subscription "l" is gone', 'run `pgm apply` again'],
    [{ kind: 'disabled', said: null }, 'subscription "l" is disabled', 'run `pgm apply` again'],
    [{ kind: 'disabled', said: 'no' }, 'subscription "l" is disabled: no', 'run `pgm apply` again'],
    [
      { kind: 'failing', errors: 4, said: 'no', pending: null },
      'the apply worker of subscription "l" ended with an error 4 times in this wait: no',
      'log names the cause',
    ],
    [
      noStart({ kind: 'workers', setting: 's', limit: 8, used: 7 }),
      'no apply worker can start for subscription "l": all of s are in use (7 of 8)',
      'raise s on the subscriber',
    ],
    [
      noStart({ kind: 'origins', setting: 's', limit: 8 }),
      'no apply worker can start for subscription "l": all replication origins are in use (s = 8)',
      'raise s on the subscriber',
    ],
    [
      noStart({ kind: 'login', ...owner }),
      'no apply worker can start for subscription "l": its owner "a"b" may not log in',
      'alter role "a""b" login',
    ],
    [
      noStart({ kind: 'database', database: 'd' }),
      'no apply worker can start for subscription "l": database "d" takes no connections (allow_connections is false)',
      'alter database "d" allow_connections true',
    ],
    [
      { kind: 'cannot-connect', message: 'no', answered: true },
      'the subscriber’s worker cannot connect to the publisher: no',
      'fix what the message names',
    ],
    [
      lock([], 'a.t'),
      'the apply worker of subscription "l" waits for a lock on a.t that another session has',
      'let that',
    ],
    [
      lock([{ ...holder, user: 'u', state: 'idle' }, holder]),
      'the apply worker of subscription "l" waits for a lock on a row that process 5 (u, idle), process 5 has',
      'select pg_terminate_backend(5); select pg_terminate_backend(5);',
    ],
    [
      lock([holder, holder, holder, holder]),
      'the apply worker of subscription "l" waits for a lock on a row that process 5, process 5, process 5 ' +
        'and 1 more session has',
      'let that session',
    ],
    [
      { kind: 'no-worker', said: null, pending: null },
      'subscription "l" has no apply worker',
      'log says why no worker',
    ],
    [{ kind: 'slow' }, 'subscription "l" is running, and slow', ''],
  ])('%j', (why, said, advice) => {
    expect(describeStandstill(lane, why)).toBe(said);
    expect(remedies(why).join('\n')).toContain(advice);
    expect(remedies(why)).toHaveLength({ slow: 0, 'cannot-connect': 2 }[why.kind as string] ?? 1);
  });

  it('is the next transaction, and how a try with it went', () => {
    const next = (trial: 'applies' | 'unknown'): string =>
      describeStandstill(lane, { kind: 'no-worker', said: null, pending: { ...pending, trial } });
    expect(next('applies')).toMatch(/; next comes .* in a session of pgm’s$/);
    expect(next('unknown')).toMatch(/; next comes .*(?<!of pgm’s)$/);
  });

  it('is what is most certain', () => {
    const refused = { ...pending, trial: { error: { code: '23505', message: 'no' } } } as never;
    const all = { ...working, newErrors: 2, lock: { relation: null, holders: [] } };
    expect(whyStanding({ ...all, subscription: null })).toEqual({ kind: 'gone' });
    expect(whyStanding({ ...all, subscription: { ...working.subscription, enabled: false } as never })).toMatchObject({
      kind: 'disabled',
    });
    expect(whyStanding({ ...all, pending: refused }).kind).toBe('refused');
    expect(whyStanding(all).kind).toBe('failing');
    expect(whyStanding({ ...all, newErrors: 1 }).kind).toBe('locked');
    const running = { ...working, cannotStart: { kind: 'login', owner: 'o' } as const, dial: 'FATAL: no' };
    expect(whyStanding(running).kind).toBe('slow');
    expect(whyStanding({ ...away, cannotStart: running.cannotStart, dial: 'no' }).kind).toBe('cannot-start');
  });
});
