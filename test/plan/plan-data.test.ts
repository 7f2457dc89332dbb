import type { FinishedSwitch } from '../../src/state/lockfile.js';
import { switchUnderWay } from './planning.js';
import { describe, expect, it } from 'vitest';
import type { DatabaseContents } from '../../src/inspect/facts.js';
import { expectedWriteStop, type WriteStopFacts } from '../../src/plan/expected-write-stop.js';
import { planDatabase } from '../../src/plan/plan-database.js';
import { preflight, type Preflight } from '../../src/plan/preflight.js';
import type { CopyInput } from '../../src/steps/copy.js';
import { finding } from '../render/examples.js';
import {
  allStages,
  buildPart,
  buildProgress,
  buildSlot,
  buildSpec,
  buildSubscription,
  buildWorld,
  lane,
  streamingWorld,
  tablesNamed,
  type World,
  type WorldWish,
} from './build-facts.js';

const copies = (world: World, ...lines: string[]): readonly CopyInput[] =>
  planDatabase({
    ...world,
    spec: buildSpec(...lines),
    method: 'continuous',
    after: [],
    jobs: 2,
    changes: [],
    synced: false,
    switched: false,
    knownErrors: {},
  }).steps.flatMap(({ kind, input }) => (kind === 'copy' ? [input as CopyInput] : []));

describe('the copy of a lane', () => {
  it('is the last of its database where no lane comes after it, and the first tells what is there', () => {
    const [first, second] = copies(buildWorld(), 'replication: {lanes: 2}');
    expect([first?.last, second?.last]).toEqual([false, true]);
    const there = { tables: tablesNamed('a', 'b'), progress: buildProgress(['schema'], [buildPart('a', 1)]) };
    const [rest] = copies(streamingWorld({ target: { subscriptions: [] }, there }));
    expect(rest?.arrived).toEqual([{ schema: 'public', name: 'a' }]);
    expect(rest?.tables.map(({ name }) => name)).toEqual(['b']);
  });

  it.each<[string, Partial<DatabaseContents> | null, boolean]>([
    ['made by this plan', null, true],
    ['made by an earlier run', { tables: tablesNamed('a', 'b'), progress: buildProgress(['schema']) }, true],
    ['there before pgm', { tables: tablesNamed('a', 'b') }, false],
    [
      'referred to by keys',
      { tables: tablesNamed('a', 'b'), progress: buildProgress(['schema', 'constraints']) },
      false,
    ],
  ])('may load a table with FREEZE that was %s: only then nothing can be lost', (_, there, fresh) => {
    const [only] = copies(buildWorld({ there }));
    expect(only?.tables.map(table => table.fresh)).toEqual([fresh, fresh]);
  });
});

describe('the expected write stop, in numbers', () => {
  const facts: WriteStopFacts = {
    event: 'cutover',
    databases: 1,
    tables: 0,
    sequences: 0,
    largeObjectBytes: 0,
    answerMs: 0,
    lockfile: null,
  };
  const rehearsal = { write_stop_ms: 48, parts: {}, finished_at: '2026-03-01T11:40:00.000Z' };
  const cutover: FinishedSwitch = {
    state: 'finished',
    event: 'cutover',
    write_stop_ms: 90,
    parts: {},
    finished_at: '2026-03-01T11:00:00.000Z',
    block: [],
  };

  it.each<[Partial<WriteStopFacts>, number]>([
    [{}, 45],
    [{ databases: 0 }, 45],
    [{ databases: 10 }, 144],
    [{ tables: 1000, sequences: 1000 }, 95],
    [{ answerMs: 2 }, 85],
    [{ lockfile: { cutover: null, rehearsal } }, 76],
    [{ lockfile: { cutover: null, rehearsal }, databases: 3, answerMs: 2 }, 107],
    [{ lockfile: { cutover: null, rehearsal }, event: 'failback' }, 45],
    [{ lockfile: { cutover } }, 90],
    [{ lockfile: { cutover: switchUnderWay, rehearsal } }, 76],
    [{ lockfile: { cutover: { ...cutover, event: 'failback' } }, event: 'failback' }, 90],
  ])('of %j is %d ms', (more, milliseconds) => {
    expect(expectedWriteStop({ ...facts, ...more }).milliseconds).toBe(milliseconds);
  });
});

describe('what stands before a switch, counted', () => {
  const seen = (more: WorldWish, event: Preflight['event'] = 'cutover', findings = [] as never[]): Preflight => {
    const { source, target, database } = streamingWorld(more);
    return preflight({
      event,
      at: '',
      spec: buildSpec(),
      source,
      target,
      databases: [database],
      findings,
      lockfile: null,
    });
  };
  const sequence = { schema: 'public', name: 's', inScope: true } as never;

  it('sums up what is on the side that hands over', () => {
    const contents = { sequences: [sequence], largeObjects: 3, largeObjectBytes: 500, publications: [] };
    expect(seen({ contents })).toMatchObject({ sequences: 1, large_objects: { count: 3, bytes: 500 } });
    expect(seen({ contents: { ...contents, largeObjects: 0 } }).large_objects).toEqual({ count: 0, bytes: 0 });
    const there = { progress: buildProgress(allStages), sequences: [sequence, sequence] };
    expect(seen({ there }, 'failback').sequences).toBe(2);
    expect(seen({ there }).sequences).toBe(0);
  });

  it('counts lag of this migration’s lanes that way only', () => {
    const slots = [
      buildSlot(1, { lagBytes: 5 }),
      buildSlot('r', { lagBytes: 50 }),
      buildSlot(1, { name: 'theirs', lagBytes: 500 }),
    ];
    expect(seen({ source: { slots } }).lag.bytes).toBe(5);
    expect(seen({ source: { slots: [buildSlot(1, { lagBytes: 5 }), buildSlot(2, { lagBytes: 7 })] } }).lag.bytes).toBe(
      12,
    );
    expect(seen({ source: { slots: [buildSlot(1, { lagBytes: null })] } }).lag.bytes).toBeNull();
    expect(seen({ source: { slots: [] } }).lag.bytes).toBeNull();
  });

  it('names whom nobody knows, and what the way back lacks, before a cutover only', () => {
    const writers = [
      { kind: 'transaction', pid: null, gid: null, user: null, database: null, ageSeconds: 0.3, query: null },
      { kind: 'transaction', pid: 1, gid: null, user: 'u', database: null, ageSeconds: 0.2, query: null },
      { kind: 'prepared', pid: null, gid: null, user: null, database: null, ageSeconds: 0, query: null },
    ] as const;
    expect(seen({ source: { slots: [buildSlot(1)], writers } }).transactions.map(({ who }) => who)).toEqual([
      'pid 0 of unknown',
      'prepared transaction  of unknown',
    ]);
    const findings = ['PGM312', 'PGM412', 'PGM101'].map(code => finding({ code, message: code })) as never[];
    expect(seen({}, 'cutover', findings).way_back.lacks).toEqual(['PGM312', 'PGM412']);
    expect(seen({}, 'failback', findings).way_back.lacks).toEqual([]);
    expect(seen({}, 'cutover', [finding({ code: 'PGM312', severity: 'ok' }) as never]).way_back.lacks).toEqual([]);
  });

  it('takes the slower of two servers', () => {
    const slow = { answerMs: 100 };
    const stop = (more: WorldWish): number => seen(more).write_stop.milliseconds;
    expect(stop({ source: { slots: [buildSlot(1)], ...slow } })).toBe(
      stop({ target: { subscriptions: [buildSubscription(1)], ...slow } }),
    );
  });

  it('needs a worker for the very lane', () => {
    const subscriptions = [buildSubscription(1), buildSubscription(2, { name: lane(2), enabled: false })];
    expect(seen({ target: { subscriptions } }).tables).toEqual({ streaming: 2, total: 2 });
    expect(seen({ target: { subscriptions: subscriptions.slice(1) } }).tables).toEqual({ streaming: 0, total: 2 });
  });
});
