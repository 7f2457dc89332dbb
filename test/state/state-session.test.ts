import { describe, expect, it } from 'vitest';
import { finishStep, startStep } from '../../src/state/transitions.js';
import { aLockfile, at } from './a-lockfile.js';
import { writerOf } from './a-store.js';

const unknown = new Error('whether the lock is held is not known');

describe('the one writer of a run', () => {
  it('stores outcomes although nothing new may begin, when both come together', async () => {
    const check = (purpose?: string): Promise<void> =>
      purpose === 'record' ? Promise.resolve() : Promise.reject(unknown);
    const { state, writes } = await writerOf(startStep(aLockfile(), 'a/copy/1', { kind: 'copy' }, at), { check });
    const outcome = state.update(
      lockfile => finishStep(lockfile, 'a/copy/1', at, { tables: 1, rows: 3, bytes: 5, whole: null }),
      'record',
    );
    const next = state.update(lockfile => startStep(lockfile, 'b/copy/1', { kind: 'copy' }, at));
    await expect(next).rejects.toBe(unknown);
    await expect(outcome).resolves.toMatchObject({
      steps: { 'a/copy/1': { status: 'done', record: { tables: 1, rows: 3, bytes: 5, whole: null } } },
    });
    expect(writes).toHaveLength(1);
    expect(writes[0]?.steps).not.toHaveProperty('b/copy/1');
  });
});
