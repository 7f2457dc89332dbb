import { expect, it } from 'vitest';
import { begunSteps } from '../../src/state/begun-steps.js';
import { renderStatus } from '../../src/render/status-text.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { finding, status } from './examples.js';

it('shows a line a database with what is copied, lag and WAL', () => {
  expect(renderStatus(status())).toMatchInlineSnapshot(`
    "shop: syncing (goal synced, method auto, 2026-08-13 10:00:00 UTC)

      Database  State       Tables      Copied        Rows     Lag          WAL held
      app       in sync        4/4     64.1 MB     500,055  1.5 kB  400 ms      1 MB
      crm       copying  300/1,200  4 GB (40%)  12,000,000       -                 -
    "
  `);
});

it('opens with the steps that a killed run left begun, before any drift', () => {
  const steps = {
    'app/copy': { status: 'started' },
    'app/schema': { status: 'done' },
    'crm/copy': { status: 'failed' },
  } as unknown as Lockfile['steps'];
  expect(begunSteps(null)).toEqual({});
  const text = renderStatus(status({ ...begunSteps({ steps }), drift: [finding({ code: 'PGM605' })] }));
  expect(text.split('\n')[2]).toBe('! Started, not finished: app/copy');
  expect(text.indexOf('pgm apply continues with it')).toBeLessThan(text.indexOf('PGM605'));
});

it('says what is wrong with a lane, what drifted, and how the cutover went', () => {
  const [app] = status().databases;
  const [lane] = app?.lanes ?? [];
  if (app === undefined || lane === undefined) throw new Error('the example has a database with a lane');
  const lanes = [
    { ...lane, error: 'duplicate key value violates unique constraint "orders_pkey"' },
    { ...lane, name: '2', enabled: false },
    { ...lane, name: 'r', direction: 'reverse' as const, active: false },
  ];
  const text = renderStatus(
    status({
      state: 'cut-over',
      databases: [{ ...app, lanes }],
      drift: [finding({ code: 'PGM601', message: 'slot pgm_shop_16384_1 is lost' })],
      cutover: {
        write_stop_ms: 143.2,
        parts: { block: 13, verify: 101, drain: 12, lock: 4.04 },
        finished_at: '2026-08-13T11:00:00.000Z',
      },
    }),
  );
  expect(text).toContain(
    '✗ app, lane 1: duplicate key value violates unique constraint ' +
      '"orders_pkey"\n      subscription pgm_shop_16384_1, slot pgm_shop_16384_1\n',
  );
  expect(text).toContain('! app, lane 2: subscription pgm_shop_16384_1 is disabled');
  expect(text).toContain('! app, lane r (target to source): no apply worker is connected');
  expect(text).toContain('✗ PGM601 slot pgm_shop_16384_1 is lost');
  expect(text).toContain(
    'Cut over 2026-08-13 11:00:00 UTC, write stop 143 ms (lock 4 ms, drain 12 ms, verify 101 ms, block 13 ms)',
  );
});

it('says of a migration that is left in the middle how it goes on', () => {
  const [app] = status().databases;
  const [lane] = app?.lanes ?? [];
  if (app === undefined || lane === undefined) throw new Error('the example has a database with a lane');
  const text = renderStatus(
    status({ state: 'copying', databases: [{ ...app, state: 'copying', lanes: [{ ...lane, enabled: false }] }] }),
  );
  expect(text).toMatch(/\n\nNot finished\..* pgm apply continues from here/);
  expect(text).not.toContain('is disabled');
  expect(renderStatus(status({ state: 'stopped' }))).toMatch(/Stopped by pgm stop\..* pgm apply goes on/);
});

it('keeps databases in trouble when not all fit', () => {
  const [app] = status().databases;
  if (app === undefined) throw new Error('the example has a database');
  const databases = [
    ...Array.from({ length: 50 }, (_, index) => ({ ...app, name: `db${String(index)}` })),
    { ...app, name: 'broken', state: 'failed' as const },
  ];
  const text = renderStatus(status({ databases }), { databases: 5 });
  expect(text).toMatch(/ broken +failed /);
  expect(text).toContain('… and 46 more databases');
});

it('says in sync when every lane follows closely, and syncing while one has to get there', () => {
  const [app] = status().databases;
  if (app === undefined) throw new Error('the example has a database');
  const lag = (seconds: number): string =>
    renderStatus(
      status({ databases: [{ ...app, lanes: app.lanes.map(lane => ({ ...lane, lag_seconds: seconds })) }] }),
    );
  expect(lag(1)).toMatch(/^shop: in sync .*\n\n.*\n {2}app +in sync /);
  expect(lag(60)).toMatch(/^shop: syncing .*\n\n.*\n {2}app +syncing /);
});
