import { describe, expect } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { eachFault } from './each-fault.js';
import { sql } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { tail, useFaults } from './migration.js';

const { servers, begin, proxy } = useFaults();

const spec = 'copy: {jobs: 2, index_jobs: 2, split_above: 2MB}\nreplication: {lanes: 2}';

const kinds = [
  'database',
  'publication',
  'slot',
  'schema',
  'sequences',
  'copy',
  'large-objects',
  'indexes',
  'subscription',
  'sync',
  'constraints',
  'matviews',
  'analyze',
];
const points = kinds.flatMap(kind =>
  (['step_start', 'step_progress', 'step_done'] as const).map(type => ({ name: `${kind}, at ${type}`, kind, type })),
);
/** The copy is the random moment's below, the cutover that of test/cutover/killed.server.test.ts. */
const short = ['schema, at step_progress', 'subscription, at step_done'];

describe('killed with -9', () => {
  eachFault(points, short)('$name', { timeout: 240_000 }, async ({ kind, type }) => {
    const migration = await begin('killed', { spec });
    const shot = { fired: false };
    const isPoint = (event: ApplyEvent): boolean => event.type === type && event.step.split('/')[1] === kind;
    const result = await migration.start((event, running) => {
      if (shot.fired || !isPoint(event)) return;
      shot.fired = true;
      running.process.kill('SIGKILL');
    }).result;
    if (type === 'step_progress' && !shot.fired) {
      expect(result.code, tail(result)).toBe(0);
      return;
    }
    expect(shot.fired, tail(result)).toBe(true);
    const before = await migration.partsOnTarget();
    await migration.toTheEnd(`kill -9, ${kind}, ${type}`, 1);
    const after = await migration.partsOnTarget();
    expect(
      [...before].filter(([table, xmin]) => after.get(table) !== xmin),
      'tables copied again',
    ).toEqual([]);
    await migration.finish();
  });
});

const later = [
  ...(['verify', 'matviews', 'cutover'] as const).map(kind => ({ kind, goal: 'cutover' })),
  ...(['drop-lane', 'drop-progress'] as const).map(kind => ({ kind, goal: 'ready' })),
  { kind: 'failback', goal: 'synced' },
].flatMap(step =>
  (['step_start', 'step_progress', 'step_done'] as const).map(type => ({
    ...step,
    name: `${step.kind}, at ${type}`,
    type,
  })),
);

describe('killed with -9 on the way from synced to ready and back', () => {
  eachFault(later, ['drop-lane, at step_done'])('$name', { timeout: 300_000 }, async ({ name, kind, goal, type }) => {
    const migration = await begin('killed', { spec });
    await migration.applies();
    if (goal !== 'cutover') await migration.applies('--goal', 'cutover');
    if (goal === 'synced') migration.writer?.moveTo(servers.target);
    const shot = { fired: false };
    const result = await migration.start(
      (event, { process }) => {
        if (shot.fired || event.type !== type || event.step.split('/')[1] !== kind) return;
        shot.fired = true;
        process.kill('SIGKILL');
      },
      '--goal',
      goal,
    ).result;
    expect(shot.fired || type === 'step_progress', tail(result)).toBe(true);
    await migration.toTheEnd(`kill -9, ${name}`, 1, '--goal', goal);
    if (goal === 'synced') {
      migration.writer?.moveTo(servers.source);
      await migration.finish();
    } else {
      await migration.finishAfterCutover();
    }
  });
});

describe('killed with -9 at any moment of the copy', () => {
  const moments = Array.from({ length: 20 }, (_, index) => ({
    name: `moment ${index + 1} of 20`,
    after: index * 100 + 37,
  }));

  eachFault(moments, ['moment 7 '])('$name', { timeout: 240_000 }, async ({ name, after }) => {
    const source = await proxy('source');
    source.throttle(1_500_000);
    const migration = await begin('killed', { spec, ports: { source: source.port } });
    let began = false;
    await migration.start((event, { process }) => {
      if (began || event.type !== 'step_start' || event.kind !== 'copy') return;
      began = true;
      setTimeout(() => process.kill('SIGKILL'), after);
    }).result;
    source.heal();
    const before = await migration.partsOnTarget();
    await migration.toTheEnd(`kill -9, ${name}`, 1);
    const now = await migration.partsOnTarget();
    expect(
      [...before].filter(([table, xmin]) => now.get(table) !== xmin),
      'tables copied again',
    ).toEqual([]);
    await migration.finish();
  });
});

/** By the name of the session that its server does not end, and the step that pgm is killed in. */
const held = [
  { purpose: 'copy to', side: 'target', kind: 'copy', goal: 'synced' },
  { purpose: 'schema', side: 'target', kind: 'schema', goal: 'synced' },
  { purpose: 'apply', side: 'target', kind: 'sync', goal: 'synced' },
  { purpose: 'cutover', side: 'target', kind: 'cutover', goal: 'cutover' },
  { purpose: 'cutover lock', side: 'source', kind: 'cutover', goal: 'cutover' },
  { purpose: 'cutover', side: 'source', kind: 'cutover', goal: 'cutover' },
] as const;

describe('killed with -9 while a session cannot end', () => {
  eachFault(
    held.map(each => ({ ...each, name: `${each.purpose}, on the ${each.side}` })),
    [],
  )('$name', { timeout: 300_000 }, async ({ name, purpose, side, kind, goal }) => {
    const migration = await begin('killed', { spec });
    if (goal === 'cutover') await migration.applies();
    const server = servers[side];
    let pids: number[] = [];
    let looking = false;
    const result = await migration.start(
      (event, { process: running }) => {
        if (looking || event.type === 'version' || event.type === 'plan' || !('step' in event)) return;
        if (event.type === 'step_done' || event.step.split('/')[1] !== kind) return;
        looking = true;
        void (async () => {
          await waitUntil('the session is there', async () => {
            const found = await sql<{ pid: number }>(
              server,
              'postgres',
              `select pid from pg_stat_activity where application_name = 'pgm: faults/${purpose}'`,
            );
            pids = found.map(({ pid }) => pid);
            for (const pid of pids) process.kill(pid, 'SIGSTOP');
            return pids.length > 0;
          }).catch(() => undefined);
          running.kill('SIGKILL');
        })();
      },
      '--goal',
      goal,
    ).result;
    expect(pids.length, tail(result)).toBeGreaterThan(0);
    try {
      const refused = await migration.start(undefined, '--goal', goal).result;
      expect(refused.code, tail(refused)).toBe(7);
      expect(refused.stdout).toContain('not ended, and could still commit');
      for (const pid of pids) expect(refused.stdout).toContain(`pid ${pid} of postgres`);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    await migration.toTheEnd(`kill -9, ${name}, which does not end`, 1, '--goal', goal);
    if (goal === 'cutover') await migration.finishAfterCutover();
    else await migration.finish();
  });
});
