import { describe, expect, it } from 'vitest';
import { carryOut } from '../../src/apply/carry-out.js';
import { TableArrivals } from '../../src/copy/database-run.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import type { StateSession } from '../../src/state/state-session.js';
import type { StepContext } from '../../src/steps/context.js';
import type { PlannedStep } from '../../src/steps/step-kind.js';
import { aLockfile } from '../state/a-lockfile.js';
import { writerOf } from '../state/a-store.js';

async function stateThat(refuse: (next: Lockfile) => boolean): Promise<StateSession> {
  return (await writerOf(aLockfile({ steps: {} }), { refuse })).state;
}

function step(id: string, run: () => Promise<void>, more: Partial<PlannedStep> = {}): PlannedStep {
  return {
    id,
    kind: 'settings',
    dependsOn: [],
    description: { title: id },
    probe: () => Promise.resolve('absent'),
    run: () => run().then(() => ({})),
    ...more,
  } as unknown as PlannedStep;
}

function contextOf(arrivals = new TableArrivals()): StepContext {
  return {
    signal: new AbortController().signal,
    databasesAtATime: 4,
    spec: {},
    facts: { source: { kind: 'unreachable' }, target: { kind: 'unreachable' } },
    database: () => ({ arrivals }),
  } as unknown as StepContext;
}

async function everyBatch(arrivals: TableArrivals): Promise<void> {
  const batches = arrivals.batches();
  while ((await batches.next()).done !== true);
}

const statusOf = (state: StateSession, id: string): string | undefined => state.current?.steps[id]?.status;

describe('the steps of a run', () => {
  it('begin with one write that also holds the outcome of the step before', async () => {
    let writes = 0;
    const state = await stateThat(() => ++writes === 0);
    const ran: string[] = [];
    const told: string[] = [];
    const steps = ['a', 'b', 'c'].map((id, place, all) =>
      step(id, () => Promise.resolve(void ran.push(id)), { dependsOn: place === 0 ? [] : [all[place - 1] ?? ''] }),
    );
    const outcome = await carryOut(
      steps,
      contextOf(),
      state,
      lockfile => lockfile,
      event => 'step' in event && told.push(`${event.type} ${event.step}`),
    );
    expect(outcome).toMatchObject({ done: 3, failed: 0, notStarted: 0 });
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(writes).toBe(4);
    expect(told).toEqual(['a', 'b', 'c'].flatMap(id => [`step_start ${id}`, `step_done ${id}`]));
  });

  it('do not act when an outcome that they depend on could not be stored, although their own beginning could', async () => {
    const state = await stateThat(next => next.steps.a?.status === 'done' && next.steps.b?.status === 'started');
    const ran: string[] = [];
    const later = async (): Promise<void> => {
      await new Promise(resolve => setImmediate(resolve));
    };
    const steps = [
      step('a', () => Promise.resolve()),
      step('b', later),
      step('c', () => Promise.resolve(void ran.push('c')), { dependsOn: ['a', 'b'] }),
    ];
    const outcome = await carryOut(
      steps,
      contextOf(),
      state,
      lockfile => lockfile,
      () => undefined,
    );
    expect(outcome.failed).toBeGreaterThan(0);
    expect(ran).toEqual([]);
    expect(statusOf(state, 'a')).not.toBe('done');
    expect(statusOf(state, 'c')).not.toBe('done');
  });

  it('end when a copy cannot begin for which index builds wait', async () => {
    const state = await stateThat(next => next.steps['a/copy/2'] !== undefined);
    const waited = new TableArrivals();
    const inDatabase = { description: { title: 'a', database: 'a' } } as Partial<PlannedStep>;
    const steps = [
      step('a/copy/1', () => Promise.resolve(), { kind: 'copy', ...inDatabase }),
      step('a/copy/2', () => Promise.resolve(), { kind: 'copy', dependsOn: ['a/copy/1'], ...inDatabase }),
      step('a/indexes', () => everyBatch(waited), { kind: 'indexes', ...inDatabase }),
    ];
    const outcome = await carryOut(
      steps,
      contextOf(waited),
      state,
      lockfile => lockfile,
      () => undefined,
    );
    expect(outcome.failedKinds).toContain('indexes');
  });
});
