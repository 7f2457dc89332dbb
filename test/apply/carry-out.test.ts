import { describe, expect, it } from 'vitest';
import { carryOut } from '../../src/apply/carry-out.js';
import type { StateBackend } from '../../src/state/backend.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import type { RunLock } from '../../src/state/run-lock.js';
import { openStateSession, type StateSession } from '../../src/state/state-session.js';
import type { StepContext } from '../../src/steps/context.js';
import type { PlannedStep } from '../../src/steps/step-kind.js';
import { aLockfile } from '../state/a-lockfile.js';

/** A store whose write is refused when `refuse` says so of what it would store. */
async function stateThat(refuse: (next: Lockfile) => boolean): Promise<StateSession> {
  let stored = aLockfile({ steps: {} });
  const backend = {
    read: () => Promise.resolve(stored),
    write: async (next: Lockfile) => {
      await new Promise(resolve => setImmediate(resolve));
      if (refuse(next)) throw new Error('no room');
      stored = next;
    },
  };
  return openStateSession(backend as unknown as StateBackend, { token: 'x', check: () => Promise.resolve() } as unknown as RunLock);
}

function step(id: string, run: () => Promise<void>, more: Partial<PlannedStep> = {}): PlannedStep {
  return { id, kind: 'settings', dependsOn: [], description: { title: id }, probe: () => Promise.resolve('absent'), run: () => run().then(() => ({})), ...more } as unknown as PlannedStep;
}

interface Arrivals {
  readonly arrived: Promise<void>;
  fail(error: unknown): void;
}

function arrivals(): Arrivals {
  let fail: (error: unknown) => void = () => undefined;
  const arrived = new Promise<void>((_, reject) => (fail = reject));
  return { arrived, fail: error => fail(error) };
}

function contextOf(of: Arrivals = arrivals()): StepContext {
  return { signal: new AbortController().signal, databasesAtATime: 4, spec: {}, database: () => ({ arrivals: of }) } as unknown as StepContext;
}

const statusOf = (state: StateSession, id: string): string | undefined => state.current?.steps[id]?.status;

describe('the steps of a run', () => {
  it('begin with one write that also holds the outcome of the step before', async () => {
    let writes = 0;
    const state = await stateThat(() => ++writes === 0);
    const ran: string[] = [];
    const told: string[] = [];
    const steps = ['a', 'b', 'c'].map((id, place, all) => step(id, () => Promise.resolve(void ran.push(id)), { dependsOn: place === 0 ? [] : [all[place - 1] ?? ''] }));
    const outcome = await carryOut(steps, contextOf(), state, lockfile => lockfile, event => 'step' in event && told.push(`${event.type} ${event.step}`));
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
    const outcome = await carryOut(steps, contextOf(), state, lockfile => lockfile, () => undefined);
    expect(outcome.failed).toBeGreaterThan(0);
    expect(ran).toEqual([]);
    expect(statusOf(state, 'a')).not.toBe('done');
    expect(statusOf(state, 'c')).not.toBe('done');
  });

  it('end when a copy cannot begin for which index builds wait', async () => {
    const state = await stateThat(next => next.steps['a/copy/2'] !== undefined);
    const waited = arrivals();
    const inDatabase = { description: { title: 'a', database: 'a' } } as Partial<PlannedStep>;
    const steps = [
      step('a/copy/1', () => Promise.resolve(), { kind: 'copy', ...inDatabase }),
      step('a/copy/2', () => Promise.resolve(), { kind: 'copy', dependsOn: ['a/copy/1'], ...inDatabase }),
      step('a/indexes', () => waited.arrived, { kind: 'indexes', ...inDatabase }),
    ];
    const outcome = await carryOut(steps, contextOf(waited), state, lockfile => lockfile, () => undefined);
    expect(outcome.failedKinds).toContain('indexes');
  });
});
