import { describe, expect, it } from 'vitest';
import type { LaneStatus, Status } from '../../src/apply/status.js';
import { watchEvents, type Look } from '../../src/apply/watch-events.js';
import { renderMetrics } from '../../src/render/metrics.js';
import { finding } from '../render/examples.js';

const at = '2026-01-02T03:04:05.000Z';
const lane = (more: Partial<LaneStatus> = {}): LaneStatus => ({
  name: 'pgm_shop_1_1',
  direction: 'forward',
  slot: 'pgm_shop_1_1',
  subscription: 'pgm_shop_1_1',
  active: true,
  enabled: true,
  lag_bytes: 0,
  lag_seconds: 0,
  retained_wal_bytes: 16,
  error: null,
  ...more,
});
const status = (more: Partial<Status> = {}, lanes: readonly LaneStatus[] = [lane()]): Status => ({
  format_version: 1,
  name: 'shop',
  method: 'continuous',
  goal: 'synced',
  state: 'syncing',
  databases: [
    {
      name: 'app',
      state: 'syncing',
      tables: { total: 2, copied: 1 },
      bytes: { total: 100, copied: 50 },
      rows_copied: 7,
      lanes,
    },
  ],
  drift: [],
  cutover: null,
  updated_at: at,
  ...more,
});
const look = (seen: Status | null, error: string | null = null): Look => ({ status: seen, error, at });
const drift = finding({ code: 'PGM602', severity: 'warning', message: 'a slot is idle' });
const told = (before: Look | null, now: Look): readonly unknown[] =>
  watchEvents('shop', before, now, 1000).map(({ name: _, at: __, ...event }) => event);

describe('what pgm watch tells', () => {
  it.each<[string, Look | null, Look, readonly unknown[]]>([
    ['nothing where all is well at the first look', null, look(status()), []],
    ['nothing where nothing changed', look(status()), look(status()), []],
    [
      'another state',
      look(status()),
      look(status({ state: 'cut-over' })),
      [{ event: 'state', before: 'syncing', after: 'cut-over' }],
    ],
    [
      'drift that is there at the first look',
      null,
      look(status({ drift: [drift] })),
      [{ event: 'drift', code: 'PGM602', message: 'a slot is idle' }],
    ],
    [
      'no drift again for its figures',
      look(status({ drift: [drift] })),
      look(status({ drift: [{ ...drift, message: 'other figures' }] })),
      [],
    ],
    ['no note as drift', null, look(status({ drift: [finding({ severity: 'info' })] })), []],
    [
      'drift that is gone',
      look(status({ drift: [drift] })),
      look(status()),
      [{ event: 'drift-gone', code: 'PGM602', message: 'a slot is idle' }],
    ],
    [
      'a lane that lags',
      look(status()),
      look(status({}, [lane({ lag_bytes: 1001 })])),
      [{ event: 'lag', lane: 'pgm_shop_1_1', lag_bytes: 1001 }],
    ],
    ['no lag twice', look(status({}, [lane({ lag_bytes: 1001 })])), look(status({}, [lane({ lag_bytes: 5000 })])), []],
    [
      'a lane that has caught up',
      look(status({}, [lane({ lag_bytes: 1001 })])),
      look(status({}, [lane({ lag_bytes: 1000 })])),
      [{ event: 'lag-gone', lane: 'pgm_shop_1_1', lag_bytes: 1000 }],
    ],
    [
      'a lane that stands on an error',
      look(status()),
      look(status({}, [lane({ error: 'duplicate key' })])),
      [{ event: 'lane-error', lane: 'pgm_shop_1_1', message: 'duplicate key' }],
    ],
    [
      'a lane that goes on',
      look(status({}, [lane({ error: 'duplicate key' })])),
      look(status()),
      [{ event: 'lane-error-gone', lane: 'pgm_shop_1_1', message: 'duplicate key' }],
    ],
    ['a server that is away', look(status()), look(null, 'away'), [{ event: 'unreachable', message: 'away' }]],
    ['it once', look(null, 'away'), look(null, 'away'), []],
    ['that it is back', look(null, 'away'), look(status()), [{ event: 'reachable' }]],
    [
      'what changed while a server was away',
      { ...look(null, 'away'), status: status() },
      look(status({ state: 'stopped' })),
      [{ event: 'reachable' }, { event: 'state', before: 'syncing', after: 'stopped' }],
    ],
  ])('is %s', (_, before, now, expected) => {
    expect(told(before, now)).toEqual(expected);
  });
});

describe('the metrics of a look', () => {
  it('leave out what is not known', async () => {
    const text = await renderMetrics('shop', look(status({}, [lane({ lag_bytes: null, lag_seconds: 3 })])));
    expect(text).not.toMatch(/^pgm_lane_lag_bytes\{/m);
    expect(text).toMatch(/^pgm_lane_lag_seconds\{.*\} 3$/m);
    expect(text).toContain('pgm_up{migration="shop"} 1');
    expect(text).toMatch(/^pgm_state\{state="syncing",migration="shop"\} 1$/m);
    expect(text).toMatch(/^pgm_state\{state="failed",migration="shop"\} 0$/m);
  });

  it('say of a server that is away only that', async () => {
    const text = await renderMetrics('shop', look(null, 'away'));
    expect(text).toContain('pgm_up{migration="shop"} 0');
    expect(text).not.toContain('pgm_state');
  });

  it('cannot be forged by a name', async () => {
    const text = await renderMetrics('shop', look(status({}, [lane({ name: 'x"}\npgm_up 7' })])));
    expect(text.split('\n').filter(line => line.startsWith('pgm_up'))).toEqual(['pgm_up{migration="shop"} 1']);
  });
});
