import { describe, expect, it } from 'vitest';
import type { Lockfile } from '../../src/state/lockfile.js';
import type { SlotFacts, SubscriptionFacts, WriterFacts } from '../../src/inspect/facts.js';
import { expectedWriteStop } from '../../src/plan/expected-write-stop.js';
import { preflight, type Preflight, type PreflightInput } from '../../src/plan/preflight.js';
import { preflightRows } from '../../src/render/preflight-words.js';
import type { Spec } from '../../src/spec/spec.js';
import { someDatabase, someServer, someTable } from '../checks/some-facts.js';
import { finding, plan } from '../render/examples.js';

const at = '2026-03-01T12:00:00.000Z';
const spec = {
  name: 'shop',
  replication: { maxLag: 1024 * 1024, lanes: 1 },
  cutover: { failback: true },
  replicaIdentity: { missing: 'block' },
} as unknown as Spec;
const lane = 'pgm_shop_16384_1';
const slot: SlotFacts = {
  name: lane,
  database: 'app',
  plugin: 'pgoutput',
  active: true,
  temporary: false,
  walStatus: 'reserved',
  restartLsn: '0/1',
  confirmedFlushLsn: '0/1',
  retainedWalBytes: 100,
  lagBytes: 2048,
};
const subscription: SubscriptionFacts = {
  name: lane,
  database: 'app',
  owner: 'migrator',
  enabled: true,
  slot: lane,
  publications: [lane],
  workerPid: 7,
  latestEndLsn: null,
  applyErrors: 0,
  failure: null,
  comment: null,
};
const tables = [someTable({ name: 'a' }), someTable({ name: 'b' }), someTable({ name: 'unlogged', persistence: 'u' })];
const publication = { name: lane, tables: tables.slice(0, 2).map(({ schema, name }) => ({ schema, name })) };
const database = someDatabase({ tables, sequences: [], largeObjects: 0, publications: [publication as never] });
const writer: WriterFacts = {
  kind: 'transaction',
  pid: 12,
  gid: null,
  user: 'app',
  database: 'app',
  ageSeconds: 34,
  query: 'update a set x = 1',
};

const seen = (more: Partial<PreflightInput> = {}): Preflight =>
  preflight({
    event: 'cutover',
    at,
    spec,
    source: someServer({ slots: [slot] }),
    target: someServer({ subscriptions: [subscription] }),
    databases: [database],
    findings: [],
    lockfile: null,
    ...more,
  });

describe('what stands before a switch', () => {
  it('counts tables that stream, and bytes of lag', () => {
    expect(seen()).toMatchObject({
      lag: { bytes: 2048, limit: 1024 * 1024 },
      tables: { streaming: 2, total: 2 },
      transactions: [],
      way_back: { asked: true, lacks: [] },
    });
  });

  it.each<[string, Partial<PreflightInput>]>([
    ['its slot is gone', { source: someServer() }],
    ['nobody is connected to the slot', { source: someServer({ slots: [{ ...slot, active: false }] }) }],
    ['its subscription is disabled', { target: someServer({ subscriptions: [{ ...subscription, enabled: false }] }) }],
    ['its worker fails', { target: someServer({ subscriptions: [{ ...subscription, failure: 'duplicate key' }] }) }],
  ])('does not call a table streaming when %s', (_, more) => {
    expect(seen(more).tables).toEqual({ streaming: 0, total: 2 });
  });

  it('does not know the lag of a lane without a worker', () => {
    expect(seen({ source: someServer({ slots: [{ ...slot, active: false }] }) }).lag.bytes).toBeNull();
  });

  it('names transactions that outlast a try to lock, and all prepared ones, on the side that hands over', () => {
    const writers: WriterFacts[] = [
      writer,
      { ...writer, pid: 13, ageSeconds: 0.01 },
      { ...writer, kind: 'prepared', pid: null, gid: 'forgotten', ageSeconds: 0.01 },
    ];
    const busy = someServer({ slots: [slot], writers });
    expect(seen({ source: busy }).transactions.map(({ who }) => who)).toEqual([
      'pid 12 of app',
      'prepared transaction forgotten of app',
    ]);
    expect(seen({ source: busy, event: 'failback' }).transactions).toEqual([]);
  });

  it('says what the way back lacks', () => {
    const findings = [
      finding({ code: 'PGM312', severity: 'warning', message: 'wal_level of the target is replica' }),
      finding({ code: 'PGM304', message: 'the disk is full' }),
    ];
    expect(seen({ findings }).way_back.lacks).toEqual(['wal_level of the target is replica']);
  });
});

describe('the expected write stop', () => {
  const facts = {
    event: 'cutover' as const,
    databases: 1,
    tables: 4,
    sequences: 2,
    largeObjectBytes: 0,
    answerMs: 0.2,
    lockfile: null,
  };
  const rehearsal = { write_stop_ms: 48, parts: {}, finished_at: '2026-03-01T11:40:00.000Z' };
  const switched = (event: 'cutover' | 'failback'): Lockfile['cutover'] => ({
    state: 'finished',
    event,
    write_stop_ms: 90,
    parts: { hooks: 30 },
    finished_at: '2026-03-01T11:00:00.000Z',
    block: [],
  });

  it.each([
    ['more tables', { tables: 1000 }],
    ['more sequences', { sequences: 1000 }],
    ['more databases', { databases: 10 }],
    ['large objects', { largeObjectBytes: 100e6 }],
    ['a distant server', { answerMs: 40 }],
  ])('grows with %s', (_, more) => {
    expect(expectedWriteStop({ ...facts, ...more }).milliseconds).toBeGreaterThan(
      expectedWriteStop(facts).milliseconds + 15,
    );
  });

  it('is taken from a rehearsal, and more than that', () => {
    const expected = expectedWriteStop({ ...facts, lockfile: { cutover: null, rehearsal } });
    expect(expected).toMatchObject({ from: 'rehearsal', measured: { milliseconds: 48 } });
    expect(expected.milliseconds).toBeGreaterThan(48);
  });

  it('is that of a rehearsal to the end, less its hooks, whose time is told beside it', () => {
    const whole = { ...rehearsal, parts: { lock: 8, hooks: 20, reconnect: 20 } };
    expect(expectedWriteStop({ ...facts, lockfile: { cutover: null, rehearsal: whole } }).milliseconds).toBe(28);
  });

  it('is rather taken from a switch the same way, without its hooks; one the other way tells nothing', () => {
    expect(expectedWriteStop({ ...facts, lockfile: { cutover: switched('cutover'), rehearsal } })).toEqual({
      milliseconds: 60,
      from: 'switch',
      measured: { milliseconds: 90, at: '2026-03-01T11:00:00.000Z' },
    });
    expect(expectedWriteStop({ ...facts, lockfile: { cutover: switched('failback') } })).toMatchObject({
      from: 'estimate',
    });
  });

  it('is told with its age', () => {
    const rows = preflightRows(
      plan({ preflight: seen({ lockfile: { cutover: null, rehearsal } as unknown as Lockfile }) }),
    );
    expect(rows.at(-1)?.text).toMatch(/^about \d+ ms; rehearsed 20 min ago: 48 ms$/);
  });
});

describe('the rows for people', () => {
  it('warn of what keeps writes from being stopped', () => {
    const rows = preflightRows(
      plan({ preflight: seen({ source: someServer({ slots: [{ ...slot, active: false }], writers: [writer] }) }) }),
    );
    expect(rows.filter(({ fine }) => !fine).map(({ label }) => label)).toEqual(['Lag', 'Tables', 'Transactions']);
    expect(rows.find(({ label }) => label === 'Transactions')?.text).toContain('pid 12 of app in app for 34 s');
  });
});
