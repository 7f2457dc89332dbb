import { describe, expect, it } from 'vitest';
import type { StateBackend } from '../../src/state/backend.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import type { RunLock } from '../../src/state/run-lock.js';
import { openStateSession } from '../../src/state/state-session.js';
import { finishStep, startStep } from '../../src/state/transitions.js';
import { aLockfile, at } from './a-lockfile.js';

function stored(first: Lockfile): { readonly backend: StateBackend; readonly writes: Lockfile[] } {
  const writes: Lockfile[] = [];
  const backend = { read: () => Promise.resolve(writes.at(-1) ?? first), write: (next: Lockfile) => Promise.resolve(void writes.push(next)) };
  return { backend: backend as unknown as StateBackend, writes };
}

const unknown = new Error('whether the lock is held is not known');

describe('the one writer of a run', () => {
  it('stores outcomes although nothing new may begin, when both come together', async () => {
    const { backend, writes } = stored(startStep(aLockfile(), 'a/copy/1', 'copy', at));
    const lock = { token: 'x', check: (purpose?: string) => (purpose === 'record' ? Promise.resolve() : Promise.reject(unknown)) } as unknown as RunLock;
    const state = await openStateSession(backend, lock);
    const outcome = state.update(lockfile => finishStep(lockfile, 'a/copy/1', at, { rows: 3 }), 'record');
    const next = state.update(lockfile => startStep(lockfile, 'b/copy/1', 'copy', at));
    await expect(next).rejects.toBe(unknown);
    await expect(outcome).resolves.toMatchObject({ steps: { 'a/copy/1': { status: 'done', record: { rows: 3 } } } });
    expect(writes).toHaveLength(1);
    expect(writes[0]?.steps).not.toHaveProperty('b/copy/1');
  });
});
