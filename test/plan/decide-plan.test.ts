import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/inspect/facts.js';
import { admit } from '../../src/plan/admission.js';
import { decidePlan, type DecidedPlan, type Situation } from '../../src/plan/decide-plan.js';
import type { HalfSwitch } from '../../src/plan/half-switch.js';
import { refusals, type Wish } from '../../src/plan/refusals.js';
import type { FinishedSwitch, Lockfile } from '../../src/state/lockfile.js';
import { switchUnderWay } from './planning.js';
import { newLockfile } from '../../src/state/transitions.js';
import { someFacts, someServer, setting } from '../checks/some-facts.js';
import { finding, plan } from '../render/examples.js';
import {
  allStages,
  buildProgress,
  buildSpec,
  buildWorld,
  streamingWorld,
  tablesNamed,
  type World,
} from './build-facts.js';

const spec = buildSpec();
const lockfileOf = (more: Partial<Lockfile> = {}): Lockfile => ({
  ...newLockfile(spec, { pgmVersion: '0.1.0', at: '2026-01-01T00:00:00Z', lineage: 'l' }),
  ...more,
});
const cutover: FinishedSwitch = {
  state: 'finished',
  event: 'cutover',
  write_stop_ms: 80,
  parts: {},
  finished_at: '2026-02-01T00:00:00Z',
  block: [],
};
const half: HalfSwitch = { event: 'cutover', passed: false, shuts: false, bothWritten: null, record: switchUnderWay };
const factsOf = ({ source, target, database }: World): Facts => someFacts({ source, target, databases: [database] });
const decide = (world: World, more: Partial<Situation> & { lockfile?: Lockfile | null } = {}): DecidedPlan => {
  const { lockfile = null, ...rest } = more;
  return decidePlan({
    spec,
    facts: factsOf(world),
    known: { lockfile, missed: null, isStored: lockfile !== null, settings: {}, missedShut: null },
    half: null,
    goalByFlag: undefined,
    pgmVersion: '0.1.0',
    at: '2026-03-01T12:00:00.000Z',
    ...rest,
  });
};
const handedOver = (): World =>
  streamingWorld({
    there: { tables: tablesNamed('a', 'b'), progress: buildProgress([...allStages, 'handed over']) },
  });

describe('what a goal asks for and cannot have', () => {
  const wish = (more: Partial<Wish>): Wish => ({
    spec,
    goalByFlag: undefined,
    goal: 'synced',
    method: 'continuous',
    reached: null,
    lockfile: lockfileOf({ cutover }),
    half: null,
    ...more,
  });
  const bothWritten = { database: 'app', onOld: 2, onNew: 3, forward: ['f1', 'f2'], back: 'b' };

  it.each<[string, Partial<Wish>, string | null]>([
    ['nothing was reached', {}, null],
    ['the goal is ahead', { reached: 'synced', goal: 'cutover' }, null],
    ['the goal holds', { reached: 'cutover', goal: 'cutover' }, null],
    ['only preparation is asked for while it streams', { reached: 'synced', goal: 'prepared' }, null],
    ['a cutover is gone back from', { reached: 'cutover' }, null],
    ['preparation is asked for after a cutover', { reached: 'cutover', goal: 'prepared' }, 'PGM644'],
    ['all is closed', { reached: 'ready' }, 'PGM640'],
    ['all is closed, and less is asked for', { reached: 'ready', goal: 'cutover' }, 'PGM640'],
    ['no way back was made', { reached: 'cutover', spec: buildSpec('cutover: {failback: false}') }, 'PGM643'],
    ['the lockfile does not know of the cutover', { reached: 'cutover', lockfile: lockfileOf() }, 'PGM645'],
    ['there is no lockfile', { reached: 'cutover', lockfile: null }, 'PGM645'],
    [
      'the lockfile knows by what was reached',
      { reached: 'cutover', lockfile: lockfileOf({ reached: 'cutover' }) },
      null,
    ],
    ['the lockfile is of before', { reached: 'cutover', lockfile: lockfileOf({ reached: 'synced' }) }, 'PGM645'],
    ['the switch is under way', { reached: 'cutover', lockfile: null, half }, null],
    [
      'a flag went further than the spec',
      { reached: 'cutover', lockfile: lockfileOf({ cutover, goal_by_flag: 'cutover' }) },
      'PGM642',
    ],
    [
      'a flag went further, a flag goes back',
      { reached: 'cutover', goalByFlag: 'synced', lockfile: lockfileOf({ cutover, goal_by_flag: 'cutover' }) },
      null,
    ],
    [
      'a flag went as far as the spec',
      { reached: 'cutover', lockfile: lockfileOf({ cutover, goal_by_flag: 'synced' }) },
      null,
    ],
    ['a dump is to be cut over', { method: 'dump', spec: buildSpec('goal: cutover') }, 'PGM641'],
    ['a dump is to be cut over by a flag', { method: 'dump', goalByFlag: 'cutover' }, 'PGM641'],
    [
      'a flag asks for less than the spec of a dump',
      { method: 'dump', goalByFlag: 'ready', spec: buildSpec('goal: cutover') },
      null,
    ],
    ['both sides were written to', { half: { ...half, bothWritten } }, 'PGM627'],
  ])('where %s', (_, more, code) => {
    expect(refusals(wish(more)).map(each => each.code)).toEqual(code === null ? [] : [code]);
  });

  it('is a finding that blocks and says what to do', () => {
    expect(refusals(wish({ reached: 'ready' }))).toEqual([
      {
        code: 'PGM640',
        slug: 'ready-is-final',
        severity: 'error',
        status: 'blocked',
        server: 'local',
        title: 'ready cannot be lowered',
        message: 'the migration is ready: nothing is left for a rollback',
        current: 'ready',
        required: 'synced',
        remedy: 'write `goal: ready` in the spec',
      },
    ]);
    const [refused] = refusals(
      wish({ reached: 'cutover', lockfile: lockfileOf({ cutover, goal_by_flag: 'cutover' }) }),
    );
    expect(refused?.message).toContain('`apply --goal cutover` went further than the spec, which asks for synced');
    expect(refused?.remedy).toContain('`goal: cutover`');
  });

  it.each([
    ['cutover', 'source', 'target'],
    ['failback', 'target', 'source'],
  ] as const)('names both ways out when a %s left both sides written to', (event, old, next) => {
    const [refused] = refusals(wish({ half: { ...half, event, bothWritten } }));
    expect(refused?.message).toContain(`2 row changes on the ${old} alone, 3 on the ${next} alone`);
    const [, stay, go] = refused?.remedy?.split('\n') ?? [];
    expect(stay).toContain(`stay on the ${old}`);
    expect(stay).toContain(`on the ${next}: select pg_drop_replication_slot('b');`);
    expect(go).toContain("select pg_drop_replication_slot('f1'); select pg_drop_replication_slot('f2');");
  });
});

describe('the decision', () => {
  const cannotReplicate = buildWorld({
    source: { settings: new Map([['wal_level', setting('replica')]]), alterSystem: [] },
  });

  it('is continuous where the checks allow it, else a dump that is ready when it is copied', () => {
    expect(decide(buildWorld()).plan).toMatchObject({
      method: 'continuous',
      goal: 'synced',
      reached: null,
      fallback: null,
    });
    expect(decide(buildWorld()).spec.method).toBe('continuous');
    const { plan: dump } = decide(cannotReplicate);
    expect(dump).toMatchObject({ method: 'dump', goal: 'ready', applicable: true });
    expect(dump.fallback?.codes).toEqual([...new Set(dump.fallback?.obstacles.map(({ code }) => code))]);
    expect(dump.fallback?.codes.length).toBeGreaterThan(0);
    expect(dump.fallback?.reason).toBe(dump.fallback?.obstacles.map(({ message }) => message).join('; '));
    expect(dump.findings.map(({ code }) => code)).not.toContain(dump.fallback?.codes[0]);
    expect(decide(cannotReplicate, { spec: buildSpec('goal: prepared') }).plan.goal).toBe('prepared');
  });

  it('is what the spec says, and what the migration began with', () => {
    expect(decide(cannotReplicate, { spec: buildSpec('method: continuous') }).plan).toMatchObject({
      method: 'continuous',
      applicable: false,
      fallback: null,
    });
    expect(decide(buildWorld(), { spec: buildSpec('method: dump') }).plan).toMatchObject({
      method: 'dump',
      goal: 'ready',
      fallback: null,
    });
    expect(decide(buildWorld(), { lockfile: lockfileOf({ method: 'dump' }) }).plan).toMatchObject({
      method: 'dump',
      fallback: null,
    });
    expect(decide(cannotReplicate, { lockfile: lockfileOf({ method: 'continuous' }) }).plan).toMatchObject({
      method: 'continuous',
      fallback: null,
    });
  });

  it('looks for drift once something was reached', () => {
    const drifted = (reached: Lockfile['reached']): readonly string[] =>
      decide(streamingWorld({ source: { slots: [] } }), {
        lockfile: lockfileOf({ reached, method: 'continuous' }),
      }).plan.findings.map(({ code }) => code);
    expect(drifted('synced').filter(code => code.startsWith('PGM6'))).not.toEqual([]);
    expect(drifted(null).filter(code => code.startsWith('PGM6'))).toEqual([]);
  });

  it('takes the flag before the spec', () => {
    expect(decide(buildWorld(), { goalByFlag: 'prepared' }).plan.goal).toBe('prepared');
    expect(decide(buildWorld(), { spec: buildSpec('goal: prepared'), goalByFlag: 'synced' }).plan.goal).toBe('synced');
  });

  it('adds what is refused, and what the target remembers, to the findings', () => {
    const codes = (made: DecidedPlan): readonly string[] => made.plan.findings.map(({ code }) => code);
    expect(codes(decide(handedOver()))).toContain('PGM645');
    expect(decide(handedOver()).plan.applicable).toBe(false);
    const missed = { lineage: 'l', reached: 'cutover', goal_by_flag: null, settings: {}, cutover } as const;
    const known = {
      lockfile: lockfileOf({ reached: 'cutover', cutover }),
      missed,
      isStored: true,
      settings: {},
      missedShut: null,
    };
    expect(codes(decide(handedOver(), { known, goalByFlag: 'cutover' }))).toContain('PGM646');
    expect(codes(decide(buildWorld()))).not.toContain('PGM646');
  });
});

describe('what was reached', () => {
  it.each<[string, World, Lockfile | null, HalfSwitch | null, string | null]>([
    ['nothing without a trace', buildWorld(), null, null, null],
    ['what streams, without a lockfile', streamingWorld(), null, null, 'synced'],
    ['what the lockfile says', streamingWorld(), lockfileOf({ reached: 'prepared' }), null, 'prepared'],
    ['a cutover that only the target knows of', handedOver(), lockfileOf({ reached: 'synced' }), null, 'cutover'],
    ['a failback that the lockfile knows of', handedOver(), lockfileOf({ reached: 'synced', cutover }), null, 'synced'],
    ['what came after the cutover', handedOver(), lockfileOf({ reached: 'ready' }), null, 'ready'],
    [
      'a cutover that passed its point of no return',
      streamingWorld(),
      lockfileOf({ reached: 'synced' }),
      { ...half, passed: true },
      'cutover',
    ],
    [
      'a failback that did',
      streamingWorld(),
      lockfileOf({ reached: 'cutover' }),
      { ...half, event: 'failback', passed: true },
      'synced',
    ],
    ['not one that did not', streamingWorld(), lockfileOf({ reached: 'synced' }), half, 'synced'],
  ])('is %s', (_, world, lockfile, under, reached) => {
    expect(decide(world, { lockfile, half: under, goalByFlag: 'ready' }).plan.reached).toBe(reached);
  });
});

describe('copy streams', () => {
  const jobs = (cores: number, inUse = 5, more: Partial<Facts> = {}, given = spec): number => {
    const facts = factsOf(buildWorld({ source: { connectionsInUse: inUse } }));
    return decide(buildWorld(), { spec: given, facts: { ...facts, local: { ...facts.local, cores }, ...more } })
      .copyJobs;
  };

  it('are what the spec says, else one more than cores, within an eighth and a quarter of the free connections', () => {
    expect(jobs(2, 5, {}, buildSpec('copy: {jobs: 12}'))).toBe(12);
    expect(jobs(2)).toBe(3);
    expect(jobs(30)).toBe(8);
    expect(jobs(6, 80)).toBe(5);
    expect(jobs(6, 99)).toBe(1);
    expect(jobs(6, 200)).toBe(1);
  });

  it('do not ask a server that is away, and take 100 connections where it does not say', () => {
    const away = {
      kind: 'unreachable',
      host: 'h',
      port: 1,
      failure: 'refused',
      message: 'no',
      sqlstate: null,
    } as const;
    expect(jobs(4, 5, { source: away, target: away })).toBe(5);
    const silent = { ...someServer({ connectionsInUse: 92 }), settings: new Map() };
    expect(jobs(4, 5, { target: silent })).toBe(2);
  });
});

describe('admission', () => {
  const refused = (act: () => void): { kind: string; message: string; hint: string | undefined } => {
    try {
      act();
    } catch (error) {
      const { kind, message, hint } = error as { kind: string; message: string; hint: string | undefined };
      return { kind, message, hint };
    }
    return { kind: 'admitted', message: '', hint: undefined };
  };
  const fallback = { reason: 'wal_level is replica', codes: ['PGM201'], obstacles: [] };

  it('is given to a plan that is allowed, also to the one that was reviewed', () => {
    expect(refused(() => admit(plan(), { allowDump: false })).kind).toBe('admitted');
    expect(refused(() => admit(plan(), { allowDump: false, savedPlan: plan() })).kind).toBe('admitted');
    expect(refused(() => admit(plan(), { allowDump: false, approvedDigest: plan().digest })).kind).toBe('admitted');
    expect(refused(() => admit(plan(), { allowDump: false, approvedDigest: '0'.repeat(64) })).kind).toBe('stale-plan');
  });

  it('is refused to one that is not the one that was reviewed, before all else', () => {
    const findings = [finding({ severity: 'error' })];
    const stale = refused(() =>
      admit(plan({ digest: 'e', findings }), { allowDump: false, savedPlan: plan({ goal: 'ready' }) }),
    );
    expect(stale).toMatchObject({
      kind: 'stale-plan',
      message: 'the saved plan is stale\n  the goal was ready, now it is synced\n  new: PGM201 wal_level is replica',
    });
    expect(stale.hint).toContain('pgm plan --out');
  });

  it('is refused where something blocks, with every reason', () => {
    const findings = [
      finding({ message: 'one' }),
      finding({ code: 'PGM202', message: 'two' }),
      finding({ severity: 'warning' }),
    ];
    expect(refused(() => admit(plan({ findings }), { allowDump: true }))).toMatchObject({
      kind: 'blocked',
      message: 'blocked by 2 findings: PGM201 one; PGM202 two',
    });
    expect(refused(() => admit(plan({ findings: findings.slice(0, 1) }), { allowDump: true })).message).toBe(
      'blocked by 1 finding: PGM201 one',
    );
  });

  it('is refused to a dump that nobody has agreed to', () => {
    expect(refused(() => admit(plan({ fallback }), { allowDump: false }))).toMatchObject({
      kind: 'blocked',
      message: expect.stringContaining('wal_level is replica'),
    });
    expect(refused(() => admit(plan({ fallback }), { allowDump: true })).kind).toBe('admitted');
    expect(refused(() => admit(plan({ fallback }), { allowDump: false, savedPlan: plan({ fallback }) })).kind).toBe(
      'admitted',
    );
  });
});
